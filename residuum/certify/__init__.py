"""What is known of the error of an answer: bounds, estimates, refinement to a tolerance."""

from residuum.certify._certifier import Certifier
from residuum.certify._certify import CERTIFIERS, certify
from residuum.certify._defect_correction import Correction, DefectCorrection

__all__ = ["CERTIFIERS", "Certifier", "Correction", "DefectCorrection", "certify"]
