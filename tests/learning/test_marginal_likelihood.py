"""The marginal likelihood of rows under a product kernel."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from residuum._core import Monitor, in_double_precision
from residuum.geometry import Box
from residuum.learning import Evidence, Linearised, MarginalLikelihood, ProductPrior, thinned
from residuum.objectives import Inferred, Rows
from residuum.problem import Eq, Problem, parameter, pointwise, space, unknown

# Rows are tested here, whatever the statement they come from lacks.
pytestmark = pytest.mark.filterwarnings("ignore::residuum.problem._well_posed.WellPosednessWarning")

x, y = space("x", "y")
u = unknown("u", x, y)
k = parameter("k", bounds=(1.0, 3.0))
NONE = Inferred({}, (), ())


def rows(expression: Any, points: np.ndarray, target: np.ndarray | None = None) -> Rows:
    problem = Problem(Box(x=(-1, 1), y=(-1, 1)), Eq(expression, 0), [])
    at = (pointwise(problem, expression),)
    aim = None if target is None else jnp.asarray(target)
    return Rows("equations", at, jnp.asarray(points), jnp.asarray(1.0), None, aim)


def linear(every: list[Rows]) -> Linearised:
    state = tuple({s: jnp.zeros(len(r.points)) for s in r.at[0].slots} for r in every)
    free = tuple({s[1]: jnp.zeros(len(r.points)) for s in r.at[0].slots} for r in every)
    return Linearised(tuple(every), state, free, 1.0, (1.0, 1.0))


def prior(ends: tuple[tuple[float, ...], ...] = ((), ())) -> ProductPrior:
    logs = jnp.log(jnp.array([[0.6, 0.4], [1.2, 0.7], [1.0, 1.0]]))
    return ProductPrior((logs, logs - 0.1), (0.4, 0.3), ends, False)


def value(made: ProductPrior, a: Any, b: Any) -> Any:
    """The kernel between two points, by its definition."""
    total: Any = 1.0
    for axis in (0, 1):
        weights, inverses, frequencies = (
            getattr(made.kernel(axis), n) for n in ("weights", "inverses", "frequencies")
        )
        d = a[axis] - b[axis]
        waves = jnp.cos(2 * jnp.pi * frequencies * d)
        total = total * jnp.sum(weights * jnp.exp(-((inverses * d) ** 2) / 2) * waves)
    return total


def applied(kernel: Any) -> Any:
    """k ↦ (∂_xx + 3 ∂_y)(∂'_xx + 3 ∂'_y) k by automatic differentiation."""

    def one(f: Any, slot: int) -> Any:
        def made(a: Any, b: Any) -> Any:
            slope = jax.grad(f, slot)(a, b)
            second = jax.grad(lambda *p: jax.grad(f, slot)(*p)[0], slot)(a, b)
            return second[0] + 3 * slope[1]

        return made

    return one(one(kernel, 0), 1)


@pytest.mark.slow
@in_double_precision
def test_the_covariance_is_the_operator_on_both_arguments() -> None:
    points = np.random.default_rng(3).uniform(-1, 1, (4, 2))
    item = linear([rows(u.diff(x, 2) + 3 * u.diff(y) - x, points)])
    evidence, made = Evidence.of(item, np.zeros(2), [0.3]), prior()
    slopes, right = item.system({})
    found = evidence.covariance(made, slopes)
    between = applied(lambda a, b: value(made, a, b))
    expected = [[float(between(jnp.asarray(a), jnp.asarray(b))) for b in points] for a in points]
    # Two ways of summing derivatives of up to a thousand.
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(right, points[:, 0], rtol=1e-14)
    density = scipy.stats.multivariate_normal(cov=np.asarray(found) + 0.09 * np.eye(4))
    # The jitter is 1e-10 of the diagonal.
    np.testing.assert_allclose(
        float(evidence(made, jnp.zeros(0), NONE)), -density.logpdf(np.asarray(right)), rtol=1e-7
    )


@pytest.mark.slow
@in_double_precision
def test_rows_that_are_given_are_no_evidence_themselves() -> None:
    points = np.random.default_rng(5).uniform(-1, 1, (5, 2))
    first, second = rows(u.diff(x), points[:3]), rows(u, points[3:], np.array([0.3, -0.2]))
    every, alone, made = linear([first, second]), linear([first]), prior()
    noise = [0.2, 0.1]
    joint = Evidence.of(every, np.zeros(2), noise)(made, jnp.zeros(0), NONE)
    before = Evidence.of(alone, np.zeros(2), noise[:1])(made, jnp.zeros(0), NONE)
    rest = Evidence.of(every, np.zeros(2), noise, given=3)(made, jnp.zeros(0), NONE)
    # p(b | a) = p(a, b) / p(a), up to the jitter, which is 1e-10 of another mean.
    np.testing.assert_allclose(rest, joint - before, rtol=1e-6)


@in_double_precision
def test_a_conditioned_process_has_no_variance_at_its_ends() -> None:
    points = np.array([[-1.0, 0.2], [0.3, 1.0], [0.3, 0.2]])
    item = linear([rows(u, points)])
    found = Evidence.of(item, np.zeros(2), [0.1]).covariance(
        prior(((-1.0,), (-1.0, 1.0))), item.system({})[0]
    )
    # The inverse between the ends carries 1e-12 on its diagonal.
    np.testing.assert_allclose(np.diag(found)[:2], 0, atol=1e-10)
    assert float(found[2, 2]) > 1e-3


@in_double_precision
def test_the_climb_finds_an_unknown_number_and_its_spread() -> None:
    points = np.random.default_rng(7).uniform(-1, 1, (40, 2))
    noise = 0.05 * np.random.default_rng(11).normal(size=40)
    item = linear([rows(k * u - 1, points[:20]), rows(u, points, 0.5 + noise)])
    numbers = Inferred({"k": jnp.asarray(0.5)}, (2.0,), (1.0,))
    evidence = Evidence.of(item, np.zeros(2), [1e-4, 0.05], given=20)
    fit = MarginalLikelihood(30).fit(evidence, (prior(), jnp.zeros(0), numbers), Monitor())
    deviation = fit.deviations()["k"]
    # k u = 1 with u = ½ seen forty times, each with deviation 0.05: 2 ± 4 · 0.05/√40 or more.
    assert 0.02 < deviation < 0.2
    assert abs(fit.numbers.numbers()["k"] - 2.0) < 3 * deviation
    low, high = (item.numbers()["k"] for item in (*fit.steps(), fit.numbers))
    np.testing.assert_allclose(abs(low - high), deviation, rtol=0.2)
    assert np.isfinite(fit.value) and fit.evaluations > 3


def test_few_points_are_all_taken_and_many_are_thinned() -> None:
    np.testing.assert_array_equal(thinned(np.zeros((5, 1)), 9, 7), np.arange(5))
    chosen = thinned(np.zeros((50, 1)), 9, 7)
    assert len(np.unique(chosen)) == 9 and (np.diff(chosen) > 0).all()
