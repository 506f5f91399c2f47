"""Memory units: causal blocks for sequences, one step at a time or all times at once."""

from residuum.blocks.memory._gated_recurrent import GatedRecurrent, gated_recurrent, parameters
from residuum.blocks.memory._leaky_neuron import LeakyMemory, leaky_memory
from residuum.blocks.memory._legendre import LegendreMemory, legendre_system
from residuum.blocks.memory._legendre_unit import LegendreUnit, fitted_legendre, legendre_unit
from residuum.blocks.memory._lmuformer import lmuformer
from residuum.blocks.memory._prony import PronySeries, fitted_prony
from residuum.blocks.memory._sequence import (
    CausalConvolution,
    PerTime,
    SequenceBlock,
    Stack,
    causal_convolution,
)
from residuum.blocks.memory._spiking import LeakyFire, SpikingLegendreUnit, spiking_legendre_unit

__all__ = [
    "CausalConvolution",
    "GatedRecurrent",
    "LeakyFire",
    "LeakyMemory",
    "LegendreMemory",
    "LegendreUnit",
    "PerTime",
    "PronySeries",
    "SequenceBlock",
    "SpikingLegendreUnit",
    "Stack",
    "causal_convolution",
    "fitted_legendre",
    "fitted_prony",
    "gated_recurrent",
    "leaky_memory",
    "legendre_system",
    "legendre_unit",
    "lmuformer",
    "parameters",
    "spiking_legendre_unit",
]
