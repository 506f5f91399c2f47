"""Lagrange elements on simplices, by order and dimension, from scikit-fem."""

from __future__ import annotations

from functools import cache
from typing import Any, final

import numpy as np
import skfem
from skfem.element import ElementH1
from skfem.refdom import RefLine

from residuum._core import OptionError


@final
class ElementLineP3(ElementH1):
    """The cubic Lagrange element on a line, which scikit-fem has in hierarchical form only."""

    nodal_dofs = 1
    interior_dofs = 2
    maxdeg = 3
    dofnames = ["u", "u", "u"]  # noqa: RUF012 (scikit-fem's own convention)
    doflocs = np.array([[0.0], [1.0], [1 / 3], [2 / 3]])
    refdom = RefLine

    def lbasis(self, X: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the i-th basis function and its derivative at reference points."""
        x = X[0]
        nodes = self.doflocs[:, 0]
        others = [float(node) for j, node in enumerate(nodes) if j != i]
        scale = float(np.prod([nodes[i] - node for node in others]))
        a, b, c = others
        value = (x - a) * (x - b) * (x - c) / scale
        slope = ((x - b) * (x - c) + (x - a) * (x - c) + (x - a) * (x - b)) / scale
        return value, slope[None]


ELEMENTS: dict[tuple[int, int], Any] = {
    (1, 1): skfem.ElementLineP1,
    (1, 2): skfem.ElementLineP2,
    (1, 3): ElementLineP3,
    (2, 1): skfem.ElementTriP1,
    (2, 2): skfem.ElementTriP2,
    (2, 3): skfem.ElementTriP3,
    (3, 1): skfem.ElementTetP1,
    (3, 2): skfem.ElementTetP2,
}
"""Element classes by dimension and order."""


def element(dimension: int, order: int) -> Any:
    """Return the Lagrange element of an order.

    Raises:
        OptionError: there is none of this order in this dimension.
    """
    if (dimension, order) not in ELEMENTS:
        orders = [str(k) for d, k in ELEMENTS if d == dimension]
        raise OptionError(
            f"an order among {', '.join(orders)} in {dimension} dimensions",
            str(order),
            "Refine the mesh instead.",
        )
    return ELEMENTS[dimension, order]()


def nodes(dimension: int, order: int) -> np.ndarray:
    """Return the nodes of the reference element, (nodes, d), in the order of its functions."""
    found = np.array(element(dimension, order).doflocs, float)
    # scikit-fem rounds the thirds to eight digits; nodes must be exact for exact interpolation.
    return np.round(found * order) / order


@cache
def exponents(dimension: int, order: int) -> np.ndarray:
    """Return the exponents of the monomials up to an order, (functions, d)."""
    every = np.indices((order + 1,) * dimension).reshape(dimension, -1).T
    return every[every.sum(axis=1) <= order]


@cache
def coefficients(dimension: int, order: int) -> np.ndarray:
    """Return the reference functions as polynomials: (functions, monomials)."""
    powers, places = exponents(dimension, order), nodes(dimension, order)
    table = np.prod(places[:, None, :] ** powers[None, :, :], axis=2)
    return np.linalg.inv(table).T
