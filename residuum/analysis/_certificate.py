"""Cause: the residual is small and the error is not, and no certificate says so."""

from __future__ import annotations

from residuum._core import OptionError, Result
from residuum.analysis._correction import correction
from residuum.analysis._evidence import LARGE, Evidence
from residuum.analysis._finding import Finding, grade

CAUSE = "unsuitable certificate"
AMPLIFIED, SURE = 20.0, 200.0
"""Correction against residual: noticed, and plain."""
ERROR = 2e-2
"""Size of a correction, against the answer, from which on it matters."""
OPTIMISTIC = 10.0
"""How far a correction may exceed a certificate."""


def certificate(evidence: Evidence) -> Finding | None:
    """Compare the residual, and the certificate, with the correction that the residual asks for."""
    small = max(evidence.residual, evidence.misfit)
    if evidence.smooth and small <= 3 * LARGE:
        try:
            found = correction(evidence)
        except (FloatingPointError, MemoryError, OptionError):
            found = None
        if found is not None and found.trusted and found.size > ERROR:
            return _judged(evidence, small, found.size)
    if evidence.certified and evidence.residual > 0.5:
        said = f"the certificate says {evidence.certificate.relative:.1e} relative, yet the "
        said += f"residual is {evidence.residual:.1e} of its terms"
        return Finding(CAUSE, said, _remedy(evidence), 0.9, {"residual": evidence.residual})
    if evidence.solution.result is Result.TOLERANCE_NOT_VERIFIED:
        said = "; ".join(evidence.certificate.assumptions)
        return Finding(CAUSE, f"nothing verifies the tolerance ({said})", _remedy(evidence), 0.2)
    return None


def _judged(evidence: Evidence, small: float, size: float) -> Finding | None:
    claimed = evidence.certificate
    ratio = size / max(small, 1e-300)
    strength = grade(ratio, AMPLIFIED, SURE)
    said = (
        f"a correction that removes the residual ({small:.1e} of its terms) has {size:.1e} of the "
        f"answer's size: the problem amplifies residuals {ratio:.1e} times"
    )
    if claimed.kind != "none":
        over = size / max(claimed.relative, 1e-300)
        if not over > OPTIMISTIC:
            return None
        strength = max(strength, grade(over, OPTIMISTIC, 10 * OPTIMISTIC))
        said += f", and the {claimed.kind} says {claimed.relative:.1e}"
    if not strength:
        return None
    numbers = {"correction": size, "residual": small, "ratio": ratio}
    return Finding(CAUSE, said, _remedy(evidence), strength, numbers)


def _remedy(evidence: Evidence) -> str:
    return (
        "A small residual is no small error here: ask residuum.certify.certify(answer), train to "
        f"a far smaller residual (GaussNewton(enough=1e-10)), or compare with "
        f"{evidence.alternatives}."
    )
