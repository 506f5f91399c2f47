"""States: jets written out, slopes of what was broadcast, distances."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import Jet
from residuum.blocks.reversible._state import dense, dense_like, distance, fitted


def test_jets_are_written_out() -> None:
    jet = Jet({(0,): jnp.ones((3, 2)), (1,): None, (2,): jnp.ones((1, 2))})
    full = dense((jet,))[0]
    assert [part.shape for part in full.parts.values() if part is not None] == [(3, 2)] * 3
    assert not np.any(full.parts[(1,)])
    assert dense_like(jet, full).indices == full.indices


def test_slopes_fit_what_was_broadcast() -> None:
    slope = jnp.arange(6.0).reshape(2, 3)
    assert fitted(slope, ()).shape == () and float(fitted(slope, ())) == 15
    np.testing.assert_array_equal(fitted(slope, (2, 1)), [[3.0], [12.0]])


def test_distance() -> None:
    true = (jnp.asarray([3.0, 4.0]), jnp.zeros(2))
    assert float(distance(true, true)) == 0
    # The second part vanishes: it counts as a tenth of the whole.
    np.testing.assert_allclose(distance((true[0], jnp.asarray([0.0, 1e-4])), true), 2e-4, rtol=1e-4)
    assert np.isinf(distance((true[0] * jnp.nan, true[1]), true))
