"""Bandits over interface conditions: the model, the choice, and a family solved with it."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError
from residuum.fields import RandomTanh
from residuum.geometry import Box
from residuum.methods import InterfaceBandit, InterfaceTrial, Subdomains
from residuum.methods._interface_bandit import RewardModel
from residuum.objectives import Interface
from residuum.problem import Eq, Problem, dirichlet, parameter, space, unknown

FOUR = (Interface.SOLUTION, Interface.FLUX, Interface.RESIDUAL, Interface.GRADIENT)


def estimate(parameter: float, chosen: tuple[Interface, ...]) -> float:
    """Solution and flux are needed; the gradient helps below one half and harms above."""
    needed = sum(item in chosen for item in (Interface.SOLUTION, Interface.FLUX))
    gradient = (1 if parameter < 0.5 else -1) * (1 if Interface.GRADIENT in chosen else -1)
    return float(10.0 ** -(needed + gradient))


@pytest.mark.parametrize("explore", [1.0, None])
def test_choices_become_those_that_pay(explore: float | None) -> None:
    bandit = InterfaceBandit(FOUR, np.array([[0, 1]]), explore=explore, key=13)
    random = np.random.default_rng(11)
    gained, at_random = [], []
    for value in random.uniform(size=40):
        chosen = bandit.choose([value])
        bandit.learn([value], chosen, estimate(value, chosen))
        gained.append(estimate(value, chosen))
        arm = bandit.arms[random.integers(16)]
        at_random.append(estimate(value, tuple(c for c, on in zip(FOUR, arm, strict=True) if on)))
    # The best is 1e-3. Measured: at most a fifth of random in the last half.
    assert np.mean(gained[20:]) < 0.5 * np.mean(at_random)


def test_phases_learn_apart() -> None:
    bandit = InterfaceBandit(FOUR, np.array([[0, 1]]), phases=2, free=1)
    bandit.learn([0.3], FOUR[:1], 1e-4, phase=1)
    assert [len(model.rewards) for model in bandit.models] == [0, 1]
    assert bandit.models[1].rewards == [4.0]


def test_useless_answers_count_alike() -> None:
    bandit = InterfaceBandit(FOUR, np.array([[0, 1]]))
    for bad in (np.nan, np.inf, 1e9):
        bandit.learn([0.3], (), bad)
    assert bandit.models[0].rewards == [-2.0] * 3


def test_the_model_remembers_what_it_saw() -> None:
    arms = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    model = RewardModel([(np.array([0.5]), arm) for arm in arms] * 3, [1.0, 2.0, 5.0] * 3)
    mean, covariance = model.posterior(np.array([0.5]), arms)
    # The smallest noise, 0.03 of the spread, seen three times.
    np.testing.assert_allclose(mean, [1, 2, 5], atol=0.3)
    assert np.diag(covariance).max() < 0.5


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
def test_a_family_is_solved_with_every_choice() -> None:
    x = space("x")
    u, s = unknown("u", x), parameter("s", bounds=(1, 9))
    exact = sp.sin(s * x)
    problem = Problem(
        Box(x=(0, 1)),
        Eq(u.diff(x, 2), exact.diff(x, 2)),
        [dirichlet(u, 0, on="x_min"), dirichlet(u, exact.subs(x, 1), on="x_max")],
    )
    trial = InterfaceTrial(problem, Subdomains(RandomTanh(30), {"x": 2}, 0.0), points=120)
    assert Interface.TANGENTIAL not in trial.conditions
    _, good = trial.solve({"s": 5.0}, (Interface.SOLUTION, Interface.FLUX))
    _, bad = trial.solve({"s": 5.0}, (Interface.SOLUTION,))
    # Without the flux the slopes are free: the kept residual tells, whatever was switched on.
    assert good < 1e-4 < 1e-2 < bad


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError):
        InterfaceBandit((), np.array([[0, 1]]))
    with pytest.raises(OptionError):
        InterfaceBandit(FOUR, np.array([[1, 0]]))
