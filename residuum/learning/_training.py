"""What the training of an operator hands back, and its picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from residuum._core import Record, Result
from residuum.operators import Operator

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Training:
    """A trained operator and how it came about.

    Args:
        operator: with the best weights on the validation samples; with the last ones where there
            are none.
        result: how the training ended.
        reason: the same in words.
        losses: the objective by step.
        held: what the judge said of the validation samples: (reports, 2), step and value.
        epochs: steps at which epochs ended.
        record: seed, seconds by phase, notes.
    """

    operator: Operator = field(repr=False)
    result: Result
    reason: str
    losses: np.ndarray = field(repr=False)
    held: np.ndarray = field(repr=False)
    epochs: np.ndarray = field(repr=False)
    record: Record = field(repr=False)

    @property
    def validation(self) -> float:
        """The lowest value on the validation samples; NaN without any."""
        return float(np.nanmin(self.held[:, 1])) if len(self.held) else float("nan")

    @property
    def seconds(self) -> float:
        """Wall seconds of the training, compilation included."""
        return self.record.seconds.get("total", float("nan"))

    def plot(self, path: str | Path | None = None) -> Figure:
        """Draw loss and validation over the steps; also write it to a file if a path is given."""
        from matplotlib.figure import Figure  # takes a while to import

        figure = Figure(figsize=(6, 4), layout="constrained")
        axes: Any = figure.subplots()
        steps = np.arange(1, len(self.losses) + 1)
        if len(self.losses):
            axes.semilogy(steps, self.losses, lw=0.6, color="0.6", label="loss, by step")
            axes.semilogy(*self._means(), color="C0", label="loss, mean of an epoch")
        if len(self.held):
            axes.semilogy(*self.held.T, color="C1", label="validation")
            best = self.held[int(np.nanargmin(self.held[:, 1]))]
            axes.plot(*best, "o", color="C1", label=f"kept: {best[1]:.2g}")
        axes.set_xlabel("step")
        axes.set_title(f"{self.result.code}: {self.reason}", fontsize="small")
        if axes.has_data():
            axes.legend()
        if path is not None:
            figure.savefig(path)
        return figure

    def _means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of epochs and the mean loss of each."""
        ends = [int(end) for end in self.epochs if end <= len(self.losses)]
        starts = [0, *ends[:-1]]
        pairs = zip(starts, ends, strict=False)
        return np.asarray(ends, float), np.array([self.losses[a:b].mean() for a, b in pairs])
