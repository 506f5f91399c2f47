"""A statement on a grid: its terms at an exact answer, and grids that are not its own."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, in_double_precision
from residuum.datasets import Layout
from residuum.objectives import GridStatement

t = rs.time("t")
x, y = rs.space("x", "y")
u, v = rs.unknown("u", t, x), rs.unknown("v", x, y)
NODES = np.linspace(0, 1, 33)
CIRCLE = np.arange(24) / 24


def plate() -> rs.Problem:
    a, f = rs.coefficient("a", x, y), rs.coefficient("f", x, y)
    return rs.Problem(
        rs.Box(x=(0, 1), y=(0, 1)),
        rs.Eq(-rs.div(a * rs.grad(v)), f),
        [rs.dirichlet(v, 0)],
        given={a: 1.0, f: 1.0},
    )


def ring() -> rs.Problem:
    start, nu = rs.coefficient("start", x), rs.parameter("nu", 0.1)
    return rs.Problem(
        rs.Box(t=(0, 1), x=(0, 1)),
        rs.Eq(u.diff(t) + rs.div(u**2 / 2), nu * u.diff(x, 2) + sp.cos(t)),
        [rs.initial(u, start), rs.periodic(u, x)],
        given={start: 0.0},
    )


PLATE = Layout((NODES, NODES), ("zero", "zero"), ("a", "f"), ("v",))
TIMES = np.linspace(0.05, 1, 20)
RING = Layout((CIRCLE,), ("wrap",), ("start", "nu"), ("u",), TIMES)


@in_double_precision
def test_terms_sum_to_zero_at_an_exact_steady_answer() -> None:
    wave, a = sp.sin(sp.pi * x) * sp.sin(2 * sp.pi * y), 1 + sp.sin(x + 2 * y) / 2
    source = -sum(sp.diff(a * sp.diff(wave, c), c) for c in (x, y))
    grid = np.meshgrid(NODES, NODES, indexing="ij")
    at = [np.asarray(sp.lambdify((x, y), e, "numpy")(*grid)) for e in (a, source, wave)]
    inputs, found = np.stack(at[:2], axis=-1)[None], at[2][None, ..., None]
    (terms,) = GridStatement(plate(), PLATE)(jnp.asarray(found), jnp.asarray(inputs))
    total, size = sum(terms), max(float(jnp.abs(term).max()) for term in terms)
    # Differences of order four on steps of 1/32: measured 2.4e-5 of the largest term.
    assert float(jnp.abs(total).max()) < 1e-4 * size


@in_double_precision
def test_terms_sum_to_zero_at_an_exact_evolving_answer_whose_start_is_an_input() -> None:
    # u = sin t solves it for any viscosity: the source is cos t.
    found = np.broadcast_to(np.sin(TIMES)[None, :, None, None], (1, 20, 24, 1))
    inputs = np.stack([np.zeros(24), np.full(24, 0.3)], axis=-1)[None]
    (terms,) = GridStatement(ring(), RING)(jnp.asarray(found), jnp.asarray(inputs))
    assert terms[0].shape == (1, 21, 24), "the start is put in front"
    # Differences of order four over steps of 0.05.
    assert float(jnp.abs(sum(terms)).max()) < 1e-5
    moved = inputs + np.array([0.5, 0.0])
    (terms,) = GridStatement(ring(), RING)(jnp.asarray(found), jnp.asarray(moved))
    assert float(jnp.abs(sum(terms)).max()) > 1.0, "another start is not met"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"output_names": ("w",)}, "outputs"),
        ({"axes": (NODES,), "edges": ("zero",)}, "2 space axes"),
        ({"times": TIMES}, "moments"),
    ],
)
def test_other_grids_are_refused(change: dict[str, object], match: str) -> None:
    with pytest.raises(OptionError, match=match):
        GridStatement(plate(), replace(PLATE, **change))  # type: ignore[arg-type]


def test_a_coefficient_that_is_no_input_is_a_table_or_a_number() -> None:
    only = replace(PLATE, input_names=("a",))
    (terms,) = GridStatement(plate(), only)(jnp.ones((1, 33, 33, 1)), jnp.ones((1, 33, 33, 1)))
    inside = np.asarray(sum(terms))[0, 8:-8, 8:-8]
    np.testing.assert_allclose(inside, -1.0, atol=1e-2)
