"""A problem in print: readable text, LaTeX, and the TOML that `read_problem` reads."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty_symbology import greek_unicode
from sympy.printing.str import StrPrinter

from residuum._core._errors import FileError
from residuum.geometry import Box, Extrusion
from residuum.problem._operators import Curl, Div, Grad, Laplacian, Vector
from residuum.problem._pointwise import GridFunction
from residuum.problem._print import to_text
from residuum.problem._problem import Problem
from residuum.problem._random_field import Waves
from residuum.problem._shapes import NameOf, plain_number, source_of, write_shape
from residuum.problem._symbols import Closure, Coefficient, Parameter, UniformDistribution
from residuum.problem._toml import toml_text

_DIGITS = "-0123456789"
_RAISED = str.maketrans(_DIGITS, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans(_DIGITS, "₋₀₁₂₃₄₅₆₇₈₉")
_SIGNS = {
    Grad: ("∇", r"\nabla"),
    Div: ("∇·", r"\nabla\cdot"),
    Laplacian: ("Δ", r"\Delta"),
    Curl: ("∇×", r"\nabla\times"),
}


def text(problem: Problem) -> str:
    """Return the problem as readable lines: equations, domain, conditions, numbers, data."""
    blocks = {
        "equations": [
            f"{equation_text(e.left)} = {equation_text(e.right)}" for e in problem.equations
        ],
        "domain": [_domain(problem.domain)],
        "conditions": [_condition(problem, item, _Text()) for item in problem.conditions],
        "with": [*_parameters(problem), *_functions(problem)],
        "data": [
            f"{len(item.values)} values of {equation_text(item.unknown)}, noise {item.noise:g}"
            for item in problem.observations
        ],
    }
    lines = [problem.name]
    for title, items in blocks.items():
        lines += [f"  {title if not i else '':<12}{item}" for i, item in enumerate(items)]
    return "\n".join(lines)


def equation_text(expression: Any) -> str:
    """Return an expression in readable Unicode: ∂u/∂t + ∇·(u²/2)."""
    return _Text().doprint(sp.sympify(expression))


def latex(problem: Problem) -> str:
    """Return the equations and conditions as an ``aligned`` block of LaTeX, without delimiters."""
    printer = _Latex()
    rows = [f"{printer.doprint(e.left)} &= {printer.doprint(e.right)}" for e in problem.equations]
    rows += ["& " + _condition(problem, item, printer) for item in problem.conditions]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def pretty(name: str) -> str:
    """Return a name with Greek letters and lowered digits: ``nu_1`` becomes ν₁."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :].translate(_LOWERED)
    stem = stem.removesuffix("_") if digits else stem
    return str(greek_unicode.get(stem, stem)) + digits


class _Text(StrPrinter):
    """Unicode for people; not meant to be read back."""

    integral, outward = "∫ ", "n·"

    def phrase(self, words: str) -> str:
        return words

    def doprint(self, expr: Any) -> str:
        plain = re.sub(r"\bpi(?![A-Za-z0-9_])", "π", super().doprint(expr))
        plain = plain.replace("**", "^").replace("*", "·")
        return re.sub(r"π·(?=[^\W\d_](?!\w|\())", "π", plain)

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        wide = isinstance(item, (sp.Derivative, *_SIGNS)) and level > PRECEDENCE["Mul"]
        inner = super().parenthesize(item, level, strict)
        return f"({inner})" if wide else str(inner)

    def rate(self, item: str, variable: str) -> str:
        return f"∂{item}/∂{variable}"

    def _print_Symbol(self, expr: Any) -> str:
        return pretty(expr.name)

    def _print_AppliedUndef(self, expr: Any) -> str:
        return pretty(str(expr.func))

    def _print_Float(self, expr: Any) -> str:
        return f"{float(expr):.6g}"

    def _print_Abs(self, expr: Any) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent == sp.Rational(1, 2):
            return f"√{self._tight(base)}"
        if exponent.is_Integer and exponent > 1:
            powered = self.parenthesize(base, PRECEDENCE["Pow"])
            return powered + str(exponent).translate(_RAISED)
        if exponent.is_Integer and exponent < -1:
            return f"1/{self._print(base**-exponent)}"
        return str(super()._print_Pow(expr, rational=rational))

    def _tight(self, item: Any) -> str:
        """A part behind a sign such as ∇: bare only if it cannot be misread."""
        inner = self._print(item)
        single = isinstance(item, (sp.Symbol, AppliedUndef, Vector, *_SIGNS))
        return inner if single else f"({inner})"

    def _print__Node(self, expr: Any) -> str:
        return _SIGNS[type(expr)][0] + self._tight(expr.args[0])

    def _print_Vector(self, expr: Any) -> str:
        return f"({', '.join(self._print(item) for item in expr.args)})"

    def _print_Derivative(self, expr: Any) -> str:
        total = sum(int(n) for _, n in expr.variable_count)
        raised = str(total).translate(_RAISED) if total > 1 else ""
        below = "".join(
            f"∂{self._print(c)}" + (str(n).translate(_RAISED) if n > 1 else "")
            for c, n in expr.variable_count
        )
        return f"∂{raised}{self._tight(expr.expr)}/{below}"

    def _print_Piecewise(self, expr: Any) -> str:
        parts = [
            f"{self._print(value)} " + ("otherwise" if c == sp.true else f"where {self._print(c)}")
            for value, c in expr.args
        ]
        return "{" + "; ".join(parts) + "}"

    def _print_Relational(self, expr: Any) -> str:
        sign = {"<=": "≤", ">=": "≥"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"


class _Latex(LatexPrinter):
    """LaTeX with the operators of vector calculus and bare unknowns."""

    integral, outward = r"\int ", r"n\cdot "

    def phrase(self, words: str) -> str:
        return r"\text{" + words.replace("_", r"\_") + "}"

    def rate(self, item: str, variable: str) -> str:
        return rf"\frac{{\partial {item}}}{{\partial {variable}}}"

    def _print_Function(self, expr: Any, exp: Any = None) -> str:
        if not isinstance(expr, AppliedUndef):
            return str(super()._print_Function(expr, exp))
        name = self._print(sp.Symbol(str(expr.func)))
        return f"{name}^{{{exp}}}" if exp else str(name)

    def _print_Float(self, expr: Any) -> str:
        digits, _, exponent = f"{float(expr):.6g}".partition("e")
        return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits

    def _print__Node(self, expr: Any) -> str:
        item, sign = expr.args[0], _SIGNS[type(expr)][1]
        single, inner = isinstance(item, sp.Symbol | AppliedUndef | Vector), self._print(item)
        return sign + (f" {inner}" if single else rf"\left({inner}\right)")

    # SymPy has operators of its own with these two names.
    _print_Laplacian, _print_Curl = _print__Node, _print__Node  # noqa: N815

    def _print_Vector(self, expr: Any) -> str:
        return rf"\left({', '.join(self._print(item) for item in expr.args)}\right)"


def _condition(problem: Problem, item: Any, printer: Any) -> str:
    u, value = printer.doprint(item.unknown), printer.doprint(item.value)
    where = printer.phrase(f" on {item.on}")
    slope = printer.rate(u, "n")
    if item.kind in ("initial", "initial_rate"):
        place = {problem.time: f"{problem.interval[0]:g}"} if problem.interval else {}
        start = ", ".join(place.get(c, printer.doprint(c)) for c in item.unknown.args)
        rate = u if item.kind == "initial" else printer.rate(u, str(problem.time))
        return f"{rate}({start}) = {value}"
    if item.kind == "robin":
        u = printer.doprint(item.a * item.unknown + item.b * sp.Symbol(slope))
    if item.kind == "point_value":
        return f"{u}({', '.join(f'{v:g}' for _, v in item.at)}) = {value}"
    return {
        "robin": f"{u} = {value}{where}",
        "dirichlet": f"{u} = {value}{where}",
        "neumann": f"{slope} = {value}{where}",
        "flux": f"{printer.outward}({u}) = {value}{where}",
        "integral": f"{printer.integral}{u} = {value}",
        "periodic": f"{u}{printer.phrase(f' periodic in {item.on}')}",
    }.get(item.kind, str(item))


def _domain(domain: Any) -> str:
    if isinstance(domain, Extrusion):
        box = Box(**{domain.time[0]: domain.time[1:]})
        return f"{_domain(box)}, {_domain(domain.shape)}"
    if isinstance(domain, Box):
        sides = domain.sides
        return ", ".join(f"{pretty(name)} ∈ [{low:g}, {high:g}]" for name, low, high in sides)
    return f"({', '.join(pretty(axis) for axis in domain.axes)}) ∈ {_set(domain)}"


def _set(shape: Any) -> str:
    sign = {"Union": "∪", "Intersection": "∩", "Difference": "∖"}.get(type(shape).__name__)
    return f"({_set(shape.first)} {sign} {_set(shape.second)})" if sign else repr(shape)


def _parameters(problem: Problem) -> list[str]:
    lines = []
    for p in problem.parameters:
        name, given = pretty(p.name), problem.given.get(p.name)
        known = given if given is not None else p.value if p.bounds is None else None
        if known is not None:
            lines.append(f"{name} = {equation_text(sp.sympify(known))}")
        elif p.bounds is not None:
            guess = "" if p.value is None else f", starting from {p.value:g}"
            lines.append(f"{name} ∈ [{p.bounds[0]:g}, {p.bounds[1]:g}] to be found{guess}")
        else:
            lines.append(f"{name} drawn from {p.distribution}")
    return lines


def _functions(problem: Problem) -> list[str]:
    lines = []
    for a in problem.coefficients:
        value = problem.given.get(str(a.func))
        head = f"{equation_text(a)}({', '.join(pretty(str(c)) for c in a.args)})"
        if isinstance(value, GridFunction):
            value = (value.axes, value.values)
        if isinstance(value, tuple):
            lines.append(f"{head} given on {_grid(*value)}")
        elif isinstance(value, int | float | sp.Basic):
            lines.append(f"{head} = {equation_text(value)}")
        elif isinstance(value, Waves):
            lines.append(f"{head} given by {'×'.join(map(str, value.amplitudes.shape))} waves")
        else:
            lines.append(f"{head} given by a function")
    for c in problem.closures:
        arguments = ", ".join(equation_text(item) for item in c.args)
        lines.append(f"{equation_text(c)}({arguments}) to be learned")
    return lines


def _grid(axes: Any, values: Any) -> str:
    counts = [len(axis) for axis in axes]
    what = "a grid" if list(np.shape(values)) == counts else "the cells of a grid"
    return f"{what} of {'×'.join(map(str, counts))}"


def write_problem(problem: Problem) -> str:
    """Return the TOML that `read_problem_text` reads as the same problem.

    A domain that was read from a mesh file is written as the name it was read by: put the text
    beside the folder or file of this name. Tables (`GridFunction` too) are written as numbers.

    Raises:
        FileError: a part that text cannot hold, such as a Python function as coefficient, or a mesh
            that was not read from a file.
        ProblemError: an expression that the grammar has no words for.
    """
    return write_statement(problem, source_of)


def write_statement(problem: Problem, name_of: NameOf) -> str:
    """Return the TOML of a problem, with a name for each mesh."""
    written = _Written(problem)
    equations = [f"{to_text(e.left)} = {to_text(e.right)}" for e in problem.equations]
    document: dict[str, Any] = {"name": problem.name, "equations": equations}
    document["coordinates"] = {c.name: c.role for c in problem.coordinates}
    document["unknowns"] = {str(u.func): [str(c) for c in u.args] for u in problem.unknowns}
    document["parameters"] = {p.name: written.parameter(p) for p in written.atoms(Parameter)}
    for key, section in (("coefficients", Coefficient), ("closures", Closure)):
        document[key] = {str(f.func): written.function(f) for f in written.atoms(section)}
    document["domain"] = write_shape(problem.domain, name_of)
    document["conditions"] = [written.condition(item) for item in problem.conditions]
    document["observations"] = [written.observation(item) for item in problem.observations]
    return toml_text(document)


class _Written:
    """Turns the parts of a problem into plain values for TOML."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def atoms(self, kind: type[Any]) -> list[Any]:
        """Return the parameters or coefficients that any expression of the problem mentions."""
        problem, found = self.problem, dict.fromkeys(self.problem._atoms(kind))
        values = [getattr(item, key, 0) for item in problem.conditions for key in ("a", "b")]
        for value in (*values, *problem.given.values()):
            if isinstance(value, sp.Basic):
                found |= dict.fromkeys(sorted(value.atoms(kind), key=str))
        return list(found)

    def parameter(self, p: Parameter) -> Any:
        entry: dict[str, Any] = {} if p.value is None else {"value": plain_number(p.value)}
        if p.bounds is not None:
            entry["bounds"] = [plain_number(item) for item in p.bounds]
        if p.distribution is not None:
            uniform = isinstance(p.distribution, UniformDistribution)
            entry["distribution"] = "uniform" if uniform else "normal"
            numbers = asdict(p.distribution).items()
            entry |= {key: v if isinstance(v, int) else float(v) for key, v in numbers}
        if p.name in self.problem.given:
            entry["given"] = self.given(p.name)
        return entry["value"] if list(entry) == ["value"] else entry

    def given(self, name: str) -> Any:
        value = self.problem.given[name]
        try:
            return _value(sp.sympify(value, strict=True))
        except (sp.SympifyError, AttributeError):
            got = f"{type(value).__name__} for {name}"
            remedy = "Give an expression or (axes, values) instead."
            raise FileError("a value that text can hold", got, remedy) from None

    def function(self, a: Any) -> Any:
        if isinstance(a, Closure):
            return [to_text(item) for item in a.args]
        entry: dict[str, Any] = {"of": [str(c) for c in a.args]}
        value = self.problem.given[str(a.func)]
        if isinstance(value, GridFunction):
            value = (value.axes, value.values)
        if isinstance(value, tuple):
            axes = [np.asarray(axis, float).tolist() for axis in value[0]]
            return entry | {"axes": axes, "values": np.asarray(value[1], float).tolist()}
        if isinstance(value, Waves):
            return entry | {"waves": value.document()}
        return entry | {"value": self.given(str(a.func))}

    def condition(self, item: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {"kind": item.kind, "of": to_text(item.unknown)}
        if item.kind == "periodic":
            return entry | {"axis": item.on}
        entry["value"] = _value(item.value)
        entry |= {"a": _value(item.a), "b": _value(item.b)} if item.kind == "robin" else {}
        if item.kind == "point_value":
            entry["at"] = {name: plain_number(v) for name, v in item.at}
        elif item.kind not in ("initial", "initial_rate", "integral"):
            entry["on"] = item.on
        return entry | ({"jump": True} if item.jump else {})

    def observation(self, item: Any) -> dict[str, Any]:
        columns = zip(item.unknown.args, item.points.T, strict=True)
        entry = {"of": to_text(item.unknown), "at": {str(c): x.tolist() for c, x in columns}}
        return entry | {"values": item.values.tolist(), "noise": plain_number(item.noise)}


def _value(value: sp.Expr) -> Any:
    if isinstance(value, sp.Integer) and abs(value.p) < 2**63:
        return int(value)
    return float(value) if isinstance(value, sp.Float) else to_text(value)
