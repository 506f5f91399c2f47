"""Derivatives of a steady element solve by the numbers of its statement.

The solve u(m) is defined by F(u; m) = 0. By the implicit function theorem the change of u is
-(dF/du)⁻¹ dF/dm dm, and the gradient of a scalar Q(u) is -(dF/dm)ᵀ λ with (dF/du)ᵀ λ = dQ/du: one
linear solve for any number of m (M. B. Giles and N. A. Pierce, "An introduction to the adjoint
approach to design", Flow, Turbulence and Combustion 65, 2000, doi:10.1023/A:1011430410075). It is
the derivative of the discrete equations, exact to the tolerance of the solves.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Result, SolveFailed, in_double_precision, one_blas_thread
from residuum.discretise.elements._derivative import traced
from residuum.discretise.elements._field import ElementField, steady_field
from residuum.discretise.elements._parametric import Parametric
from residuum.discretise.elements._reading import Reading, reading
from residuum.discretise.elements._steady import solve_steady, solver_of
from residuum.discretise.linear import Linear, Solver

KEPT = 2
"""Solutions kept with their factors: the last one asked, and the one before it."""

Numbers = Mapping[str, Any]
Functional = Callable[[Array, dict[str, Array], dict[str, Array]], Array]
"""Q(u, parameters, coefficients): a scalar that JAX can differentiate."""


@final
@dataclass(eq=False)
class _Solved:
    """A solution, and once it is asked for the Jacobian there with its factors."""

    state: np.ndarray
    jacobian: Any = None
    solver: Solver | None = None


@final
class Differentiable:
    """The solve u(m) of a steady problem on a fixed mesh. Made by ``differentiable``.

    Calls may stand under JAX's ``grad``, ``jvp``, ``jacfwd``, ``jacrev``, ``vmap`` and ``jit``; the
    solve itself is NumPy's. There are no second derivatives. Inside ``double_precision()`` all is
    float64; outside, JAX rounds numbers and results to float32. A linear problem is factored once
    for solution and derivatives, a nonlinear one once more than Newton's method does.

    Attributes:
        space: the space of the degrees of freedom.
        size: their number: all unknowns, one after the other.
        factorisations: matrices made ready by this object for solutions or derivatives; Newton's
            own are counted in ``newton``.
        newton: Newton steps taken.
    """

    def __init__(
        self, parametric: Parametric, *, tol: float = 1e-10, start: np.ndarray | None = None
    ) -> None:
        self.parametric, self.system = parametric, parametric.system
        self.space, self.tol, self.start = self.system.space, tol, start
        self.size = self.space.size
        self.factorisations = self.newton = 0
        self._kept: OrderedDict[bytes, _Solved] = OrderedDict()
        self._lock = threading.RLock()
        self._current = b""
        # Compiled programs that call back must not wait for others.
        parametric.remember()
        self._traced = traced(self, self.size, parametric.size)

    def __call__(
        self, parameters: Numbers | None = None, coefficients: Numbers | None = None
    ) -> Array:
        """Return the degrees of freedom (size,).

        Args:
            parameters: a number for every open parameter, in its unit.
            coefficients: an array for every open coefficient, of the shape its values have.

        Raises:
            OptionError: a name is missing or unknown, or an array has another shape.
            SolveFailed: the solve did not succeed, or a number is not finite; JAX wraps it in an
                error of its own where it is raised from a compiled program.
        """
        packed = self._packed(parameters, coefficients)
        if isinstance(packed, jax.core.Tracer):
            return self._traced(packed)
        # An error raised here reaches the user as it is.
        return jnp.asarray(self.solved(np.asarray(packed)), packed.dtype)

    @in_double_precision
    def value_and_gradient(
        self,
        functional: Functional,
        parameters: Numbers | None = None,
        coefficients: Numbers | None = None,
    ) -> tuple[float, dict[str, Any], dict[str, np.ndarray]]:
        """Return Q and its gradients by parameters and coefficients, all in float64.

        Args:
            functional: Q(u, parameters, coefficients), a scalar that JAX can differentiate.
            parameters, coefficients: as in a call.

        Returns:
            Q; a float by parameter; an array of the coefficient's shape by coefficient.

        Raises:
            SolveFailed: the solve did not succeed, or something is not finite.
        """
        packed = self._packed(parameters, coefficients)
        numbers = np.asarray(packed)
        dofs = self.solved(numbers)

        def total(u: Array, m: Array) -> Array:
            return functional(u, *self._unpacked(m))

        value, (by_u, by_m) = jax.value_and_grad(total, (0, 1))(jnp.asarray(dofs), packed)
        gradient = np.asarray(by_m) + self.pulled(numbers, np.asarray(by_u))
        if not (np.isfinite(float(value)) and np.isfinite(gradient).all()):
            raise _failed(Result.NOT_FINITE, "the functional or its gradient is not finite")
        first, second = self._unpacked(gradient)
        return float(value), {n: float(v) for n, v in first.items()}, second

    def reading(self, points: Any, *, unknown: int = 0) -> Reading:
        """Return the operator from degrees of freedom to values at points; see ``reading``."""
        return reading(self.space, points, unknown=unknown)

    def field(self, dofs: Any) -> ElementField:
        """Return degrees of freedom (size,) as a field that can be asked anywhere."""
        d = self.space.mesh.dimension
        return steady_field(self.space, np.asarray(dofs), len(self.space.orders), tuple(range(d)))

    def solved(self, numbers: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom for packed numbers m, in NumPy."""
        with self._lock, one_blas_thread():
            return self._solution(numbers).state[: self.size]

    def pushed(self, numbers: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Return du/dm · change: (…, size) for changes (…, numbers)."""
        with self._lock, one_blas_thread():
            found = self._linearised(numbers)
            rows = change.reshape(math.prod(change.shape[:-1]), self.parametric.size)
            states = np.stack([self.parametric.fixed_slopes() @ row for row in rows], axis=1)
            sides = np.stack([self.parametric.pushed(found.state, row) for row in rows], axis=1)
            free = self.system.free
            states[free] = 0.0
            assert found.solver is not None
            right = -(sides + found.jacobian @ states)[free]
            states[free] = _checked(found.solver.solve(right))
            made = self.system.spread(states).T[:, : self.size]
            return np.ascontiguousarray(made).reshape(*change.shape[:-1], self.size)

    def pulled(self, numbers: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return (du/dm)ᵀ · weights: (…, numbers) for weights (…, size)."""
        with self._lock, one_blas_thread():
            system, found = self.system, self._linearised(numbers)
            whole = np.zeros((system.size, math.prod(weights.shape[:-1])))
            whole[: self.size] = weights.reshape(whole.shape[1], self.size).T
            np.add.at(whole, system.space.master[system.slaves], whole[system.slaves])
            whole[system.slaves] = 0.0
            assert found.solver is not None
            adjoint = np.zeros_like(whole)
            adjoint[system.free] = _checked(found.solver.solve_transposed(whole[system.free]))
            held = whole - found.jacobian.T @ adjoint
            held[system.free] = 0.0
            made = (self.parametric.fixed_slopes().T @ held).T
            for k in range(len(made)):
                made[k] -= self.parametric.pulled(found.state, adjoint[:, k])
            return made.reshape(*weights.shape[:-1], self.parametric.size)

    def _solution(self, numbers: np.ndarray) -> _Solved:
        numbers = np.asarray(numbers, float)
        key = numbers.tobytes()
        if not np.isfinite(numbers).all():
            raise _failed(Result.NOT_FINITE, "a parameter or coefficient is not finite")
        if key != self._current:
            self._current = b""
            self.parametric.put(numbers)
            self._current = key
        if key not in self._kept:
            self._kept[key] = self._linear() if self.system.linear else self._nonlinear()
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _linear(self) -> _Solved:
        system, free = self.system, self.system.free
        state = np.zeros(system.size)
        fixed, values = system.fixed(0.0)
        state[fixed] = values
        state = system.spread(state)
        found = _Solved(state, system.stiffness)
        found.solver = self._prepared(found.jacobian)
        right = -(system.stiffness @ state + system.load(0.0))[free]
        state[free] = _checked(found.solver.solve(right))
        found.state = system.spread(state)
        return found

    def _nonlinear(self) -> _Solved:
        found = solve_steady(self.system, self.start, tol=self.tol)
        self.newton += found.newton
        if not found.result.ok:
            raise _failed(found.result, "; ".join(found.notes) or "Newton's method failed")
        return _Solved(found.state)

    def _linearised(self, numbers: np.ndarray) -> _Solved:
        found = self._solution(numbers)
        if found.solver is None:
            # Newton's last Jacobian is that of the iterate before the solution.
            found.jacobian = self.system.jacobian(0.0, found.state)
            found.solver = self._prepared(found.jacobian)
        return found

    def _prepared(self, jacobian: Any) -> Solver:
        self.factorisations += 1
        return solver_of(self.system, jacobian, tol=self.tol)

    def _packed(self, parameters: Numbers | None, coefficients: Numbers | None) -> Array:
        """Return m as one vector."""
        given, tables = dict(parameters or {}), dict(coefficients or {})
        _same("parameters", given, self.parametric.parameters)
        _same("coefficients", tables, tuple(self.parametric.tables))
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(self.parametric.parameters, ())
        shapes |= {name: table.shape for name, table in self.parametric.tables.items()}
        parts = []
        for name, shape in shapes.items():
            value = jnp.asarray({**given, **tables}[name], float)
            if value.shape != shape:
                raise OptionError(f"{name} of shape {shape}", f"shape {value.shape}", "Correct it.")
            parts.append(value.ravel())
        return jnp.concatenate([jnp.zeros(0), *parts])

    def _unpacked(self, packed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        cuts, tables = self.parametric.cuts, self.parametric.tables
        first = {name: packed[cuts[name]][0] for name in self.parametric.parameters}
        return first, {n: packed[cuts[n]].reshape(table.shape) for n, table in tables.items()}


def _same(what: str, given: Numbers, wanted: Sequence[str]) -> None:
    if set(given) != set(wanted):
        got = ", ".join(sorted(given)) or "none"
        raise OptionError(f"the {what} {', '.join(wanted) or '(none)'}", got, "Give all of them.")


def _failed(result: Result, reason: str) -> SolveFailed:
    return SolveFailed("a solution for these numbers", f"{result.code}: {reason}", "Change them.")


def _checked(found: Linear) -> np.ndarray:
    if not found.result.ok:
        raise _failed(found.result, f"linear solve: {found.reason}")
    return found.values
