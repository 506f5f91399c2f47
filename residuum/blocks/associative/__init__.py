"""Associative memories: states with an energy, recalled by updates that lower it."""

from residuum.blocks.associative._energy import EnergyModel, Settled, settle
from residuum.blocks.associative._hebbian import DenseHebbian, archetypes, example_means
from residuum.blocks.associative._hebbian_theory import (
    crossing,
    hebbian_overlap,
    hebbian_threshold,
)
from residuum.blocks.associative._hopfield import (
    Associate,
    Association,
    Hopfield,
    Pooling,
    association,
    distance_keys,
    distance_queries,
    lookup,
    pooling,
)
from residuum.blocks.associative._ising import (
    Cooling,
    FowlerNordheim,
    Geometric,
    Ising,
    anneal,
)
from residuum.blocks.associative._max_cut import (
    cut_of,
    greedy_cut,
    random_graph,
    semidefinite_cut,
    spectral_cut,
    torus_graph,
)
from residuum.blocks.associative._mean_field import (
    OccupationMean,
    PositivePart,
    ProximalActivation,
    SpinMean,
)
from residuum.blocks.associative._monotone import (
    MonotoneBoltzmann,
    MonotoneLayer,
    MonotoneWeight,
    dense_weight,
    lattice_boltzmann,
    monotone_layer,
)
from residuum.blocks.associative._multitasking import (
    MultitaskingHebbian,
    diluted_patterns,
    hierarchical_state,
    hierarchy,
    multitasking_overlaps,
)
from residuum.blocks.associative._splitting import Held, Splitting, fixed_point, iterate, residual

__all__ = [
    "Associate",
    "Association",
    "Cooling",
    "DenseHebbian",
    "EnergyModel",
    "FowlerNordheim",
    "Geometric",
    "Held",
    "Hopfield",
    "Ising",
    "MonotoneBoltzmann",
    "MonotoneLayer",
    "MonotoneWeight",
    "MultitaskingHebbian",
    "OccupationMean",
    "Pooling",
    "PositivePart",
    "ProximalActivation",
    "Settled",
    "SpinMean",
    "Splitting",
    "anneal",
    "archetypes",
    "association",
    "crossing",
    "cut_of",
    "dense_weight",
    "diluted_patterns",
    "distance_keys",
    "distance_queries",
    "example_means",
    "fixed_point",
    "greedy_cut",
    "hebbian_overlap",
    "hebbian_threshold",
    "hierarchical_state",
    "hierarchy",
    "iterate",
    "lattice_boltzmann",
    "lookup",
    "monotone_layer",
    "multitasking_overlaps",
    "pooling",
    "random_graph",
    "residual",
    "semidefinite_cut",
    "settle",
    "spectral_cut",
    "torus_graph",
]
