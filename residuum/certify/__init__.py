"""What is known of the error of an answer: bounds, estimates, refinement to a tolerance."""

from residuum.certify._certifier import Certifier
from residuum.certify._certify import CERTIFIERS, certify
from residuum.certify._dual_norm import DualNorm
from residuum.certify._dual_system import DualSystem
from residuum.certify._error_equation import Defect, ErrorEquation
from residuum.certify._spectral_refiner import SpectralRefiner

__all__ = [
    "CERTIFIERS",
    "Certifier",
    "Defect",
    "DualNorm",
    "DualSystem",
    "ErrorEquation",
    "SpectralRefiner",
    "certify",
]
