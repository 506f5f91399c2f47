"""Conjugate directions: exact where proposals are good, right whatever they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from residuum.discretise.linear._directions import BLOCK, PATIENCE, conjugate_directions
from residuum.discretise.linear._krylov import Iterate, Stop, conjugate_gradients

from ._systems import chance, laplacian, relative

MATRIX, WANTED = laplacian(24, 19), chance(456)
RIGHT = MATRIX @ WANTED
STOP = Stop(1e-10 * float(np.linalg.norm(RIGHT)), most=400)
RANDOM = np.random.default_rng(23)


def solved(inverse: Callable[[np.ndarray], np.ndarray], *, window: int = 2) -> Iterate:
    return conjugate_directions(
        MATRIX.__matmul__,
        RIGHT,
        inverse=inverse,
        start=np.zeros(456),
        stop=STOP,
        window=window,
        fallback=np.copy,
    )


def by_gradients() -> Iterate:
    return conjugate_gradients(
        MATRIX.__matmul__, RIGHT, inverse=np.copy, start=np.zeros(456), stop=STOP
    )


@pytest.mark.parametrize("window", [1, 2])
def test_with_the_residual_as_proposal_they_are_conjugate_gradients(window: int) -> None:
    found = conjugate_directions(
        MATRIX.__matmul__, RIGHT, inverse=np.copy, start=np.zeros(456), stop=STOP, window=window
    )
    other = by_gradients()
    assert found.breakdown == "" and found.fallbacks == 0
    # The same iteration in exact arithmetic: measured, histories agree to 2e-9 at half way.
    assert abs(found.iterations - other.iterations) <= 1
    np.testing.assert_allclose(found.history[:30], other.history[:30], rtol=1e-6)


HOSTILE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "random": lambda r: RANDOM.standard_normal(len(r)),
    "NaN": lambda r: np.full_like(r, np.nan),
    "infinite": lambda r: np.full_like(r, np.inf),
    "zero": np.zeros_like,
    "negative residual": lambda r: -r,
    "huge": lambda r: 1e300 * r,
    "tiny": lambda r: 1e-300 * r,
    "wrong shape": lambda r: r[:-1],
    "one unit vector": lambda r: np.eye(1, len(r), 7)[0],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_answer_is_right_whatever_is_proposed(name: str) -> None:
    found, other = solved(HOSTILE[name]), by_gradients()
    assert found.breakdown == ""
    assert np.linalg.norm(RIGHT - MATRIX @ found.values) <= STOP.size
    # Residual 1e-10, condition number of this grid 210.
    assert relative(found.values, WANTED) < 1e-7
    # The patience, and what a restart costs conjugate gradients.
    assert found.iterations <= other.iterations + PATIENCE + 5


def test_useless_proposals_are_asked_for_a_few_times_only() -> None:
    asked = [0]

    def noise(residual: np.ndarray) -> np.ndarray:
        asked[0] += 1
        return RANDOM.standard_normal(len(residual))

    found = solved(noise)
    assert found.fallbacks == found.iterations
    assert asked[0] == PATIENCE


def test_a_slow_block_ends_proposals() -> None:
    """A proposal a little better than the residual at every step, but always with the same flaw."""
    asked = [0]
    drift = np.ones(456)

    def flawed(residual: np.ndarray) -> np.ndarray:
        asked[0] += 1
        keep = residual.copy()
        keep[200:] = 0.0
        return keep if asked[0] % 5 else residual + 1e-3 * drift

    found = solved(flawed)
    assert found.breakdown == ""
    assert asked[0] <= 3 * BLOCK
    assert np.linalg.norm(RIGHT - MATRIX @ found.values) <= STOP.size


def test_exact_proposals_take_one_step() -> None:
    dense = np.linalg.inv(MATRIX.toarray())
    found = solved(lambda r: dense @ r)
    assert found.iterations == 1 and found.fallbacks == 0
    assert len(found.history) == 2


def test_the_energy_of_the_error_never_rises() -> None:
    energies: list[float] = []

    def proposed(residual: np.ndarray) -> np.ndarray:
        energies.append(float(residual @ (exact @ residual)))
        return (rough @ residual) * np.linspace(0.3, 3.0, 456)

    exact = np.linalg.inv(MATRIX.toarray())
    rough = np.linalg.inv(MATRIX.toarray() + 0.1 * np.eye(456))
    found = solved(proposed)
    assert len(energies) > 10 and found.fallbacks < found.iterations
    # Rounding of the first energy.
    assert (np.diff(energies) <= 1e-12 * energies[0]).all()


def test_without_a_fallback_a_useless_proposal_is_named() -> None:
    found = conjugate_directions(
        MATRIX.__matmul__, RIGHT, inverse=np.zeros_like, start=np.zeros(456), stop=STOP
    )
    assert found.breakdown == "the proposal is not usable"
    assert np.isfinite(found.values).all()


def test_an_indefinite_matrix_is_named() -> None:
    matrix = -MATRIX
    found = conjugate_directions(
        matrix.__matmul__,
        RIGHT,
        inverse=np.copy,
        start=np.zeros(456),
        stop=STOP,
        fallback=np.copy,
    )
    assert found.breakdown == "the matrix is not definite"


def test_a_good_start_needs_nothing_and_the_limit_holds() -> None:
    def run(start: np.ndarray, most: int) -> Iterate:
        stop = Stop(STOP.size, most=most)
        return conjugate_directions(
            MATRIX.__matmul__, RIGHT, inverse=np.copy, start=start, stop=stop
        )

    assert run(WANTED, 5).iterations == 0
    short = run(np.zeros(456), 5)
    assert (short.iterations, short.breakdown) == (5, "no convergence")
    assert len(short.history) == 6
