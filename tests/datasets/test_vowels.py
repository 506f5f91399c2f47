"""Vowels: formants where they are put, speakers kept apart, damaged files refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from residuum._core import DataError, FileError, OptionError
from residuum.datasets import FORMANTS, VowelMaker, Vowels, log_bands, read_vowels

FOLDER = os.environ.get("RESIDUUM_DATA", str(Path(__file__).parents[3] / "shared" / "data"))
RECORDED = Path(FOLDER) / "vowels_ae_ei_iy.npz"


def test_peaks_of_the_spectrum_are_the_formants() -> None:
    sounds = VowelMaker(jitter=0.0, tract=0.0, noise=0.0).make(30, 7)
    hertz = np.fft.rfftfreq(2000, 1 / sounds.rate)
    power = np.abs(np.fft.rfft(sounds.waves, axis=1)) ** 2
    for kind, formants in enumerate(FORMANTS.values()):
        mean = power[sounds.labels == kind].mean(0)
        first = formants[0]
        near = (hertz > 0.6 * first) & (hertz < 1.5 * first)
        centre = (hertz[near] * mean[near]).sum() / mean[near].sum()
        # Harmonics of 100 to 240 Hz sample the peak.
        assert centre == pytest.approx(first, rel=0.1)
    assert sorted(np.bincount(sounds.labels)) == [10, 10, 10]
    assert np.abs(sounds.waves).max(axis=1) == pytest.approx(np.ones(30))


def test_bands_are_logs_of_mean_power() -> None:
    time = np.arange(400)
    wave = np.sin(2 * np.pi * 0.3 * time)[None]
    bands = log_bands(wave, 10)
    assert bands.shape == (1, 10) and bands.argmax() == 5 and bands.mean() == pytest.approx(0)
    np.testing.assert_allclose(log_bands(5 * wave, 10), bands, atol=1e-6)


def test_no_speaker_is_trained_and_tested_on() -> None:
    people = np.repeat(np.arange(20), 3)
    sounds = Vowels(np.ones((60, 8)), np.zeros(60, int), people, ("a",), 8000.0)
    train, test = sounds.split(0.25, 7)
    assert len(test) == 15 and not set(people[train]) & set(people[test])
    assert sorted([*train, *test]) == list(range(60))


@pytest.mark.skipif(not RECORDED.exists(), reason="recorded vowels are not here")
def test_recorded_vowels_are_read() -> None:
    sounds = read_vowels(RECORDED)
    assert sounds.waves.shape == (279, 2000) and len(np.unique(sounds.speakers)) == 93
    assert np.abs(sounds.waves).max() == pytest.approx(1.0) and set(sounds.labels) == {0, 1, 2}


def test_wrong_use_and_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        read_vowels(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(FileError):
        read_vowels(tmp_path / "text.npz")
    np.savez(tmp_path / "short.npz", wave=np.ones((3, 5)), label=np.ones(2), speaker=np.ones(3))
    with pytest.raises(DataError):
        read_vowels(tmp_path / "short.npz")
    with pytest.raises(OptionError):
        log_bands(np.ones((2, 10)), 6)
    with pytest.raises(DataError):
        log_bands(np.full((2, 10), np.nan), 2)
    with pytest.raises(OptionError):
        VowelMaker(tract=0.9)
    with pytest.raises(OptionError):
        VowelMaker().make(2, 7)
    with pytest.raises(OptionError):
        VowelMaker(length=64).make(6, 7).split(1.5, 7)
