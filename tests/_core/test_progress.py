"""Progress on a terminal."""

from __future__ import annotations

import pytest

from residuum._core._progress import PATIENCE, Bar, Silent


def test_a_short_solve_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    with bar as listener:
        for i in range(20):
            listener(i / 20, "working")
    assert bar.bar is None
    assert capfd.readouterr() == ("", "")


def test_a_long_solve_shows_a_bar_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich then takes the captured stream for a terminal
    monkeypatch.setenv("TERM", "xterm")
    bar = Bar()
    bar.started -= PATIENCE
    with bar as listener:
        listener(0.25, "iteration 3")
        assert bar.bar is not None
        (row,) = bar.bar.tasks
        assert (row.completed, row.description, row.total) == (0.25, "iteration 3", 1.0)
        listener(0.5, "")
        assert (row.completed, row.description) == (0.5, "solving")
    out, err = capsys.readouterr()
    assert out == "" and "50 %" in err
    assert not bar.bar.live.is_started


def test_an_error_stops_the_bar_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    bar.started -= PATIENCE
    with pytest.raises(KeyboardInterrupt), bar as listener:
        listener(0.1, "working")
        raise KeyboardInterrupt
    assert bar.bar is not None and not bar.bar.live.is_started
    capsys.readouterr()


def test_silence_passes_the_listener_through() -> None:
    heard: list[float] = []
    with Silent(lambda fraction, message: heard.append(fraction)) as listener:
        assert listener is not None
        listener(0.5, "")
    assert heard == [0.5]
    with Silent(None) as nobody:
        assert nobody is None
