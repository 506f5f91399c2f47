"""A march as a function: equal to the solver, and its gradients equal to differences."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, ProblemError, double_precision
from residuum.discretise.spectral import Flow
from residuum.discretise.time import ETDRK4, IMEX, Additive, Chunks
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    initial,
    laplacian,
    parameter,
    periodic,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u, v = (unknown(name, t, x) for name in ("u", "v"))
nu = parameter("nu", 0.1, bounds=(0.01, 1))
force = parameter("force", 0.5, bounds=(0, 2))
turn = parameter("turn", 1.5, bounds=(0, 3))


def burgers() -> Problem:
    """Return Burgers with the viscosity in the symbol and a factor of the nonlinear part."""
    law = Eq(u.diff(t) + force * div(u**2), nu * laplacian(u) + force * sp.sin(x) * sp.cos(t))
    start = initial(u, sp.exp(sp.sin(x)))
    return Problem(Box(t=(0, 0.5), x=(0, 2 * np.pi)), law, [start, periodic(u, x)])


def coupled() -> Problem:
    """Return a Ginzburg–Landau pair whose linear coupling is a parameter."""
    square = u**2 + v**2
    laws = [
        Eq(u.diff(t), u + laplacian(u) - turn * laplacian(v) - u * square),
        Eq(v.diff(t), v + laplacian(v) + turn * laplacian(u) - v * square),
    ]
    start = [initial(u, sp.cos(x)), initial(v, sp.sin(2 * x) / 2)]
    around = [periodic(u, x), periodic(v, x)]
    return Problem(Box(t=(0, 0.5), x=(0, 2 * np.pi)), laws, [*start, *around])


@pytest.mark.parametrize(
    ("build", "stepper"),
    [
        (burgers, ETDRK4()),
        pytest.param(coupled, ETDRK4(), marks=pytest.mark.slow),
        (coupled, IMEX()),
    ],
)
def test_gradients_against_differences(build: Any, stepper: Additive) -> None:
    with double_precision():
        flow = Flow(build(), 16, steps=8, stepper=stepper)
        begin = jnp.asarray(flow.modes.waves.nodal(flow.start()))
        weight = jnp.asarray(np.random.default_rng(5).normal(size=begin.shape))
        middle = {p.name: jnp.asarray(w) for p, w in flow.modes.parts.nominal.items()}

        def loss(values: Any, numbers: Any) -> Any:
            return jnp.sum(weight * flow(values, numbers) ** 2)

        loss = jax.jit(loss)
        by_start, by_number = jax.grad(loss, (0, 1))(begin, middle)
        for name in flow.names:
            h = 1e-5
            up, down = ({**middle, name: middle[name] + s * h} for s in (1, -1))
            wanted = (loss(begin, up) - loss(begin, down)) / (2 * h)
            assert float(by_number[name]) == pytest.approx(float(wanted), rel=1e-6)
            assert abs(float(wanted)) > 1e-3
        push = jnp.asarray(np.random.default_rng(6).normal(size=begin.shape))
        wanted = (loss(begin + 1e-5 * push, middle) - loss(begin - 1e-5 * push, middle)) / 2e-5
        assert float(jnp.sum(by_start * push)) == pytest.approx(float(wanted), rel=1e-6)


def test_same_state_as_the_compiled_march() -> None:
    with double_precision():
        flow = Flow(coupled(), 32, steps=16)
        made = Chunks(
            ETDRK4(),
            flow.modes.nonlinear,
            symbol=flow.modes.symbol,
            example=flow.modes.zero,
            data=flow.modes.data,
        )
        wanted = made.march(flow.start(), flow.interval, chunks=2, stride=1).states[-1]
        found = np.asarray(flow.march(jnp.asarray(flow.start())))
    assert np.abs(found - wanted).max() < 1e-12 * np.abs(wanted).max()


def test_wrong_use() -> None:
    with double_precision():
        flow = Flow(burgers(), 16, steps=4)
        with pytest.raises(OptionError):
            flow.march(jnp.asarray(flow.start()), {"mu": 1.0})
        with pytest.raises(OptionError):
            Flow(burgers(), 16, steps=0)
        steady = unknown("w", x)
        box = Box(x=(0, 1))
        with pytest.raises(ProblemError):
            Flow(Problem(box, Eq(steady.diff(x, 2) - steady, 1), [periodic(steady, x)]), 8, steps=1)
