"""Physical systems as blocks: twins that are differentiable, and black boxes that are not."""

from residuum.blocks.physical._black_box import BlackBox, NotDifferentiable
from residuum.blocks.physical._interferometers import MachZehnderMesh, MeshOrder, phase_noise
from residuum.blocks.physical._measured_response import MeasuredResponse
from residuum.blocks.physical._measurement import (
    BadReading,
    Guarded,
    Noisy,
    ReadingWarning,
    noisy,
)
from residuum.blocks.physical._medium_plan import SMALL, MediumPlan, wave_medium
from residuum.blocks.physical._mesh_decomposition import random_mesh, random_unitary, unitary_mesh
from residuum.blocks.physical._optical import (
    Detectors,
    OpticalMatrix,
    SaturableAbsorber,
    optical_matrix,
    saturable_absorber,
)
from residuum.blocks.physical._oscillators import OscillatorChain, oscillator_chain
from residuum.blocks.physical._physical import PhysicalBlock, drifted
from residuum.blocks.physical._picture import picture
from residuum.blocks.physical._readout import (
    AlignedHeads,
    aligned_heads,
    one_hot,
    ridge_readout,
)
from residuum.blocks.physical._reservoir import (
    EchoState,
    SpikingReservoir,
    echo_state,
    spiking_reservoir,
)
from residuum.blocks.physical._wave_medium import WaveMedium

__all__ = [
    "SMALL",
    "AlignedHeads",
    "BadReading",
    "BlackBox",
    "Detectors",
    "EchoState",
    "Guarded",
    "MachZehnderMesh",
    "MeasuredResponse",
    "MediumPlan",
    "MeshOrder",
    "Noisy",
    "NotDifferentiable",
    "OpticalMatrix",
    "OscillatorChain",
    "PhysicalBlock",
    "ReadingWarning",
    "SaturableAbsorber",
    "SpikingReservoir",
    "WaveMedium",
    "aligned_heads",
    "drifted",
    "echo_state",
    "noisy",
    "one_hot",
    "optical_matrix",
    "oscillator_chain",
    "phase_noise",
    "picture",
    "random_mesh",
    "random_unitary",
    "ridge_readout",
    "saturable_absorber",
    "spiking_reservoir",
    "unitary_mesh",
    "wave_medium",
]
