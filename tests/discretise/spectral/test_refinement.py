"""The next grid: counts grow, maps change where they are wanted."""

from __future__ import annotations

from residuum.discretise.spectral import Advice, ChebyshevAxis, Layer, advised, finer, wider
from residuum.discretise.spectral._refinement import even

AXIS = ChebyshevAxis(0.0, 1.0, 20)
MAPPED = ChebyshevAxis(0.0, 1.0, 31, Layer(1.0, 5.0))


def test_counts_are_even() -> None:
    assert [even(n) for n in (7, 8, 8.5)] == [8, 8, 10]


def test_finer() -> None:
    resolved, rough = Advice(AXIS, 1e-9), Advice(MAPPED, 1e-2)
    assert finer([AXIS], [resolved], adapt=True, target=1e-7) == [AXIS.resized(26)]
    assert finer([AXIS], [rough], adapt=True, target=1e-7) == [MAPPED.resized(32)]
    assert finer([AXIS], [rough], adapt=False, target=1e-7) == [AXIS.resized(32)]
    # Never more than twice as many, whatever is advised.
    wild = Advice(AXIS.resized(900), 1e-2)
    assert finer([AXIS], [wild], adapt=True, target=1e-7)[0].count == 40


def test_another_look() -> None:
    rough, fine = Advice(MAPPED, 1e-2), Advice(MAPPED, 1e-9)
    assert wider([AXIS], [rough], adapt=True, patient=True, rough=1e-3) == [MAPPED.resized(20)]
    assert wider([AXIS], [rough], adapt=True, patient=False, rough=1e-3) == [MAPPED.resized(30)]
    assert wider([AXIS], [rough], adapt=False, patient=True, rough=1e-3) == [AXIS.resized(30)]
    assert wider([AXIS], [fine], adapt=True, patient=False, rough=1e-3) == [MAPPED.resized(20)]


def test_advised() -> None:
    few = Advice(MAPPED.resized(9), 1e-9)
    assert advised([AXIS], [few], adapt=True) == [MAPPED.resized(20)]
    assert advised([AXIS], [Advice(MAPPED, 1e-9)], adapt=False) == [AXIS.resized(32)]
