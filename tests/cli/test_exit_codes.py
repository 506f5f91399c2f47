"""Exit codes."""

from __future__ import annotations

from residuum._core import Result
from residuum.cli._exit_codes import ExitCode, code_of, epilog


def test_every_result_has_a_code() -> None:
    codes = {result: code_of(result) for result in Result}
    assert codes[Result.INTERRUPTED] is ExitCode.INTERRUPTED
    assert all((codes[r] is ExitCode.OK) == r.ok for r in Result)
    assert codes[Result.DIVERGED] is ExitCode.NOT_OK


def test_the_help_names_every_code() -> None:
    text = epilog()
    assert all(str(code.value) in text and code.meaning in text for code in ExitCode)
