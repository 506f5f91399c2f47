"""The named families: all are found, and say where they come from."""

from __future__ import annotations

import pytest

from residuum import catalogue
from residuum._core import OptionError
from residuum.problem import Family


def test_families_are_found_by_name() -> None:
    assert catalogue.family_names() == [
        "burgers",
        "darcy_smooth",
        "darcy_two_phase",
        "navier_stokes",
    ]
    for name in catalogue.family_names():
        entry = catalogue.named_family(name)
        found = catalogue.family(name)
        assert isinstance(found, Family) and entry.name == name and entry.source is not None
        assert len(entry.shape) == len(found.problem.space)
        assert (entry.times is None) == (found.problem.time is None)
    with pytest.raises(OptionError, match="a family among"):
        catalogue.family("darcy")
