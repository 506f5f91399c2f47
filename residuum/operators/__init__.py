"""Learned operators and approximate inverses."""

from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._convolution_network import ConvolutionNetwork
from residuum.operators._deep_conjugate import DeepConjugate, LearnedDirections
from residuum.operators._direction_network import DirectionNetwork
from residuum.operators._lsm import LSM
from residuum.operators._mgno import LearnedCycle, MgNO
from residuum.operators._neural_stagger import NeuralStagger
from residuum.operators._resampled import OnTrainedGrid, resampled
from residuum.operators._sinenet import SineNet
from residuum.operators._unet import UNet

__all__ = [
    "LSM",
    "ConvolutionNetwork",
    "DeepConjugate",
    "DirectionNetwork",
    "GridFrame",
    "LearnedCycle",
    "LearnedDirections",
    "MgNO",
    "NeuralStagger",
    "OnTrainedGrid",
    "Operator",
    "OperatorArchitecture",
    "SineNet",
    "UNet",
    "resampled",
]
