"""The protocol of representations."""

from __future__ import annotations

import inspect

from residuum.certify import AsChebyshev, AsElements, AsGrid, Representation


def test_every_representation_has_a_name_of_its_own_and_is_final() -> None:
    kinds: list[type[Representation]] = [AsChebyshev, AsElements, AsGrid]
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert all(issubclass(kind, Representation) for kind in kinds)
    assert inspect.isabstract(Representation)
