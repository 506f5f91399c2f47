"""The protocol of a family's distributions, and the place they are drawn for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from residuum._core import Key
from residuum.geometry import Shape


@dataclass(frozen=True)
class Place:
    """What a value is drawn for.

    Args:
        axes: names of the coordinates that it is a function of; none for a number.
        bounds: low and high of each, (axes, 2): those of the domain's box.
        periodic: whether each is periodic in the statement.
        domain: the shape of the problem in space; with time where time is among the axes.
    """

    axes: tuple[str, ...]
    bounds: np.ndarray
    periodic: tuple[bool, ...]
    domain: Shape


class Distribution(ABC):
    """What a coefficient, a number or a domain of a family is drawn from.

    Final subclasses are frozen dataclasses of their options, so that their ``repr`` says all.
    """

    @abstractmethod
    def draw(self, place: Place, key: Key) -> Any:
        """Return what goes into ``Problem(given=…)``, or a shape for the domain.

        The same key gives the same value, whatever grid or mesh it is read on later.
        """
