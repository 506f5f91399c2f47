"""Certificates."""

from __future__ import annotations

import json
import math

import pytest

from residuum._core import Certificate, OptionError

KNOWN = Certificate("bound", 2e-3, 1e-4, "energy", ("coercive", "exact data"), 0.5)


@pytest.mark.parametrize("kind", ["guess", "", "Bound"])
def test_kinds_are_three(kind: str) -> None:
    with pytest.raises(OptionError, match="bound"):
        Certificate(kind, 1.0, 1.0)


@pytest.mark.parametrize("kind", ["bound", "estimate"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -1e-9])
def test_a_known_error_is_finite(kind: str, value: float) -> None:
    with pytest.raises(OptionError, match="finite error") as caught:
        Certificate(kind, value, 0.1)
    assert caught.value.got == str(value)


@pytest.mark.parametrize(
    ("certificate", "tol", "verified"),
    [
        (KNOWN, 1e-4, True),
        (KNOWN, 9e-5, False),
        (Certificate("estimate", 0.0, 0.0), 1e-12, True),
        (Certificate("none", 0.0, 0.0), 1.0, False),
        (Certificate("estimate", 1.0), 1.0, False),
        (Certificate(), 1.0, False),
        (KNOWN, math.nan, False),
    ],
)
def test_only_what_is_known_verifies(certificate: Certificate, tol: float, verified: bool) -> None:
    assert certificate.verifies(tol) is verified


def test_a_relative_error_is_not_negative() -> None:
    with pytest.raises(OptionError, match="relative"):
        Certificate("bound", 1.0, -1.0)


@pytest.mark.parametrize("certificate", [KNOWN, Certificate(), Certificate("estimate", 3.0)])
def test_a_certificate_survives_json(certificate: Certificate) -> None:
    text = json.dumps(certificate.to_dict(), allow_nan=False)
    assert Certificate.from_dict(json.loads(text)) == certificate


def test_what_is_unknown_is_null() -> None:
    plain = Certificate().to_dict()
    assert plain["value"] is None and plain["relative"] is None and plain["kind"] == "none"
    assert plain["assumptions"] == ["no estimator applied yet"]


def test_words() -> None:
    assert str(Certificate()) == "estimate: none yet (no estimator applied yet)"
    text = str(KNOWN)
    assert text.startswith("bound: 1.0e-04 relative, 2.0e-03 absolute in the energy norm")
    assert "coercive; exact data" in text
