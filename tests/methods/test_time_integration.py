"""Integration in time: catalogue cases, classics of the literature, events, honest failure."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import (
    Answer,
    Budget,
    ConditionError,
    Monitor,
    OptionError,
    Result,
    Task,
    double_precision,
)
from residuum.catalogue import case
from residuum.discretise.ode import Event
from residuum.geometry import Box
from residuum.methods._time_integration import TimeIntegration
from residuum.problem import Eq, Problem, Solution, initial, initial_rate, load, time, unknown
from tests.discretise.ode._posed import (
    ball,
    circuit,
    columns,
    diode,
    oscillator,
    pendulum,
    robertson,
)

t = time("t")


def run(problem: Problem, tol: float | None = None, **options: object) -> tuple[Answer, Monitor]:
    method, monitor = TimeIntegration(**options), Monitor()  # type: ignore[arg-type]
    assert method.refuse(problem) is None
    with double_precision():
        return method.run(problem, Task(tol, monitor=monitor)), monitor


def values(answer: Answer, times: np.ndarray) -> np.ndarray:
    with double_precision():
        return np.asarray(answer.field(jnp.asarray(times, float)[:, None]))


@pytest.mark.parametrize(("name", "tol"), [("lorenz", 1e-8), ("damped_oscillator", 1e-10)])
def test_catalogue(name: str, tol: float) -> None:
    problem = case(name).problem()
    answer, _ = run(problem, tol)
    low, high = problem.domain.bounds[0]
    times = np.random.default_rng(17).uniform(low, high, 2000)
    exact = case(name).reference(times[:, None])
    distance = np.linalg.norm(values(answer, times) - exact) / np.linalg.norm(exact)
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.verifies(tol)
    assert distance <= answer.certificate.relative


@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-12])
def test_the_same_steps_twice_are_no_agreement(tol: float) -> None:
    # No step is cut for accuracy: ten of the longest do for any tolerance, or rounding ends them.
    y = unknown("y", t)
    problem = Problem(Box(t=(0, 1)), Eq(y.diff(t), sp.cos(7 * t)), [initial(y, 0)])
    answer, monitor = run(problem, tol)
    times = np.linspace(0, 1, 1000)
    gap = values(answer, times)[:, 0] - np.sin(7 * times) / 7
    error = np.linalg.norm(gap) / np.linalg.norm(np.sin(7 * times) / 7)
    # Measured: 1.2e-11 within 6.4e-9, and 1.6e-14 within 2.6e-12; the same steps agreed to 1e-13
    # and were off by 6.4e-9.
    assert error <= answer.certificate.relative < 1e3 * error
    before, after = (
        int(part.split(" steps")[0].split()[-1])
        for part in answer.certificate.assumptions[0].split(";")
    )
    assert after > 1.25 * before and monitor.record.history["agreement"]


def test_oscillator_keeps_its_energy() -> None:
    answer, _ = run(oscillator(end=50.0), 1e-9)
    times = np.linspace(0, 50, 301)[1:-1]
    with double_precision():
        jet = answer.field.jet(jnp.asarray(times)[:, None], [(1,)])
        energy = np.asarray(jet.derivative((0,)) ** 2 + jet.derivative((1,)) ** 2)
    # The derivative of the dense output loses about a digit and a half against its value.
    np.testing.assert_allclose(energy, 1.0, atol=1e-7)


def test_van_der_pol() -> None:
    """Reference at t = 2000 for mu = 1000: F. Mazzia, C. Magherini, Test Set for Initial Value
    Problem Solvers, University of Bari 2008, problem VDPOL (there in the scaled time t / mu)."""
    y = unknown("y", t)
    force = Eq(y.diff(t, 2), 1000 * (1 - y**2) * y.diff(t) - y)
    problem = Problem(Box(t=(0, 2000)), force, [initial(y, 2), initial_rate(y, 0)])
    answer, monitor = run(problem, 1e-6)
    assert answer.certificate.verifies(1e-6)
    assert any(note.startswith("implicit") for note in monitor.record.notes)
    assert values(answer, np.array([2000.0]))[0, 0] == pytest.approx(1.706167732170483, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("algebraic", [False, True])
def test_robertson(algebraic: bool) -> None:
    """H. H. Robertson's reaction of 1966 at t = 40, to the digits in which Diffrax's Kvaerno5 with
    local tolerance 1e-10 and Radau IIA agree; both forms of the statement have to meet them."""
    wanted = [0.7158270687194, 9.185534764557e-6, 0.2841637457458]
    problem = robertson(algebraic)
    answer, _ = run(problem, 1e-8)
    end = values(answer, np.array([40.0]))[0][columns(problem, "a", "b", "c")]
    assert answer.certificate.verifies(1e-8)
    np.testing.assert_allclose(end, wanted, rtol=1e-8)


def test_kepler_returns_after_a_period() -> None:
    x, y = unknown("x", "y", t)
    cube = (x**2 + y**2) ** sp.Rational(3, 2)
    bent = sp.Rational(1, 2)  # eccentricity
    problem = Problem(
        Box(t=(0, 4 * np.pi)),
        [Eq(x.diff(t, 2), -x / cube), Eq(y.diff(t, 2), -y / cube)],
        [
            initial(x, 1 - bent),
            initial_rate(x, 0),
            initial(y, 0),
            initial_rate(y, sp.sqrt((1 + bent) / (1 - bent))),
        ],
    )
    answer, monitor = run(problem, 1e-9, events=(Event(y, direction=1),))
    start = np.array([0.5, 0.0])[columns(problem, "x", "y")]
    np.testing.assert_allclose(values(answer, np.array([2 * np.pi]))[0], start, atol=1e-8)
    times = monitor.record.history["event times"]
    # The start itself lies on the event and is none.
    assert times[0] == pytest.approx(2 * np.pi, rel=1e-9)


@pytest.mark.slow
def test_index_one() -> None:
    problem = pendulum(1)
    answer, _ = run(problem, 1e-9)
    times = np.linspace(0, 5, 200)
    x, y = values(answer, times)[:, columns(problem, "x", "y")].T
    # The constraint that was differentiated away drifts by no more than the error.
    np.testing.assert_allclose(x**2 + y**2, 1.0, atol=1e-7)
    problem = circuit()
    answer, _ = run(problem, 1e-9)
    np.testing.assert_allclose(values(answer, times).sum(axis=1), np.sin(times), atol=1e-9)


@pytest.mark.slow
def test_algebraic_loop() -> None:
    problem = diode()
    answer, _ = run(problem, 1e-8)
    times = np.linspace(0, 6, 300)
    u, i = values(answer, times)[:, columns(problem, "u", "i")].T
    law = np.exp(4 * (1 + np.sin(times) - u - i)) - 1
    assert answer.certificate.verifies(1e-8)
    np.testing.assert_allclose(i, law, atol=1e-6)
    with pytest.raises(ConditionError, match="= 0"):
        run(diode(0.9))


def test_units_do_not_matter() -> None:
    """Seconds or years, metres or nanometres: the same numbers to 1e-8."""
    year, nano = 3.15576e7, 1e9
    x, z = unknown("x", t), unknown("z", t)
    short = Problem(
        Box(t=(0, 20)),
        Eq(x.diff(t, 2), -x - x**3 / 4 - x.diff(t) / 10),
        [initial(x, 1), initial_rate(x, 0)],
    )
    drag = z.diff(t) / (10 * year)
    long = Problem(
        Box(t=(0, 20 * year)),
        Eq(z.diff(t, 2), -(z + z**3 / (4 * nano**2)) / year**2 - drag),
        [initial(z, nano), initial_rate(z, 0)],
    )
    times = np.linspace(0, 20, 200)
    one = values(run(short, 1e-9)[0], times)
    other = values(run(long, 1e-9)[0], year * times)
    np.testing.assert_allclose(other / nano, one, atol=1e-8)


def test_ball_through_solution_and_file(tmp_path: object) -> None:
    problem = ball()
    y, v = (problem.unknowns[k] for k in columns(problem, "y", "v"))
    answer, monitor = run(problem, 1e-8, events=(Event(y, direction=-1, then={v: -0.8 * v}),))
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.verifies(1e-8)
    assert len(monitor.record.history["event times"]) == 6
    kept = Solution(problem, answer.field, answer.result, certificate=answer.certificate)
    back = load(kept.save(f"{tmp_path}/ball.rs"))
    assert back(t=1.0) == kept(t=1.0)


def test_terminal_event_is_a_parameter() -> None:
    problem = ball()
    y = problem.unknowns[columns(problem, "y")[0]]
    answer, monitor = run(problem, 1e-8, events=(Event(y, terminal=True),))
    assert answer.parameters["event_time"] == pytest.approx((2 / 9.81) ** 0.5, rel=1e-12)
    assert any("held" in note for note in monitor.record.notes)


def test_blow_up_keeps_the_finite_part() -> None:
    u = unknown("u", t)
    problem = Problem(Box(t=(0, 2)), Eq(u.diff(t), u**2), [initial(u, 1)])
    answer, monitor = run(problem)
    assert answer.result is Result.DIVERGED
    found = values(answer, np.linspace(0, 2, 99))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:40, 0], 1 / (1 - np.linspace(0, 2, 99)[:40]), rtol=1e-5)
    note = next(n for n in monitor.record.notes if n.startswith("the solution grows"))
    assert float(note.split("t = ")[1].split(";")[0]) == pytest.approx(1.0, abs=1e-6)


def test_chaos_is_said() -> None:
    answer, _ = run(case("lorenz").problem().replace(domain=Box(t=(0, 60))), 1e-6, stiff=False)
    assert answer.result is Result.STAGNATED
    assert answer.certificate.relative > 0.1
    assert any("part from there on" in text for text in answer.certificate.assumptions)


def test_not_finite_at_the_start() -> None:
    u = unknown("u", t)
    problem = Problem(Box(t=(0, 1)), Eq(u.diff(t), sp.log(u)), [initial(u, -1)])
    answer, _ = run(problem)
    assert not answer.result.ok
    np.testing.assert_allclose(values(answer, np.array([0.5])), -1.0)


def test_no_consistent_start() -> None:
    u, p = unknown("u", "p", t)
    problem = Problem(Box(t=(0, 1)), [Eq(u.diff(t), p), Eq(p**2, -1 - u)], [initial(u, 0)])
    answer, monitor = run(problem)
    assert answer.result is Result.STAGNATED
    assert any("constraints" in note for note in monitor.record.notes)


def test_budget_and_interrupt() -> None:
    problem = oscillator(end=2000.0)
    with double_precision():
        spent = Monitor(Budget(seconds=1e-3))
        answer = TimeIntegration().run(problem, Task(1e-9, monitor=spent))
    assert answer.result is Result.OUT_OF_BUDGET
    assert np.isfinite(values(answer, np.linspace(0, 2000, 9))).all()

    def listener(fraction: float, message: str) -> None:
        if message.startswith("tolerance 3e-09"):
            raise KeyboardInterrupt

    with double_precision():
        task = Task(1e-6, monitor=Monitor(listener=listener))
        answer = TimeIntegration().run(problem, task)
    assert answer.result is Result.INTERRUPTED
    # The finished first level is returned.
    assert values(answer, np.array([1990.0]))[0, 0] == pytest.approx(np.cos(1990.0), abs=1e-3)


def test_refusals_and_options() -> None:
    method = TimeIntegration()
    assert "space" in str(method.refuse(case("heat").problem()))
    assert "index is two or more" in str(method.refuse(pendulum(3)))
    for wrong in ({"longest": 0.0}, {"most_steps": 0}, {"events": (3,)}, {"stiff": "yes"}):
        with pytest.raises(OptionError):
            TimeIntegration(**wrong)
    assert str(TimeIntegration(stiff=True)) == "TimeIntegration(stiff=True)"
