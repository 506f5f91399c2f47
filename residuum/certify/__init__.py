"""What is known of the error of an answer: bounds, estimates, refinement to a tolerance."""

from residuum.certify._added import Added, added
from residuum.certify._as_chebyshev import AsChebyshev
from residuum.certify._as_elements import AsElements
from residuum.certify._as_grid import AsGrid
from residuum.certify._certifier import Certifier
from residuum.certify._certify import certifiers, certify
from residuum.certify._convert import composed, convert, guard
from residuum.certify._defect_correction import Correction, DefectCorrection
from residuum.certify._dual_norm import DualNorm
from residuum.certify._dual_system import DualSystem
from residuum.certify._dual_weighted import CorrectedNumber, DualWeighted
from residuum.certify._error_equation import Defect, ErrorEquation
from residuum.certify._quantity_error import QuantityError
from residuum.certify._refinement import Refinement
from residuum.certify._representation import Representation
from residuum.certify._spectral_refiner import SpectralRefiner
from residuum.certify._two_methods import TwoMethods
from residuum.certify.bounds import ElementsBound, EquilibratedBound, FluxBound

__all__ = [
    "Added",
    "AsChebyshev",
    "AsElements",
    "AsGrid",
    "Certifier",
    "CorrectedNumber",
    "Correction",
    "Defect",
    "DefectCorrection",
    "DualNorm",
    "DualSystem",
    "DualWeighted",
    "ElementsBound",
    "EquilibratedBound",
    "ErrorEquation",
    "FluxBound",
    "QuantityError",
    "Refinement",
    "Representation",
    "SpectralRefiner",
    "TwoMethods",
    "added",
    "certifiers",
    "certify",
    "composed",
    "convert",
    "guard",
]
