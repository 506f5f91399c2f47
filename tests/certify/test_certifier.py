"""The protocol of certifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

from residuum._core import Certificate, Monitor
from residuum.certify import Certifier
from residuum.problem import Solution


@final
@dataclass(frozen=True)
class Fixed(Certifier):
    """Says what it is told to say."""

    value: float = 0.5
    reason: str | None = None

    name: ClassVar[str] = "fixed"
    kind: ClassVar[str] = "estimate"

    def refuse(self, solution: Solution, norm: str) -> str | None:
        return self.reason

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        if self.value < 0:
            return Certificate(assumptions=("the mesh could not be made",))
        return Certificate(self.kind, self.value, self.value, norm, ("told so",), by=self.name)


def test_a_certifier_names_the_options_that_are_not_default() -> None:
    assert str(Fixed()) == "Fixed()"
    assert str(Fixed(value=0.25)) == "Fixed(value=0.25)"


def test_defaults_speak_of_l2_alone() -> None:
    norms: Any = Fixed.norms
    assert norms == ("L2",) and Fixed.sources == ()
