"""Vowels: synthetic ones from formants, recorded ones from a file, and their log-spectrum bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residuum._core import DataError, FileError, Key, OptionError, generator

FORMANTS = {
    "ae": (690.0, 1870.0, 2640.0),
    "ei": (510.0, 2210.0, 2830.0),
    "iy": (390.0, 2580.0, 3260.0),
}
"""Mean formants in hertz, rounded."""
BANDWIDTHS = (70.0, 100.0, 140.0)
RATE = 8000.0


@dataclass(frozen=True)
class Vowels:
    """Sounds with their vowels.

    Args:
        waves: (n, time), each of peak 1.
        labels: (n,), index into ``names``.
        speakers: (n,), who spoke; sets for tests are split by it.
        names: of the vowels.
        rate: samples a second, in hertz.
    """

    waves: np.ndarray
    labels: np.ndarray
    speakers: np.ndarray
    names: tuple[str, ...]
    rate: float

    def bands(self, count: int = 50) -> np.ndarray:
        """Return log-spectrum bands, (n, count), each row of mean 0."""
        return log_bands(self.waves, count)

    def split(self, share: float, key: Key) -> tuple[np.ndarray, np.ndarray]:
        """Return indices to train on and to test on; no speaker is in both.

        Args:
            share: of the speakers that is left out, above 0 and below 1.
            key: draws who.
        """
        if not 0 < share < 1:
            raise OptionError("a share between 0 and 1", str(share), "Try 0.25.")
        people = np.unique(self.speakers)
        out = generator(key).permutation(people)[: max(1, round(share * len(people)))]
        test = np.isin(self.speakers, out)
        return np.flatnonzero(~test), np.flatnonzero(test)


def log_bands(waves: np.ndarray, count: int) -> np.ndarray:
    """Return the log of the mean power in equal bands of frequency, mean 0 over the bands.

    Args:
        waves: (n, time).
        count: of bands, at most half the samples of time.
    """
    waves = np.asarray(waves, float)
    if waves.ndim != 2 or not 1 <= count <= waves.shape[1] // 2:
        raise OptionError(
            "waves of shape (n, time) and bands up to half of time",
            f"{waves.shape} and {count}",
            "Take fewer bands.",
        )
    if not np.isfinite(waves).all():
        raise DataError("finite waves", "a number that is not", "Leave the damaged sounds out.")
    # The mean and slow drifts carry nothing: the first coefficient is left out.
    power = np.abs(np.fft.rfft(waves * np.hanning(waves.shape[1]), axis=1))[:, 1:] ** 2
    parts = [part.mean(axis=1) for part in np.array_split(power, count, axis=1)]
    means = np.stack(parts, axis=1)
    # Ninety decibels below the mean nothing is heard.
    logs = np.log(means + 1e-9 * means.mean(axis=1, keepdims=True) + 1e-300)
    return logs - logs.mean(axis=1, keepdims=True)


@dataclass(frozen=True)
class VowelMaker:
    """How synthetic vowels vary.

    Args:
        jitter: deviation of every formant, relative.
        tract: lengths of vocal tracts are spread evenly within ± this share; all formants of a
            speaker move together by it, so that no single band tells the vowel.
        noise: deviation of white noise, relative to that of the sound.
        length: samples of time, at 8 kHz.
        formants: of the vowels by name, in hertz.
    """

    jitter: float = 0.03
    tract: float = 0.3
    noise: float = 0.1
    length: int = 2000
    formants: Mapping[str, tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        if min(self.jitter, self.tract, self.noise) < 0 or self.tract >= 0.5 or self.length < 64:
            raise OptionError(
                "jitter, tract (below 0.5) and noise from 0, length from 64",
                repr(self),
                "Correct them.",
            )

    def make(self, count: int, key: Key) -> Vowels:
        """Return sounds of as many speakers as ``count``, vowels in equal numbers."""
        table = self.formants or FORMANTS
        if count < len(table):
            raise OptionError(f"at least {len(table)} sounds", str(count), "Ask for more.")
        random = generator(key)
        labels = random.permutation(np.arange(count) % len(table))
        means = np.array(list(table.values()))[labels]
        stretch = 1 + self.tract * random.uniform(-1, 1, (count, 1))
        formants = means * stretch * (1 + self.jitter * random.normal(size=means.shape))
        pitch = random.uniform(100.0, 240.0, count)
        waves = np.stack([self._wave(*pair, random) for pair in zip(formants, pitch, strict=True)])
        return Vowels(waves, labels, np.arange(count), tuple(table), RATE)

    def _wave(self, formants: np.ndarray, pitch: float, random: np.random.Generator) -> np.ndarray:
        """Pulses of the voice through one damped resonance per formant."""
        time = np.arange(self.length) / RATE
        answer = np.zeros(self.length)
        for order, (formant, width) in enumerate(zip(formants, BANDWIDTHS, strict=False)):
            ring = np.exp(-np.pi * width * time) * np.sin(2 * np.pi * formant * time)
            answer += 0.6**order * ring
        pulses = np.zeros(self.length)
        beats = np.arange(random.uniform(0, RATE / pitch), self.length, RATE / pitch)
        pulses[beats.astype(int)] = 1.0
        size = 2 * self.length
        wave = np.fft.irfft(np.fft.rfft(pulses, size) * np.fft.rfft(answer, size), size)
        wave = wave[: self.length]
        wave = wave + self.noise * wave.std() * random.normal(size=self.length)
        return wave / np.abs(wave).max()


def read_vowels(path: str | Path) -> Vowels:
    """Return recorded vowels from a NumPy archive with ``wave``, ``label`` and ``speaker``.

    Labels are 0, 1, 2 for the vowels of ``FORMANTS`` in turn, waves whole numbers at 8 kHz.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError("a file of vowels", str(path), "Check the path.")
    try:
        with np.load(path, allow_pickle=False) as file:
            wave, label, speaker = (np.asarray(file[k]) for k in ("wave", "label", "speaker"))
    except (KeyError, ValueError, OSError) as error:
        raise FileError(
            "an archive with wave, label and speaker", str(error), "Take another file."
        ) from None
    if wave.ndim != 2 or not len(wave) == len(label) == len(speaker):
        raise DataError("as many labels and speakers as waves", str(wave.shape), "Check the file.")
    waves = wave.astype(float)
    waves /= np.maximum(np.abs(waves).max(axis=1, keepdims=True), 1e-12)
    return Vowels(waves, label.astype(int), speaker, tuple(FORMANTS), RATE)
