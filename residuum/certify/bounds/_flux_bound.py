"""The flux bound: a guaranteed bound of the error of any smooth field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import Certificate, Field, Index, Monitor, OptionError, ResiduumError, Source
from residuum.certify._certifier import Certifier
from residuum.certify.bounds._coercive import ROUGH, NotCovered, coercive
from residuum.certify.bounds._energy import energy_bound
from residuum.certify.bounds._settled import check_tol
from residuum.discretise.elements import ElementField
from residuum.discretise.volumes import VolumeField
from residuum.problem import ExpressionField, Solution

CHUNK, FEW = 2048, 256
"""Points at a time: two shapes, so two compilations at most."""


@final
@dataclass(frozen=True)
class FluxBound(Certifier):
    """A guaranteed bound for scalar linear coercive problems, whatever gave the field.

    The residual of the field v is R(z) = a(u - v, z). With a flux p in a Raviart–Thomas space that
    makes it least, R(z) ≤ M |||z|||; for a correction w with the field's wrong boundary values and
    what a finite-element solve sees of the error,

        |||u - v||| ≤ |||w||| + M(v + w),    |u - v| ≤ |w| + C M(v + w),

    and the same with minus signs from below. Because p has the size of the error, the mesh need
    only resolve the error's shape, however small it is; it is refined until both sides meet.

    Args:
        effectivity: how much larger than the error the bound may be before the mesh is refined.
        tol: relative error that is asked about: once the bound is below it, or the error is proved
            to be above it, nothing is refined. Left out, the bound is as sharp as ``effectivity``.

    Breaks down where the error has far finer structure than the last mesh: the bound stays one and
    gets large. A field with kinks is refused.
    """

    effectivity: float = 3.0
    tol: float | None = None

    name: ClassVar[str] = "flux bound"
    kind: ClassVar[str] = "bound"
    norms: ClassVar[tuple[str, ...]] = ("energy", "L2")
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "functional_majorant",
            "A posteriori estimates for partial differential equations",
            "S. Repin",
            2008,
            "doi:10.1515/9783110203042",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not self.effectivity > 1:
            got = repr(self.effectivity)
            raise OptionError("an effectivity above one", got, "Pass 3, say.")
        check_tol(self.tol)

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing is proved of this solution, or ``None``."""
        if isinstance(solution.field, ElementField | VolumeField):
            return "the field has kinks between its cells"
        try:
            smooth = coercive(solution.problem).smooth
        except NotCovered as error:
            return str(error)
        field = solution.field
        if smooth and kinked(field):
            return "the expression has kinks, where its second derivatives are no functions"
        return None

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the bound, or an estimate with the reason why it is none."""

        def jets(points: np.ndarray, indices: tuple[Index, ...]) -> Mapping[Index, np.ndarray]:
            return derivatives(solution.field, points, indices)

        try:
            found = energy_bound(
                solution.problem,
                jets,
                norm=norm,
                effectivity=self.effectivity,
                tol=self.tol,
                monitor=monitor,
            )
        except (NotCovered, ResiduumError) as error:
            return Certificate(norm=norm, assumptions=(str(error),))
        if not math.isfinite(found.value):
            return Certificate(norm=norm, assumptions=("the bound is not finite",))
        rest = found.size - found.value
        relative = found.value / rest if rest > 0 else math.nan
        kind = "estimate" if found.loose else self.kind
        return Certificate(kind, found.value, relative, norm, found.assumptions, by=self.name)


def kinked(field: Field) -> bool:
    """Whether a field is given by expressions with kinks."""
    return isinstance(field, ExpressionField) and any(
        sp.sympify(item).has(*ROUGH) for item in field.expressions
    )


def derivatives(
    field: Field, points: np.ndarray, indices: tuple[Index, ...]
) -> dict[Index, np.ndarray]:
    """Return derivatives of the first unknown at points (n, d), each (n,), in one pass."""
    table = tables(field, points, indices)[:, :, 0]
    return {index: table[:, k] for k, index in enumerate(indices)}


def tables(field: Field, points: np.ndarray, indices: tuple[Index, ...]) -> np.ndarray:
    """Return derivatives of all unknowns at points (n, d), (n, indices, unknowns), in one pass."""
    plain = field.numeric_derivatives(points, indices) if len(points) else None
    if plain is not None:
        return np.stack([plain[index] for index in indices], axis=1)
    parts = []
    chunk = FEW if len(points) <= 2 * FEW else CHUNK
    for start in range(0, len(points), chunk):
        part = points[start : start + chunk]
        filled = np.concatenate([part, np.repeat(part[-1:], chunk - len(part), axis=0)])
        parts.append(np.asarray(_jet(field, jnp.asarray(filled), indices))[: len(part)])
    return np.concatenate(parts) if parts else np.zeros((0, len(indices), 1))


@eqx.filter_jit
def _jet(field: Field, points: Any, indices: tuple[Index, ...]) -> Any:
    jet = field.jet(points, list(indices))
    return jnp.stack([jet.derivative(index) for index in indices], axis=1)
