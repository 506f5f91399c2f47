"""How an operator fares on grids that it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from residuum._core import OptionError
from residuum.datasets import Samples
from residuum.operators._abstract import Operator
from residuum.operators._floors import relative_error
from residuum.operators._standardised import takes_any_grid


@dataclass(frozen=True)
class ResolutionReport:
    """Relative errors by resolution.

    Args:
        trained_on: nodes along each axis of the training grid.
        rows: per grid, in rising order: nodes, resolution relative to training, mean over the
            samples of the relative L2 error; NaN where the operator takes its own grid alone.
    """

    trained_on: tuple[int, ...]
    rows: tuple[tuple[tuple[int, ...], float, float], ...]

    @property
    def errors(self) -> dict[float, float]:
        """The error by relative resolution, rounded to a hundredth."""
        return {round(factor, 2): error for _, factor, error in self.rows}

    @property
    def worst_ratio(self) -> float:
        """The largest error over the error on the training grid."""
        own = [error for grid, _, error in self.rows if grid == self.trained_on]
        known = [error for _, _, error in self.rows if np.isfinite(error)]
        return max(known) / own[0]

    def __str__(self) -> str:
        lines = ["resolution  grid            relative error"]
        for grid, factor, error in self.rows:
            size = " x ".join(str(side) for side in grid)
            said = f"{error:.3e}" if np.isfinite(error) else "refused: its own grid alone"
            lines.append(f"{factor:9.2f}x  {size:<14}  {said}")
        return "\n".join(lines)


def resolution_report(
    operator: Operator, trained_on: tuple[int, ...], *samples: Samples
) -> ResolutionReport:
    """Return the errors of a trained operator on unseen samples of several resolutions.

    Give the same unseen members at half, once, twice and four times the training resolution, each
    solved on a grid fine enough for all (sampled from one fine solve, say). One set of them must be
    on the training grid.

    Args:
        operator: trained.
        trained_on: nodes along each axis of the training grid.
        samples: one set per resolution.

    Raises:
        OptionError: no set is on the training grid.
    """
    if tuple(trained_on) not in [item.shape for item in samples]:
        got = str([item.shape for item in samples])
        raise OptionError(f"a set of samples on {trained_on}", got, "Add it: ratios refer to it.")
    rows = []
    for item in sorted(samples, key=lambda item: item.shape):
        error = np.nan
        if takes_any_grid(operator) or item.shape == tuple(trained_on):
            error = relative_error(operator, item)
        spans = [
            (a - (e != "wrap")) / (b - (e != "wrap"))
            for a, b, e in zip(item.shape, trained_on, item.edges, strict=True)
        ]
        rows.append((item.shape, float(np.exp(np.mean(np.log(spans)))), float(error)))
    return ResolutionReport(tuple(trained_on), tuple(rows))
