"""A problem some of whose values are drawn from stated distributions."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from residuum._core import Key, OptionError, ProblemError, generator
from residuum.problem._distribution import Distribution, Place
from residuum.problem._problem import Problem
from residuum.problem._symbols import NormalDistribution, UniformDistribution

STREAM = 61


@final
class Family:
    """A problem with distributions: ``family.draw(key=7)`` is a member, which is a ``Problem``.

    Args:
        problem: a complete statement, with typical values given where the family draws.
        domain: what the shape in space is drawn from, such as ``RandomHoles()``.
        bounds: physical limits (low, high) by the names of unknowns, which no answer may leave,
            such as ``{"u": (0, math.inf)}`` by the maximum principle: data sets are checked by it.
        distributions: by the names of coefficients and parameters: ``a=GaussianField(…)``. A
            coefficient that stands in an initial value or a source makes that random. Parameters
            that are declared with a distribution are drawn without being named here.

    Raises:
        OptionError: a name is not in the statement, nothing is drawn, or a value is no
            distribution.
        ProblemError: the member of the key 7 is no sound statement.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        domain: Distribution | None = None,
        bounds: Mapping[str, tuple[float, float]] | None = None,
        **distributions: Any,
    ) -> None:
        self.problem, self.domain = problem, domain
        self.bounds = {k: (float(low), float(high)) for k, (low, high) in (bounds or {}).items()}
        declared = {p.name: p.distribution for p in problem.parameters if p.distribution}
        self.distributions: dict[str, Any] = {**declared, **distributions}
        self._check()
        self.draw()

    def _check(self) -> None:
        functions = [str(a.func) for a in self.problem.coefficients]
        names = [*functions, *(p.name for p in self.problem.parameters)]
        wrong = [name for name in self.distributions if name not in names]
        if wrong:
            raise OptionError(
                f"names among {', '.join(names) or 'none'}, or domain",
                ", ".join(wrong),
                "Put a coefficient or parameter of that name into the statement.",
            )
        unknowns = [str(u.func) for u in self.problem.unknowns]
        if any(name not in unknowns for name in self.bounds):
            raise OptionError(f"bounds of {unknowns}", str(list(self.bounds)), "Correct the names.")
        if not self.distributions and self.domain is None:
            remedy = "Write Family(problem, a=GaussianField()), say."
            raise OptionError("one distribution or more", "none", remedy)
        for name, item in (*self.distributions.items(), ("domain", self.domain)):
            numbers = (UniformDistribution, NormalDistribution)
            known = isinstance(item, Distribution) or (name not in functions and not item)
            if not known and not (isinstance(item, numbers) and name != "domain"):
                remedy = "Take GaussianField, TwoPhase, UniformDistribution or another one."
                raise OptionError(f"a distribution for {name}", repr(item), remedy)

    def draw(self, key: Key = 7, number: int | None = None) -> Problem:
        """Return a member.

        Args:
            key: where all randomness comes from; the same key gives the same member everywhere.
            number: of the member within a series of one key, as data sets have it.

        Raises:
            ProblemError: the drawn values make no sound statement.
        """
        path = () if number is None else (number,)
        given = {
            name: self._value(name, item, self._stream(key, name, path))
            for name, item in self.distributions.items()
        }
        changes: dict[str, Any] = {"given": given} if given else {}
        if self.domain is not None:
            place = Place((), np.zeros((0, 2)), (), self._shape)
            shape = self.domain.draw(place, self._stream(key, "domain", path))
            changes["domain"] = self._over_time(shape)
        return self.problem.replace(**changes)

    def _stream(self, key: Key, name: str, path: tuple[int, ...]) -> int:
        # By name: what one value is drawn to does not hang on which others are drawn.
        random = generator(key, STREAM, zlib.crc32(name.encode()), *path)
        return int(random.integers(2**62))

    def _value(self, name: str, item: Any, stream: int) -> Any:
        if isinstance(item, UniformDistribution):
            return generator(stream).uniform(item.low, item.high)
        if isinstance(item, NormalDistribution):
            return generator(stream).normal(item.mean, item.deviation)
        return item.draw(self.place(name), stream)

    def place(self, name: str) -> Place:
        """Return what a value of this name is drawn for."""
        functions = {str(a.func): a for a in self.problem.coefficients}
        if name not in functions:
            return Place((), np.zeros((0, 2)), (), self.problem.domain)
        axes = tuple(c.name for c in functions[name].args)
        still = all(c.role == "space" for c in functions[name].args)
        domain = self._shape if still else self.problem.domain
        rows = [domain.axes.index(axis) for axis in axes]
        unknowns = self.problem.unknowns
        around = tuple(any(a in self.problem.periodic_axes(u) for u in unknowns) for a in axes)
        return Place(axes, np.asarray(domain.bounds, float)[rows], around, domain)

    @property
    def _shape(self) -> Any:
        if self.problem.shape is None:
            raise ProblemError("a domain in space", "none", "Draw parameters instead.")
        return self.problem.shape

    def _over_time(self, shape: Any) -> Any:
        if self.problem.time is None:
            return shape
        return shape.over(**{self.problem.time.name: self.problem.interval})

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of what is drawn, ``domain`` last."""
        return (*self.distributions, *(("domain",) if self.domain is not None else ()))

    @property
    def name(self) -> str:
        """Name of the statement."""
        return self.problem.name

    @property
    def text(self) -> str:
        """The statement and its distributions in words: equal texts, equal families."""
        rows = [f"{name} ~ {item!r}" for name, item in self.distributions.items()]
        rows += [f"domain ~ {self.domain!r}"] if self.domain is not None else []
        rows += [f"{low} <= {name} <= {high}" for name, (low, high) in self.bounds.items()]
        from residuum.problem._render import write_problem  # rendering reads this folder

        return "\n".join([write_problem(self.problem), *rows])

    def __reduce__(self) -> tuple[Any, ...]:
        from residuum.problem._render import write_problem  # rendering reads this folder

        return _again, (write_problem(self.problem), self.domain, self.bounds, self.distributions)

    def __repr__(self) -> str:
        return f"Family({self.problem.name!r}: {', '.join(self.varied)})"


def _again(text: str, domain: Any, bounds: Any, distributions: dict[str, Any]) -> Family:
    from residuum.problem._file import read_problem_text  # the reader reads this folder

    return Family(read_problem_text(text), domain=domain, bounds=bounds, **distributions)
