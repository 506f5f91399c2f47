"""How parameters change: least squares, Gauss–Newton, quasi-Newton and first-order rules."""

from residuum.learning._activity import affine_parts
from residuum.learning._annealed_noise import AnnealedNoise, annealed_noise
from residuum.learning._first_order import LBFGS, Adam
from residuum.learning._gauss_newton import GaussNewton
from residuum.learning._gradient_rule import GradientRule, Slope, Task
from residuum.learning._head import HeadGaussNewton
from residuum.learning._in_turn import InTurn
from residuum.learning._kronecker_solve import GridSystem, pruned, whitened
from residuum.learning._least_squares import LinearFit, least_squares, misfit, solve_dense, system
from residuum.learning._linearised import Linearised
from residuum.learning._loggers import CSV, Logger, TensorBoard
from residuum.learning._marginal_likelihood import (
    Evidence,
    Fit,
    MarginalLikelihood,
    ProductPrior,
    thinned,
)
from residuum.learning._matrix_free import MatrixFreeGaussNewton
from residuum.learning._model import Model
from residuum.learning._normal_equations import HeadNormalEquations
from residuum.learning._orthogonal_projection import OrthogonalProjection, oja_subspace
from residuum.learning._quasi_newton import QuasiNewton
from residuum.learning._rule import Draw, Flat, LearningRule, Outcome, Trainable, flatten, residuals
from residuum.learning._shares import Shares, join
from residuum.learning._soap import SOAP
from residuum.learning._sobolev import SobolevDescent
from residuum.learning._supervised import Learnt, Supervised
from residuum.learning._trainer import Trainer
from residuum.learning._training import Training
from residuum.learning._variable_projection import VariableProjection
from residuum.learning.rules import (
    Backpropagation,
    BlockLocal,
    DenseProjector,
    DualPropagation,
    EquilibriumPropagation,
    FeedbackAlignment,
    HardwareProjector,
    LocalContrast,
    NoProp,
    Projector,
    ReadoutOnly,
    StructuredProjector,
    SyntheticGradients,
)

__all__ = [
    "CSV",
    "LBFGS",
    "SOAP",
    "Adam",
    "AnnealedNoise",
    "Backpropagation",
    "BlockLocal",
    "DenseProjector",
    "Draw",
    "DualPropagation",
    "EquilibriumPropagation",
    "Evidence",
    "FeedbackAlignment",
    "Fit",
    "Flat",
    "GaussNewton",
    "GradientRule",
    "GridSystem",
    "HardwareProjector",
    "HeadGaussNewton",
    "HeadNormalEquations",
    "InTurn",
    "LearningRule",
    "Learnt",
    "LinearFit",
    "Linearised",
    "LocalContrast",
    "Logger",
    "MarginalLikelihood",
    "MatrixFreeGaussNewton",
    "Model",
    "NoProp",
    "OrthogonalProjection",
    "Outcome",
    "ProductPrior",
    "Projector",
    "QuasiNewton",
    "ReadoutOnly",
    "Shares",
    "Slope",
    "SobolevDescent",
    "StructuredProjector",
    "Supervised",
    "SyntheticGradients",
    "Task",
    "TensorBoard",
    "Trainable",
    "Trainer",
    "Training",
    "VariableProjection",
    "affine_parts",
    "annealed_noise",
    "flatten",
    "join",
    "least_squares",
    "misfit",
    "oja_subspace",
    "pruned",
    "residuals",
    "solve_dense",
    "system",
    "thinned",
    "whitened",
]
