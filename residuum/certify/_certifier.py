"""The protocol of everything that says how wrong an answer may be."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from residuum._core import Certificate, Monitor, Source
from residuum.problem import Solution

NORMS = ("L2", "energy", "max", "quantity")


class Certifier(ABC):
    """Solution to certificate. Final subclasses are frozen dataclasses of their options.

    Class attributes:
        name: what certificates and the command line call it.
        kind: ``"bound"`` (guaranteed under the assumptions it lists) or ``"estimate"``.
        norms: the norms it can speak of, among ``NORMS``.
        sources: the papers behind it.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    norms: ClassVar[tuple[str, ...]] = ("L2",)
    sources: ClassVar[tuple[Source, ...]] = ()

    def __str__(self) -> str:
        options: Any = dataclasses.fields(self) if dataclasses.is_dataclass(self) else ()
        chosen = [
            f"{item.name}={getattr(self, item.name)!r}"
            for item in options
            if getattr(self, item.name) != item.default
        ]
        return f"{type(self).__name__}({', '.join(chosen)})"

    @abstractmethod
    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said of this solution in this norm, or ``None``.

        It looks at the statement and the kind of field only; it costs next to nothing.
        """

    @abstractmethod
    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the certificate of a solution that was not refused. Called in float64 scope.

        What fails on the way (a mesh that cannot be made, a solve that does not converge, a budget
        that is spent) gives kind ``"none"`` with the reason. The field of the solution is only
        read, at points of its choice, so any field will do.
        """
