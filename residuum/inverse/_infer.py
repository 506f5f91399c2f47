"""From a statement with open numbers and readings to an answer with a posterior."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    Field,
    Method,
    Posterior,
    ProblemError,
    Result,
    SolveFailed,
    Task,
)
from residuum.inverse._collocated import Collocated
from residuum.inverse._differences import Differences
from residuum.inverse._fit import Fit, fit, start_of
from residuum.inverse._identifiability import covariance_of, left_open
from residuum.inverse._numbers import Numbers, numbers
from residuum.inverse._readings import Readings, readings
from residuum.problem import Problem, WellPosednessWarning

LADDERS = {1: (12, 20, 32, 48, 72, 108), 2: (8, 12, 16, 20, 26, 32), 3: (6, 8, 10, 12, 14)}
"""Degrees to try by the number of coordinates; the last ladder also beyond three."""
AGREED = 0.05
"""Change from one degree to the next, in deviations of numbers and readings, that is enough."""
SEARCH = 8
"""Places per number at which a search without a first guess looks."""
CHANCE = 1e-4
"""Chance below which a misfit is called none."""


@dataclass(frozen=True)
class Asked:
    """What an inference is asked for.

    Args:
        level: of the intervals.
        method: what solves the statement; polynomials at collocation points if left out.
        start: a field of the same unknowns to start from.
        guess: numbers by name to start from; a search if left out.
    """

    level: float = 0.9
    method: Method | None = None
    start: Field | None = None
    guess: dict[str, float] | None = None


def infer(problem: Problem, task: Task, asked: Asked) -> Answer:
    """Return the field at the most likely numbers, the numbers and their posterior.

    Raises:
        SolveFailed: the statement could not be solved at any place that was tried.
    """
    data, known = readings(problem), numbers(problem, asked.guess)
    bare = without_readings(problem)
    if asked.method is None:
        found, change, words = _climb(bare, data, known, task, asked)
    else:
        by = asked.method
        forward = Differences(bare, data, known.names, bounds=known.bounds, method=by, key=task.key)
        places = known.guess[None] if asked.guess else known.places(SEARCH)
        start = start_of(forward, data, known, places, task.monitor)
        found = None if start is None else fit(forward, data, known, start, task.monitor)
        # How far its own solves are off is not known: no certificate rests on the readings alone.
        change, words = math.inf, f"solved by {by}"
    if found is None:
        raise SolveFailed(
            "a statement that can be solved between the bounds",
            "no solution at any place tried",
            "Give a starting value, narrower bounds, or a method that suits: method=….",
        )
    posterior = _posterior(found, data, known, asked.level)
    record = task.monitor.record
    record.notes += [words, *posterior.notes]
    record.history["misfit"] = [found.misfit]
    result = Result.SUCCESSFUL if found.settled else Result.STAGNATED
    if task.monitor.spent:
        result = Result.OUT_OF_BUDGET
    if not posterior.sound:
        result = Result.NOT_DETERMINED
    values = dict(zip(posterior.names, posterior.values.tolist(), strict=True))
    certificate = _certificate(found, posterior, change, words)
    return Answer(found.foretold.field, result, certificate, values, posterior)


def without_readings(problem: Problem) -> Problem:
    """Return the statement alone.

    Raises:
        ProblemError: alone it does not fix its unknowns once the numbers are known.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", WellPosednessWarning)
            return problem.replace(observations=())
    except (ProblemError, WellPosednessWarning) as error:
        raise ProblemError(
            "a statement that fixes its unknowns once its numbers are known",
            str(error),
            "Add the condition, with a parameter for what is not known; write an unknown field as "
            "an expansion: residuum.inverse.GaussianField.",
        ) from None


def _climb(
    bare: Problem, data: Readings, known: Numbers, task: Task, asked: Asked
) -> tuple[Fit | None, float, str]:
    """Fit on rising degrees until two agree; return the fit, the last change and words for it."""
    monitor = task.monitor
    best: Fit | None = None
    change, degree, field = math.inf, 0, asked.start
    ladder = LADDERS[min(len(bare.coordinates), max(LADDERS))]
    for k, degree in enumerate(ladder):
        monitor.update(k / len(ladder), f"degree {degree}")
        with monitor.phase("compile"):
            forward = Collocated(bare, data, known.names, degree=degree, start=field, key=task.key)
        with monitor.phase("solve"):
            if best is None:
                places = known.guess[None] if asked.guess else known.places(SEARCH)
                start = start_of(forward, data, known, places, monitor)
            else:
                start = best.numbers
            found = None if start is None else fit(forward, data, known, start, monitor)
        if found is None:
            continue
        monitor.record.unknowns = forward.head.size
        if best is not None:
            change = _change(best, found, data, known)
        best, field = found, found.foretold.field
        if change <= AGREED or monitor.spent:
            break
    words = f"polynomials of degree {degree}; the last rise moved the numbers or readings by "
    return best, change, words + f"{change:.1g} of their deviations"


def _change(old: Fit, new: Fit, data: Readings, known: Numbers) -> float:
    """Return the largest change of a number or a reading, in their deviations."""
    covariance = covariance_of(new.information, known)
    # A number that nothing fixes may wander: it is judged by its readings alone.
    sizes = np.maximum(np.sqrt(np.diag(covariance)), 1e-9 * known.half)
    numbers_moved = np.abs(new.numbers - old.numbers) / sizes
    # Exact data have no noise; what two degrees must then agree to is a part in 1e6.
    noise = np.maximum(new.noise, 1e-6 * data.spread)[data.group]
    read_moved = np.abs(new.foretold.values - old.foretold.values) / noise
    return float(max(numbers_moved.max(), 0.5 * read_moved.max()))


def _posterior(found: Fit, data: Readings, known: Numbers, level: float) -> Posterior:
    estimated = bool((data.noise == 0).any())
    notes, sound = list(data.notes), True
    for item in left_open(found.information, known, found.numbers):
        notes.append(item.text)
        sound = False
    low, high = known.bounds.T
    edge = (found.numbers - low < 1e-6 * known.half) | (high - found.numbers < 1e-6 * known.half)
    if edge.any() and sound:
        at = ", ".join(n for n, e in zip(known.names, edge, strict=True) if e)
        notes.append(f"{at} ended at a bound: its interval is cut there")
    if not estimated:
        words, agrees = _judged(found)
        notes += words
        sound = sound and agrees
    return Posterior(
        known.names,
        found.numbers,
        covariance_of(found.information, known),
        known.bounds,
        level,
        found.freedom if estimated else math.inf,
        tuple(found.noise.tolist()),
        found.misfit,
        len(data.values),
        tuple(notes),
        sound,
    )


def _judged(found: Fit) -> tuple[list[str], bool]:
    """Compare the misfit with the noise that is stated: Pearson's test in both directions."""
    from scipy.special import chdtr, chdtrc  # SciPy is imported only where it is needed

    told = f"{found.misfit:.3g} for {found.freedom:.3g} degrees of freedom"
    if chdtrc(found.freedom, found.misfit) < CHANCE:
        return [
            f"data and statement contradict each other at the noise stated: misfit {told}"
        ], False
    if chdtr(found.freedom, found.misfit) < CHANCE:
        return [f"the noise stated is larger than the scatter of the data: misfit {told}"], True
    return [], True


def _certificate(found: Fit, posterior: Posterior, change: float, words: str) -> Certificate:
    """Return the error of the field: the deviation that the numbers' uncertainty gives it."""
    spread, level = found.foretold.spread, found.foretold.level
    variance = np.einsum("ip,pq,iq->i", spread, posterior.covariance, spread)
    size = float(np.sqrt(np.mean(np.maximum(variance, 0.0))))
    whole = float(np.sqrt(np.mean(level**2)))
    if not (math.isfinite(size) and whole > 0 and math.isfinite(change)):
        return Certificate(assumptions=("two degrees were not compared",))
    # Two parts: what the numbers leave open, and what the last rise of the degree moved.
    size *= math.hypot(1.0, change)
    return Certificate(
        "estimate",
        size,
        size / whole,
        "L2",
        ("one standard deviation, as the numbers' covariance gives it", words),
    )


def with_level(posterior: Posterior, level: float) -> Posterior:
    """Return the same posterior with intervals of another level."""
    return replace(posterior, level=level)


def field_of(solution: Any) -> Field | None:
    """Return a field to start from, if the solution has a finite one."""
    finite = solution.field.finite()
    return None if finite is False else solution.field
