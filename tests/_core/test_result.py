"""Result codes."""

from __future__ import annotations

import pytest

from residuum._core import Result


@pytest.mark.parametrize("result", Result)
def test_only_two_codes_are_good(result: Result) -> None:
    good = {Result.SUCCESSFUL, Result.TOLERANCE_REACHED}
    assert result.ok is (result in good)


@pytest.mark.parametrize("result", Result)
def test_codes_are_words_for_people(result: Result) -> None:
    assert result.code == result.code.lower() and "_" not in result.code
    assert Result[result.code.upper().replace(" ", "_")] is result
    assert len(result.value) > 20
