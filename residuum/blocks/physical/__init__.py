"""Physical systems as blocks: twins that are differentiable, and black boxes that are not."""

from residuum.blocks.physical._black_box import BlackBox, NotDifferentiable
from residuum.blocks.physical._medium_plan import SMALL, MediumPlan, wave_medium
from residuum.blocks.physical._physical import PhysicalBlock, drifted
from residuum.blocks.physical._wave_medium import WaveMedium

__all__ = [
    "SMALL",
    "BlackBox",
    "MediumPlan",
    "NotDifferentiable",
    "PhysicalBlock",
    "WaveMedium",
    "drifted",
    "wave_medium",
]
