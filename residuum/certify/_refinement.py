"""Refine an answer to a tolerance: certify, correct, certify again, or solve classically."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import final

from residuum._core import Answer, Budget, Certificate, Key, Method, Monitor, Record, Result, Task
from residuum.certify._certify import bounds, certify, check
from residuum.certify._defect_correction import GROWTH, DefectCorrection
from residuum.certify._two_methods import TwoMethods, distance
from residuum.problem import Solution

RIVAL = 0.5
"""Tolerance of the classical method over that asked for: half is left for the guess itself."""
DOUBTED = Result.TOLERANCE_NOT_REACHED
"""How a corrected answer ends that the answer from zero contradicts."""
LEVELS, LARGEST = 16, 200_000
"""Most meshes and unknowns that an error is solved for on."""
LEFT, LOOKS = 0.1, 2
"""Share of the guess's error, as a mesh sees it, that the guess so corrected may still differ by
from the classical answer for one to confirm the other; most meshes that are asked."""

Solved = tuple[Answer, float, int]
"""A classical answer, its seconds and unknowns."""
Zero = Callable[[], Solved]
"""Gives that from zero."""


@final
@dataclass(frozen=True)
class _Look:
    """The guess corrected on one mesh, its relative error as seen there, and seconds taken."""

    corrected: Solution
    error: float
    seconds: float


@final
@dataclass(frozen=True)
class Refinement:
    """Pushes an answer to a tolerance, and says what having it saved.

    1. A certificate of the guess that is below the tolerance ends it: nothing is solved.
    2. Where elements are the classical method that suits the problem, the error of the guess is
       solved for on them and added. A check against the answer from zero follows, if ``compare``.
    3. Else, or if that does not reach the tolerance, the classical method solves the problem from
       zero; started from the guess only where it fails from zero.

    A correction that is checked against the answer from zero takes longer than that answer alone.
    So one mesh looks at the error first. If it sees that the guess misses the tolerance, no bound
    can help, and the answer from zero is solved for; if not, and no bound shows the tolerance, that
    answer has the time that the next mesh would take. It ends the matter if the guess corrected on
    one mesh confirms it; else all steps are gone through. With a limit of seconds they come first:
    a correction may end where the classical method does not.

    What is returned is the first answer whose certificate is below the tolerance, and else the one
    whose certificate is lowest.

    Args:
        tol: relative L2 error asked for.
        rival: the classical method that suits the problem, ``None`` where there is none.
        key: source of randomness of the classical method.
        compare: whether a corrected answer is checked against the one from zero.
        start: where the classical method starts if it fails from zero, before the guess is tried.
    """

    tol: float
    rival: Method | None = None
    key: Key = 7
    compare: bool = True
    start: Answer | None = None

    def run(self, guess: Solution, monitor: Monitor) -> Answer:
        """Return the refined answer; ``solve`` and ``refine`` judge it by its certificate."""
        known = Answer(guess.field, guess.result, guess.certificate, guess.parameters)
        if known.certificate.verifies(self.tol):
            known.result = Result.SUCCESSFUL
            return _said(known, monitor, "the guess met the tolerance: nothing was left to do")
        check(guess)
        # Solved for once, whoever asks first.
        zero = cache(lambda: self._from_zero(guess, monitor))
        looks = self._looks(guess, monitor)
        first = next(looks, None)
        if first is not None and first.error > self.tol:
            more = chain((first,), islice(looks, LOOKS - 1))
            confirmed = self._confirmed(guess, zero(), more, monitor)
            if confirmed is not None:
                return confirmed
        with monitor.phase("certify"):
            known = _better(known, certify(guess, by=bounds(self.tol), monitor=monitor))
        if known.certificate.verifies(self.tol):
            return _said(
                known, monitor, "the guess met the tolerance by a bound: nothing was solved"
            )
        if first is not None and first.error <= self.tol:
            # The next mesh may tell that the guess does: worth an answer that comes sooner.
            room = Budget(GROWTH * first.seconds, monitor.budget.memory_mb)
            soon = Monitor(room, monitor.record, monitor.listener)
            confirmed = self._confirmed(guess, self._from_zero(guess, soon), (first,), monitor)
            if confirmed is not None:
                return confirmed
        found = [known]
        if self.rival is None or self.rival.name == "finite_element":
            found = self._corrected(guess, known, zero, monitor)
        settled = found[-1].certificate.verifies(self.tol) or found[-1].result is DOUBTED
        if not settled and self.rival is not None:
            found += self._anew(guess, zero(), monitor)
        return min(found, key=_rank)

    def _looks(self, guess: Solution, monitor: Monitor) -> Iterator[_Look]:
        """Yield what meshes see of the guess's error, where that can spare its correction."""
        on_elements = self.rival is not None and self.rival.name == "finite_element"
        if not on_elements or not self.compare or math.isfinite(monitor.budget.seconds):
            return
        seen = DefectCorrection().looks(guess, monitor)
        while True:
            begun = time.perf_counter()
            with monitor.phase("refine"):
                found = next(seen, None)
            if found is None:
                return
            yield _Look(*found, time.perf_counter() - begun)

    def _confirmed(
        self, guess: Solution, solved: Solved, looks: Iterable[_Look], monitor: Monitor
    ) -> Answer | None:
        """Return the classical answer, or the guess judged by it, where one mesh confirms it."""
        if self.rival is None or not solved[0].certificate.verifies(self.tol):
            return None
        for look in looks:
            apart = distance(look.corrected, self._solution(guess, solved[0]))[1]
            told = f"the guess corrected on one mesh differs by {apart:.1e} from {self.rival.name}"
            if apart <= max(LEFT * min(look.error, 1.0), RIVAL * self.tol):
                monitor.record.notes.append(f"{told}, and confirms it")
                return self._anew(guess, solved, monitor)[-1]
            monitor.record.notes.append(told)
        return None

    def _corrected(
        self, guess: Solution, known: Answer, zero: Zero, monitor: Monitor
    ) -> list[Answer]:
        """Return the guess as known now, and the corrected answer if there is one; best last."""
        start = time.perf_counter()
        with monitor.phase("refine"):
            by = DefectCorrection(levels=LEVELS, largest=LARGEST)
            found = by.correct(guess, monitor=monitor, tol=self.tol)
        seconds = time.perf_counter() - start
        if found.solution is None:
            reasons = "; ".join(found.certificate.assumptions)
            monitor.record.notes.append(f"not corrected: {reasons}")
            return [known]
        rest = found.solution.certificate
        known = _better(known, found.certificate)
        if known.certificate.verifies(self.tol):
            words = f"the guess met the tolerance by an estimate, in {seconds:.2g} s"
            return [_said(known, monitor, f"{words}: nothing was added to it")]
        better = Answer(found.solution.field, Result.SUCCESSFUL, rest, known.parameters)
        monitor.record.unknowns = found.unknowns
        words = f"corrected on elements: {found.unknowns} unknowns in {seconds:.2g} s"
        monitor.record.notes.append(
            f"{words}; relative error of the guess {_shown(found.certificate)}, then {_shown(rest)}"
        )
        if self.compare and self.rival is not None and rest.verifies(self.tol):
            better = self._checked(guess, better, zero, seconds, monitor)
        return [known, better]

    def _checked(
        self, guess: Solution, better: Answer, zero: Zero, spent: float, monitor: Monitor
    ) -> Answer:
        """Compare a corrected answer with one from zero, which says what the guess saved."""
        assert self.rival is not None
        other, seconds, unknowns = zero()
        if not other.certificate.verifies(self.tol):
            words = f"from zero {self.rival.name} did not reach the tolerance"
            monitor.record.notes.append(f"{words} ({other.result.code}): the guess saved that")
            return better
        found = TwoMethods(self.rival).compare(
            self._solution(guess, better), self._solution(guess, other)
        )
        saved = seconds - spent
        words = f"from zero: {unknowns} unknowns in {seconds:.2g} s"
        monitor.record.notes.append(
            f"{words}; the guess saved {saved:.2g} s, its own making not counted"
            if saved > 0
            else f"{words}; the guess saved nothing"
        )
        if found.verifies(self.tol):
            return better
        # Two answers that both claim the tolerance and disagree: neither is believed.
        monitor.record.notes.append(f"the answer from zero differs by {_shown(found)}")
        return dataclasses.replace(better, certificate=found, result=DOUBTED)

    def _from_zero(self, guess: Solution, monitor: Monitor, start: Answer | None = None) -> Solved:
        """Return the classical answer, from zero if no start is given, its seconds and unknowns."""
        assert self.rival is not None
        apart = Monitor(monitor.budget, Record(), monitor.listener, monitor.started)
        begun = time.perf_counter()
        with monitor.phase("from zero"):
            found = self.rival.run(guess.problem, Task(RIVAL * self.tol, self.key, apart, start))
        monitor.record.history.update(apart.record.history)
        return found, time.perf_counter() - begun, apart.record.unknowns

    def _solution(self, guess: Solution, answer: Answer) -> Solution:
        record = Record(method=str(self.rival))
        made = answer.field, answer.result
        return Solution(guess.problem, *made, certificate=answer.certificate, record=record)

    def _anew(self, guess: Solution, solved: Solved, monitor: Monitor) -> list[Answer]:
        """Return the classical answer given, and the guess judged by it; best last."""
        rival = self.rival
        assert rival is not None
        found, seconds, unknowns = solved
        words = f"{rival.name} from zero: {unknowns} unknowns in {seconds:.2g} s"
        starts = (self.start, Answer(guess.field, guess.result))
        for start in (item for item in starts if item is not None):
            if found.certificate.verifies(self.tol) or monitor.spent:
                break
            monitor.record.notes.append(f"{words}, {found.result.code}")
            found, seconds, unknowns = self._from_zero(guess, monitor, start)
            words = f"{rival.name} from {'the guess' if start is not self.start else 'the start'}"
            words = f"{words}: {unknowns} unknowns in {seconds:.2g} s"
        if not found.certificate.verifies(self.tol):
            monitor.record.notes.append(f"{words}, {found.result.code}")
            return [found]
        judged = TwoMethods(rival).compare(guess, self._solution(guess, found))
        known = Answer(guess.field, Result.SUCCESSFUL, judged, guess.parameters)
        if judged.verifies(self.tol):
            words += "; the guess met the tolerance, but it took this solve to know it"
            return [_said(known, monitor, f"{words}: it saved nothing")]
        monitor.record.unknowns = unknowns
        if found.result is Result.OUT_OF_BUDGET:  # but its certificate was good enough by then
            found = dataclasses.replace(found, result=Result.SUCCESSFUL)
        error = f"the guess was off by {_shown(judged)}"
        return [_said(found, monitor, f"{words}; {error} and saved nothing")]


def _better(known: Answer, found: Certificate) -> Answer:
    """Return the answer with the certificate that says more."""
    if found.kind == "none":
        return known
    old = known.certificate
    if old.kind != "none" and old.relative <= found.relative:
        return known
    return dataclasses.replace(known, certificate=found, result=Result.SUCCESSFUL)


def _rank(answer: Answer) -> float:
    relative = answer.certificate.relative
    return relative if answer.certificate.kind != "none" and relative >= 0 else math.inf


def _shown(certificate: Certificate) -> str:
    return "unknown" if certificate.kind == "none" else f"{certificate.relative:.1e}"


def _said(answer: Answer, monitor: Monitor, note: str) -> Answer:
    monitor.record.notes.append(note)
    return answer
