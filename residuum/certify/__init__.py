"""What is known of the error of an answer: bounds, estimates, refinement to a tolerance."""

from residuum.certify._certifier import Certifier
from residuum.certify._certify import CERTIFIERS, certify
from residuum.certify._defect_correction import Correction, DefectCorrection
from residuum.certify._quantity_error import QuantityError
from residuum.certify._two_methods import TwoMethods

__all__ = [
    "CERTIFIERS",
    "Certifier",
    "Correction",
    "DefectCorrection",
    "QuantityError",
    "TwoMethods",
    "certify",
]
