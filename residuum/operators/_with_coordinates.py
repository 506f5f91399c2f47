"""Any operator with the places of the nodes among its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, final

from jax import Array

from residuum._core import Key, OptionError
from residuum.blocks import Edge, Stage, Step
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._convolution_network import ConvolutionNetwork
from residuum.operators._coordinates import coordinate_count, with_coordinates


class PlacedOperator(Operator):
    """What ``WithCoordinates`` builds.

    Args:
        inner: what is trained; it reads the coordinates as its last channels.
        edges: what lies beyond each axis.
    """

    inner: Operator
    edges: tuple[Edge, ...]

    def stages(self) -> tuple[Stage, ...]:
        """Return the step that adds coordinates, and the stages of what is trained."""
        return Step(None, placed, (self.edges,), affine=True), *self.inner.stages()

    def __call__(self, inputs: Array) -> Array:
        return self.inner(with_coordinates(inputs, self.edges))


def placed(_: None, inputs: Array, edges: tuple[Edge, ...]) -> Array:
    """Return inputs with coordinates, as a step of no parts."""
    return with_coordinates(inputs, edges)


@final
@dataclass(frozen=True)
class WithCoordinates(OperatorArchitecture):
    """A recipe that reads where each node stands: cosine and sine along periodic axes, -1 to 1
    along others.

    Convolutions on a periodic grid move with their input: they cannot learn what stands still, such
    as a force that depends on the place and is no input (vorticity under a fixed force: an error of
    1.0 without, 0.2 with). Where the statement is the same everywhere, leave it out.

    Args:
        recipe: of the operator; good start: ``ConvolutionNetwork``, ``MgNO``, ``SineNet``. ``FNO``,
            ``SpatiotemporalFNO``, ``UNet`` and ``LSM`` read coordinates anyway.

    Raises:
        OptionError: the recipe is none.
    """

    recipe: OperatorArchitecture = field(default_factory=ConvolutionNetwork)

    name: ClassVar[str] = "with_coordinates"

    def __post_init__(self) -> None:
        if not isinstance(self.recipe, OperatorArchitecture):
            raise OptionError("a recipe of an operator", repr(self.recipe), "Try MgNO().")

    def build(self, frame: GridFrame, key: Key) -> PlacedOperator:
        more = coordinate_count(frame.edges)
        inner = self.recipe.build(replace(frame, inputs=frame.inputs + more), key)
        return PlacedOperator(inner, frame.edges)
