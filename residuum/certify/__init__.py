"""Errors and residuals measured, and answers refined from the statement alone."""

from residuum.certify._dual_norm import DualNorm
from residuum.certify._dual_system import DualSystem
from residuum.certify._error_equation import Defect, ErrorEquation
from residuum.certify._spectral_refiner import SpectralRefiner

__all__ = ["Defect", "DualNorm", "DualSystem", "ErrorEquation", "SpectralRefiner"]
