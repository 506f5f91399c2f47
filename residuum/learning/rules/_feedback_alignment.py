"""Direct feedback alignment: the error of the output, by fixed random maps, to every stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Jet, OptionError, Source
from residuum.blocks import Capability, Stage, run
from residuum.learning._gradient_rule import GradientRule, Slope, Task, ahead, own_slope
from residuum.learning.rules._dual_propagation import unstretched
from residuum.learning.rules._groups import groups
from residuum.learning.rules._projectors import DenseProjector, Projector


@final
@dataclass(frozen=True)
class FeedbackAlignment(GradientRule):
    """delta_l = e B_l: no way back through the model, all groups of stages at once.

    The output's error e goes to the end of every group by a fixed random map, one for all, of
    which a group takes what it needs; inside a group gradients are true, and the last group has
    the true error. On grids the map acts on features at each node, where a state lies on the nodes
    of the answer; else on whole samples. Coefficients of jets go each to their own.

    Args:
        group: stages with parameters per group.
        projector: the random map: ``DenseProjector``, ``StructuredProjector``,
            ``HardwareProjector``.

    A group of one stage needs no gradient by its input. It breaks on narrow bottlenecks and on
    convolutions; ``compare`` tells the angle to the gradient.

    Raises:
        OptionError: an option is out of range.
    """

    group: int = 1
    projector: Projector = field(default_factory=DenseProjector)

    name: ClassVar[str] = "feedback_alignment"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARAM_VJP})
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "dfa-scaling",
            "Direct Feedback Alignment Scales to Modern Deep Learning Tasks and Architectures",
            "J. Launay, I. Poli, F. Boniface, F. Krzakala",
            2020,
            "arXiv:2006.12878",
            "runs",
        ),
        Source(
            "photonic-dfa",
            "Hardware Beyond Backpropagation: a Photonic Co-Processor for Direct Feedback "
            "Alignment",
            "J. Launay, I. Poli, K. Müller, G. Pariente, I. Carron, L. Daudet, F. Krzakala, "
            "S. Gigan",
            2020,
            "arXiv:2012.06373",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        if self.group < 1 or not isinstance(self.projector, Projector):
            raise OptionError("groups of one or more, a projector", repr(self), "Correct it.")

    def begin(self, stages: Sequence[Stage], state: Any, task: Task, key: Array) -> Any:
        def ends(given: Any) -> list[Any]:
            found = []
            for a, b in groups(stages, self.group):
                given = run(stages[a:b], given)
                found.append(given)
            return found

        *inner, last = jax.eval_shape(ends, state)
        sizes: dict[int, int] = {}
        for item in inner:
            for part in parts_of(item):
                source = _source(part, parts_of(last))
                inputs, outputs = _widths(source, part)
                sizes[inputs] = max(sizes.get(inputs, 0), outputs)
        keys = jax.random.split(key, len(sizes) + 1)
        pairs = zip(sizes.items(), keys, strict=False)
        return {str(n): self.projector.draw(k, n, most) for (n, most), k in pairs}

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        spans, states = groups(stages, self.group), [state]
        for a, b in spans:
            states.append(run(stages[a:b], states[-1]))
        value, error = jax.value_and_grad(task.loss)(states[-1])
        slopes: list[Any] = []
        for i, (a, b) in enumerate(spans):
            given = error
            if i < len(spans) - 1:
                given = self._sent(memory, error, states[i + 1], jax.random.fold_in(key, i))
            slopes += _inside(stages[a:b], states[i], given)
        return Slope(value, tuple(slopes), memory)

    def _sent(self, memory: Any, error: Any, state: Any, key: Array) -> Any:
        """Return the error of a state, by projection of the error of the output."""
        sources, keys = parts_of(error), iter(jax.random.split(key, 64))

        def one(part: Any) -> Any:
            return self._projected(memory, _source(part, sources), part, next(keys))

        if isinstance(state, tuple) and all(isinstance(item, Jet) for item in state):
            pairs = zip(state, error, strict=True)
            return tuple(self._jet(memory, jet, found, next(keys)) for jet, found in pairs)
        return jax.tree.map(one, state)

    def _jet(self, memory: Any, jet: Jet, error: Jet, key: Array) -> Jet:
        found: dict[Any, Any] = {}
        for i, (k, part) in enumerate(jet.parts.items()):
            source, turn = error.parts.get(k), jax.random.fold_in(key, i)
            if part is None or source is None:
                found[k] = None if part is None else jnp.zeros_like(part)
                continue
            width = part.shape[-1]
            sent = self.projector.project(memory[str(source.shape[-1])], source, width, turn)
            shape = jnp.broadcast_shapes(sent.shape, part.shape)
            found[k] = unstretched(jnp.broadcast_to(sent, shape), part.shape)
        return Jet(found)

    def _projected(self, memory: Any, source: Array, part: Array, key: Array) -> Array:
        inputs, outputs = _widths(source, part)
        rows = source.reshape(-1, inputs)
        sent = self.projector.project(memory[str(inputs)], rows, outputs, key)
        return sent.reshape(part.shape)


def parts_of(state: Any) -> list[Any]:
    """Return the arrays of a state."""
    return jax.tree.leaves(state)


def _source(part: Any, sources: Sequence[Any]) -> Any:
    """Return the array of the output that a state hears of: one on its own nodes, or the first."""
    same = [item for item in sources if item.shape[:-1] == part.shape[:-1]]
    return (same or list(sources))[0]


def _widths(source: Any, part: Any) -> tuple[int, int]:
    """Return numbers per row: features at a node, or whole samples where grids differ."""
    if source.shape[:-1] == part.shape[:-1] or (part.ndim == 2 and part.shape[0] == 1):
        return source.shape[-1], part.shape[-1]
    return math.prod(source.shape[1:]), math.prod(part.shape[1:])


def _inside(stages: Sequence[Stage], state: Any, error: Any) -> list[Any]:
    """Return true slopes inside a group, for an error at its end."""
    if len(stages) == 1:
        return [own_slope(stages[0], state, error)]
    pulls = []
    for stage in stages:
        state, pull = ahead(stage, state)
        pulls.append(pull)
    slopes = []
    for pull in reversed(pulls):
        slope, error = pull(error)
        slopes.append(slope)
    return slopes[::-1]
