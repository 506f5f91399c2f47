"""What is known of the error of an answer: bounds, estimates, refinement to a tolerance."""

from residuum.certify._added import Added, added
from residuum.certify._as_chebyshev import AsChebyshev
from residuum.certify._as_elements import AsElements
from residuum.certify._as_grid import AsGrid
from residuum.certify._certifier import Certifier
from residuum.certify._certify import CERTIFIERS, certify
from residuum.certify._convert import composed, convert, guard
from residuum.certify._defect_correction import Correction, DefectCorrection
from residuum.certify._representation import Representation

__all__ = [
    "Added",
    "AsChebyshev",
    "AsElements",
    "AsGrid",
    "CERTIFIERS",
    "Certifier",
    "Correction",
    "Defect",
    "DefectCorrection",
    "DualNorm",
    "DualSystem",
    "ErrorEquation",
    "QuantityError",
    "Representation",
    "SpectralRefiner",
    "TwoMethods",
    "added",
    "certify",
    "composed",
    "convert",
    "guard",
]
