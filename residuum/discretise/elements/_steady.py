"""Steady problems: one linear solve, or Newton's method with continuation behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from residuum._core import Result
from residuum.discretise.elements._structure import largest_direct, structure
from residuum.discretise.elements._system import System
from residuum.discretise.linear import ApproximateInverse, Solver, Structure, prepare
from residuum.discretise.nonlinear import continued, newton

Watch = Callable[[int, float], bool]
DECADES = 3.0
"""Continuation raises the nonlinear terms from a thousandth part, in equal factors."""


@final
@dataclass
class Steady:
    """The solution of the discrete equations of a steady problem.

    Args:
        state: (size,), finite whatever happened.
        result: how the solve ended.
        path: the linear solver's path.
        iterations: linear iterations.
        newton: nonlinear iterations.
        multipliers: values of the constraints' multipliers; away from zero they tell of data that
            no solution fits.
        notes: what a user should know.
        misfit: share of the loads that no solution fits, where a constraint stands in.
    """

    state: np.ndarray
    result: Result
    path: str = ""
    iterations: int = 0
    newton: int = 0
    multipliers: np.ndarray = field(default_factory=lambda: np.zeros(0))
    notes: list[str] = field(default_factory=list)
    misfit: float = 0.0


def solve_steady(
    system: System,
    start: np.ndarray | None = None,
    *,
    tol: float = 1e-10,
    preconditioner: ApproximateInverse | None = None,
    watch: Watch | None = None,
) -> Steady:
    """Solve F(u) = 0 under the conditions.

    Args:
        system: the discrete equations.
        start: first iterate (size,); zero with the Dirichlet values put in by default.
        tol: relative residual of linear solves, and of Newton's method.
        preconditioner: an approximate inverse for Krylov methods, on the free numbers.
        watch: told of every Newton step and the size of its correction; false stops.
    """
    state = np.zeros(system.size) if start is None else np.array(start, float)
    numbers, values = system.fixed(0.0)
    state[numbers] = values
    state = system.spread(state)
    if system.linear:
        return _linear(system, state, tol, preconditioner)
    return _nonlinear(system, state, tol, watch)


def _linear(
    system: System, state: np.ndarray, tol: float, preconditioner: ApproximateInverse | None
) -> Steady:
    free = system.free
    right = -(system.stiffness @ state + system.load(0.0))[free]
    solver = solver_of(system, system.stiffness, tol=tol, preconditioner=preconditioner)
    found = solver.solve(right)
    state[free] += found.values
    made = _made(system, state, found.result, path=found.path, iterations=found.iterations)
    if found.reason:
        made.notes.append(f"linear solve: {found.reason}")
    return made


def _nonlinear(system: System, state: np.ndarray, tol: float, watch: Watch | None) -> Steady:
    free = system.free
    known: list[Structure] = []

    def at(load: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
        share = share_at(load)

        def full(part: np.ndarray) -> np.ndarray:
            found = state.copy()
            found[free] = part
            return system.spread(found)

        def residual(part: np.ndarray) -> np.ndarray:
            return system.residual(0.0, full(part), share=share)[free]

        def jacobian(part: np.ndarray) -> Any:
            return restricted(system.jacobian(0.0, full(part), share=share), free)

        return residual, jacobian

    residual, jacobian = at(1.0)
    known.append(structure(system, jacobian(state[free])))
    options: dict[str, Any] = {"structure": known[0], "tol": tol, "watch": watch}
    options["largest_direct"] = largest_direct(system, evolving=False)
    found = newton(residual, jacobian, state[free], **options)
    notes = []
    if not found.result.ok and found.result not in (Result.OUT_OF_BUDGET, Result.INTERRUPTED):
        notes.append(f"Newton's method from the start given: {found.result.code}; continuation")
        again = continued(at, state[free], **options)
        if again.result.ok or again.residual < found.residual:
            found = again
    state[free] = found.values
    path = found.paths[-1] if found.paths else ""
    made = _made(system, state, found.result, path=path, newton=found.iterations)
    made.notes[:0] = notes
    return made


def share_at(load: float) -> float:
    """Return the share of the nonlinear terms at a load between 0 and 1."""
    found: float = (10 ** (DECADES * load) - 1) / (10**DECADES - 1)
    return found


def _made(system: System, state: np.ndarray, result: Result, **counts: Any) -> Steady:
    state = system.levelled(system.spread(state), 0.0)
    made = Steady(state, result, multipliers=state[system.space.size :], **counts)
    for item, value in zip(system.constraints, made.multipliers, strict=True):
        size = float(np.abs(system.load(0.0)[: system.space.size]).sum())
        if item.unknown in system.form.multipliers:
            size = max(size, _crossing(system, item.unknown, state))
        push = abs(value) * float(np.abs(item.column).sum())
        if push > 1e-6 * max(size, 1e-300) and push > 1e-10:
            made.misfit = max(made.misfit, min(push / max(size, 1e-300), 1.0))
            made.notes.append(
                f"{item.name}: the other conditions leave no solution to fit it exactly; the"
                f" equation is off by {value:.3g} everywhere"
            )
    return made


def _crossing(system: System, j: int, state: np.ndarray) -> float:
    """Return how much crosses the boundary, in and out, by the equation of a multiplier.

    Boundary values are interpolated: that in and out differ by a small share of it is no fault of
    the statement.
    """
    rows = system.components == j
    through = np.asarray(system.stiffness[rows].sum(axis=0)).ravel()
    return float(np.abs(through * state).sum())


def solver_of(
    system: System,
    matrix: Any,
    *,
    tol: float = 1e-10,
    preconditioner: ApproximateInverse | None = None,
) -> Solver:
    """Return what solves with the rows and columns of the free numbers, and with the transpose.

    Args:
        system: the discrete equations.
        matrix: theirs, (size, size).
        tol: relative residual.
        preconditioner: an approximate inverse for Krylov methods, on the free numbers.
    """
    own = restricted(matrix, system.free)
    return prepare(
        own,
        structure(system, own),
        tol=tol,
        largest_direct=largest_direct(system, evolving=False),
        preconditioner=preconditioner,
    )


def restricted(matrix: Any, free: np.ndarray) -> Any:
    """Return the rows and columns of the free numbers."""
    return matrix[free][:, free]
