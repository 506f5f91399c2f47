"""Sobolev norms of any order on a periodic grid, the dual norm H⁻¹ above all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np

from residuum._core import OptionError
from residuum.discretise.spectral import FourierAxis, Waves

SHIFT = 10**-1.5
"""The published α, on a box of length one."""


@final
class DualNorm:
    """‖r‖² = V Σ_k (α/ℓ² + |κ|²)^order |r_k|² with κ = 2πk/length: exact by Parseval.

    Of order -1 it is the norm of H⁻¹, equivalent to the largest of ⟨r, v⟩ over v with
    α‖v‖²/ℓ² + ‖∇v‖² = 1; on a box of length one its amplitudes are multiplied by
    (α + 4π²|k|²)^(-1/2). For -div(a grad u) = f with a ≥ a₀ and zero means, the error obeys
    ‖∇e‖ ≤ ‖r‖ / a₀ as α → 0, and ‖r‖ ≤ max a ‖∇e‖: the residual is the error up to max a / a₀.
    For ∂_t u + A u = f the same holds between L²(H⁻¹) of the residual and L²(H¹) of the error.

    Args:
        axes: the space axes; ℓ is the longest.
        order: power of the symbol; -1 for H⁻¹, 0 for L², 1 for H¹.
        shift: α, more than zero; it alone weighs the mean.

    Raises:
        OptionError: α is not positive.

    Breaks, as a measure of the error, where growth or transport dominates: the constants then hold
    the growth over the interval.
    """

    def __init__(
        self, axes: Sequence[FourierAxis], *, order: float = -1.0, shift: float = SHIFT
    ) -> None:
        if not shift > 0:
            raise OptionError("a shift of more than zero", str(shift), "Leave it out, say.")
        self.waves, self.order, self.shift = Waves(axes), order, shift
        lengths = [axis.high - axis.low for axis in self.waves.axes]
        square: np.ndarray = np.full(self.waves.shape, shift / max(lengths) ** 2)
        for k, axis in enumerate(self.waves.axes):
            shape = [1] * len(lengths)
            shape[k] = self.waves.shape[k]
            square = square + axis.wavenumbers[: self.waves.shape[k]].reshape(shape) ** 2
        self.weights: np.ndarray = square ** (order / 2)
        # A real transform keeps one of two conjugate modes, but for those along its own edges.
        twice: np.ndarray = np.full(self.waves.shape[-1], 2.0)
        twice[0] = 1.0
        if self.waves.axes[-1].count % 2 == 0:
            twice[-1] = 1.0
        volume = float(np.prod(lengths))
        self.rows: np.ndarray = self.weights * np.sqrt(twice * volume) / self.waves.grid.size

    def of_modes(self, modes: np.ndarray) -> float:
        """Return the norm of modes (…, n_1, …, n_d / 2 + 1), all leading entries together."""
        return float(np.linalg.norm(self.rows * modes))

    def __call__(self, values: np.ndarray) -> float:
        """Return the norm of nodal values (…, *grid), all leading entries together."""
        return self.of_modes(self.waves.modes(np.asarray(values, float)))
