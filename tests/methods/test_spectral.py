"""One spectral method: which engine it takes, whose reason it gives, options, what it reaches."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Answer, OptionError, Result, Task, double_precision
from residuum.catalogue import case
from residuum.discretise.time import IMEX
from residuum.geometry import Box
from residuum.methods._fourier import Fourier
from residuum.methods._spectral import Spectral
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    periodic,
    point_value,
    space,
    time,
    unknown,
    vector,
)

TURN = 2 * np.pi
t, (x, y) = time("t"), space("x", "y")


def run(problem: Problem, tol: float, method: Spectral | Fourier | None = None) -> Answer:
    method = method or Spectral()
    assert method.refuse(problem) is None
    with double_precision():
        return method.run(problem, Task(tol))


def at(answer: Answer, points: np.ndarray) -> np.ndarray:
    with double_precision():
        return np.asarray(answer.field(jnp.asarray(points)))


def worst(answer: Answer, problem: Problem, exact: dict[str, sp.Expr]) -> float:
    """Return the largest error at random points, over all unknowns."""
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    bounds = problem.domain.bounds[order]
    points = np.random.default_rng(17).uniform(bounds[:, 0], bounds[:, 1], (500, len(bounds)))
    found, errors = at(answer, points), []
    for j, u in enumerate(problem.unknowns):
        wanted = sp.lambdify(problem.coordinates, exact[str(u.func)], "numpy")(*points.T)
        errors.append(np.abs(found[:, j] - wanted).max())
    return float(max(errors))


def test_engines() -> None:
    method = Spectral()
    engines = {"kdv": "fourier", "burgers": "chebyshev", "lorenz": "chebyshev"}
    for name, engine in engines.items():
        found = method.engine(case(name).problem())
        assert not isinstance(found, str)
        assert found.name == engine
    assert "box" in str(method.refuse(case("poisson_four_holes").problem()))


def test_options_reach_the_engines() -> None:
    method = Spectral(modes=24, steps=64, largest=99, adapt=False, stepper=IMEX())
    assert method.fourier == Fourier(24, 64, 99, IMEX())
    assert (method.chebyshev.modes, method.chebyshev.largest) == (24, 99)
    assert not method.chebyshev.adapt
    for wrong in ({"modes": 3}, {"steps": 0}, {"stepper": "imex"}):
        with pytest.raises(OptionError):
            Spectral(**wrong)


def velocity(nu: float, length: float = TURN) -> tuple[Problem, dict[str, sp.Expr]]:
    u, v, p = unknown("u", "v", "p", t, x, y)
    k = TURN / length
    decay = sp.exp(-2 * nu * k**2 * t)
    # The flow moves with the speed (1, 1/2), so that nothing cancels.
    a, b = k * (x - t), k * (y - t / 2)
    exact = {
        "u": 1 + sp.cos(a) * sp.sin(b) * decay,
        "v": sp.Rational(1, 2) - sp.sin(a) * sp.cos(b) * decay,
        "p": -(sp.cos(2 * a) + sp.cos(2 * b)) * decay**2 / 4,
    }
    carried = [f.diff(t) + u * f.diff(x) + v * f.diff(y) for f in (u, v)]
    laws = [
        Eq(vector(*carried), -grad(p) + nu * laplacian(vector(u, v))),
        Eq(div([u, v]), 0),
    ]
    start = [initial(u, exact["u"].subs(t, 0)), initial(v, exact["v"].subs(t, 0)), integral(p)]
    around = [periodic(f, c) for f in (u, v, p) for c in (x, y)]
    box = Box(t=(0, 1), x=(0, length), y=(0, length))
    return Problem(box, laws, [*start, *around]), exact


def test_navier_stokes_in_velocity_and_pressure() -> None:
    problem, exact = velocity(0.05)
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    assert worst(answer, problem, exact) < 1e-8


def test_navier_stokes_in_vorticity() -> None:
    w, psi = unknown("w", "psi", t, x, y)
    nu = 0.1
    # On a mean flow U = 1 along x: the vortices travel.
    wave = sp.cos(x - t) * sp.cos(y) * sp.exp(-2 * nu * t)
    turn = (1 + psi.diff(y)) * w.diff(x) - psi.diff(x) * w.diff(y)
    problem = Problem(
        Box(t=(0, 1), x=(0, TURN), y=(0, TURN)),
        [Eq(w.diff(t) + turn, nu * laplacian(w)), Eq(laplacian(psi), -w)],
        [
            initial(w, 2 * wave.subs(t, 0)),
            *(periodic(f, c) for f in (w, psi) for c in (x, y)),
        ],
    )
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    assert worst(answer, problem, {"w": 2 * wave, "psi": wave}) < 1e-8


def test_klein_gordon_over_many_periods() -> None:
    u = unknown("u", t, x)
    exact = sp.cos(sp.sqrt(10) * t) * sp.cos(3 * x)
    problem = Problem(
        Box(t=(0, 50), x=(0, TURN)),
        Eq(u.diff(t, 2), u.diff(x, 2) - u),
        [initial(u, exact.subs(t, 0)), initial_rate(u, 0), periodic(u, x)],
    )
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    # The coupled block is integrated exactly: the modes are right at any step.
    assert worst(answer, problem, {"u": exact}) < 1e-8


def test_ginzburg_landau_plane_wave() -> None:
    u, v = unknown("u", "v", t, x)
    b, c, k = 1.5, -0.5, 2
    # A = r·exp(i(kx - ωt)) with r² = 1 - k²/16 and ω = c·r² + b·k²/16.
    size = sp.sqrt(1 - sp.Rational(k**2, 16))
    speed = c * size**2 + b * sp.Rational(k**2, 16)
    exact = {
        "u": size * sp.cos(k * x - speed * t),
        "v": size * sp.sin(k * x - speed * t),
    }
    square = u**2 + v**2
    laws = [
        Eq(u.diff(t), u + (laplacian(u) - b * laplacian(v)) / 16 - (u - c * v) * square),
        Eq(v.diff(t), v + (laplacian(v) + b * laplacian(u)) / 16 - (v + c * u) * square),
    ]
    start = [initial(u, exact["u"].subs(t, 0)), initial(v, exact["v"].subs(t, 0))]
    box = Box(t=(0, 5), x=(0, TURN))
    problem = Problem(box, laws, [*start, periodic(u, x), periodic(v, x)])
    for method, tol in ((Spectral(), 1e-8), (Spectral(stepper=IMEX(), steps=512), 1e-6)):
        answer = run(problem, tol, method)
        assert answer.result is Result.SUCCESSFUL
        assert worst(answer, problem, exact) < 2 * tol


def test_translation_of_the_data_translates_the_answer() -> None:
    shift = 1.2345
    answers = []
    for s in (0.0, shift):
        u = unknown("u", t, x)
        problem = Problem(
            Box(t=(0, 0.5), x=(0, TURN)),
            Eq(u.diff(t) + div(u**2 / 2), 0.2 * laplacian(u)),
            [initial(u, sp.exp(sp.sin(x - s))), periodic(u, x)],
        )
        answers.append(run(problem, 1e-10))
    times, places = np.linspace(0, 0.5, 7), np.linspace(1.5, 6, 7)
    here = np.stack([times, places - shift], axis=1)
    there = np.stack([times, places], axis=1)
    assert np.abs(at(answers[0], here) - at(answers[1], there)).max() < 1e-9


def test_units_of_length_do_not_matter() -> None:
    found = []
    for unit in (1.0, 1e-3):
        u = unknown("u", t, x)
        speed, spread = unit * u, 0.2 * unit**2 * laplacian(u)
        problem = Problem(
            Box(t=(0, 0.5), x=(0, TURN * unit)),
            Eq(u.diff(t) + speed * u.diff(x), spread),
            [initial(u, sp.exp(sp.sin(x / unit))), periodic(u, x)],
        )
        points = np.stack([np.linspace(0, 0.5, 9), unit * np.linspace(0.1, 6, 9)], axis=1)
        found.append(at(run(problem, 1e-10), points))
    assert np.abs(found[0] - found[1]).max() < 1e-8


def test_too_few_modes_never_claim_the_tolerance() -> None:
    u = unknown("u", t, x)
    problem = Problem(
        Box(t=(0, 2), x=(0, TURN)),
        Eq(u.diff(t) + div(u**2 / 2), 0.002 * laplacian(u)),
        [initial(u, sp.sin(x)), periodic(u, x)],
    )
    answer = run(problem, 1e-6, Spectral(modes=64, largest=64))
    assert not answer.result.ok
    assert not answer.certificate.verifies(1e-6)


def test_poisson_in_five_dimensions() -> None:
    axes = space(*(f"x{k}" for k in range(1, 6)))
    box = {c.name: (0, 1) for c in axes}
    u = unknown("u", *axes)
    exact = sp.Add(*(sp.sin(sp.pi * c / 2) for c in axes))
    steady = Problem(Box(**box), Eq(-laplacian(u), sp.pi**2 / 4 * exact), [dirichlet(u, exact)])
    answer = run(steady, 1e-6)
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.verifies(1e-6)
    assert worst(answer, steady, {"u": exact}) < 1e-6


@pytest.mark.slow
def test_heat_in_five_dimensions() -> None:
    axes = space(*(f"x{k}" for k in range(1, 6)))
    box = {c.name: (0, 1) for c in axes}
    v = unknown("v", t, *axes)
    fading = sp.exp(-t) * sp.Mul(*(sp.cos(c) for c in axes))
    heat = Problem(
        Box(t=(0, 1), **box),
        Eq(v.diff(t), laplacian(v) / 5),
        [initial(v, fading.subs(t, 0)), dirichlet(v, fading)],
    )
    answer = run(heat, 1e-5, Spectral(modes=8))
    assert answer.result is Result.SUCCESSFUL
    assert worst(answer, heat, {"v": fading}) < 1e-5


def test_wave_on_a_square() -> None:
    u = unknown("u", t, x, y)
    exact = sp.cos(sp.sqrt(2) * sp.pi * t) * sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
    problem = Problem(
        Box(t=(0, 5), x=(0, 1), y=(0, 1)),
        Eq(u.diff(t, 2), laplacian(u)),
        [initial(u, exact.subs(t, 0)), initial_rate(u, 0), dirichlet(u, 0)],
    )
    answer = run(problem, 1e-6)
    assert answer.result is Result.SUCCESSFUL
    assert worst(answer, problem, {"u": exact}) < 1e-6


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_speed_of_a_front_as_a_further_unknown() -> None:
    u, s = unknown("u", "s", x)
    front = 1 / (1 + sp.exp(x / sp.sqrt(2)))
    laws = [
        Eq(-s * u.diff(x), u.diff(x, 2) + u * (1 - u) * (u - sp.Rational(1, 4))),
        Eq(s.diff(x), 0),
    ]
    problem = Problem(
        Box(x=(-15, 15)),
        laws,
        [
            dirichlet(u, front.subs(x, -15), on="x_min"),
            dirichlet(u, front.subs(x, 15), on="x_max"),
            point_value(u, sp.Rational(1, 2), at={"x": 0}),
        ],
    )
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    assert worst(answer, problem, {"u": front, "s": 1 / (2 * sp.sqrt(2)) + 0 * x}) < 1e-8


def test_nonlinear_steady_on_a_periodic_square() -> None:
    u = unknown("u", x, y)
    exact = sp.exp(sp.sin(x)) * sp.cos(y) / 2
    spread = 2 + sp.sin(x + y)
    flux = sum(((spread * exact.diff(c)).diff(c) for c in (x, y)), sp.Integer(0))
    problem = Problem(
        Box(x=(0, TURN), y=(0, TURN)),
        Eq(div(spread * grad(u)) - u - u**3, flux - exact - exact**3),
        [periodic(u, x), periodic(u, y)],
    )
    method = Spectral()
    found = method.engine(problem)
    assert not isinstance(found, str)
    assert found.name == "fourier"
    answer = run(problem, 1e-8)
    assert answer.result is Result.SUCCESSFUL
    assert worst(answer, problem, {"u": exact}) < 1e-8
