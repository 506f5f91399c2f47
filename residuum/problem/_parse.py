"""Read expressions and equations from text: a small grammar, and nothing is ever executed.

    sum      2*u + sin(pi*x)^2 - 0.5        power       ^ or **, from the right
    diff     diff(u, t), diff(u, x, 2)      operators   grad div laplacian curl
    vector   [u, v] or vector(u, v)         choice      where(x < 0, 1, x < 1, 2, 3)

Numbers stay finite and real, and small enough for SymPy: a hostile text gets an error.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sympy as sp

from residuum._core._errors import ParseError
from residuum.problem._equation import Eq
from residuum.problem._operators import Curl, Div, Grad, Laplacian, Vector, vector
from residuum.problem._print import (
    CALLS,
    COMPARISONS,
    CONSTANTS,
    MAX_DIGITS,
    MAX_OPERATIONS,
    Refusal,
    gathered,
    inverse,
    joined,
    power,
    relation,
    sound,
)

MAX_LENGTH, MAX_TOKENS, MAX_DEPTH = 10_000, 2_000, 60
MAX_TERMS, MAX_WORK = 5_000, 20_000

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|<=|>=|[-+*/^()\[\],<>=])"
)


class _Token(NamedTuple):
    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text[:40])


def parse(text: str, names: Mapping[str, Any]) -> sp.Expr:
    """Return the expression a text states.

    Args:
        text: at most 10,000 characters, 2,000 tokens and 60 levels of nesting.
        names: what each name means: coordinates, parameters, and unknowns or coefficients
            applied to their coordinates.

    Raises:
        ParseError: anything else; the message points at the column.
    """
    return _whole(text, names, _Parser.side)


def parse_equation(text: str, names: Mapping[str, Any]) -> Eq:
    """Return the equation ``left = right``; without ``=``, the text is to vanish.

    Arguments and errors as `parse`.
    """
    found: Eq = _whole(text, names, _Parser.equation)
    return found


def parse_value(value: Any, names: Mapping[str, Any]) -> sp.Expr:
    """Return a number, or what the text of an expression states; errors as `parse`."""
    if isinstance(value, str):
        return parse(value, names)
    if isinstance(value, bool) or not isinstance(value, int | float):
        got = type(value).__name__
        raise ParseError("a number or an expression in quotes", got, "Correct the entry.")
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > 10**40:
        raise ParseError("a finite number", f"{value:.3g}", "Correct the entry.")
    return sp.Integer(value) if isinstance(value, int) else sp.Float(value)


def _whole(text: str, names: Mapping[str, Any], rule: Callable[[_Parser], Any]) -> Any:
    if not isinstance(text, str):
        raise ParseError("text", type(text).__name__, "Write the expression in quotes.")
    try:
        parser = _Parser(text, names)
        found = rule(parser)
        if parser.next.kind != "end":
            remedy = "Remove it, or write products with *, as in 2*x."
            raise parser.fail(parser.next, "an operator or the end", str(parser.next), remedy)
    except RecursionError:
        raise _error(text, 0, "less nesting", "too much of it", "Split the expression.") from None
    return found


def _error(text: str, column: int, wanted: str, got: str, remedy: str) -> ParseError:
    start = max(0, column - 50)
    line = "".join(c if c.isprintable() else " " for c in text[start : column + 25])
    place = f"{remedy}\n    {line}\n    {' ' * (column - start)}^"
    return ParseError(wanted, f"{got} at column {column + 1}", place)


def _tokens(text: str) -> list[_Token]:
    remedy = "Split the expression."
    if len(text) > MAX_LENGTH:
        wanted = f"at most {MAX_LENGTH} characters"
        raise _error(text, MAX_LENGTH, wanted, str(len(text)), remedy)
    found, column = [], 0
    while column < len(text):
        match = _TOKEN.match(text, column)
        if match is None:
            signs = "Use letters, digits, underscores and + - * / ^ ( ) [ ] , < > =."
            raise _error(text, column, "a name, number or sign", repr(text[column]), signs)
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), column))
        column = match.end()
    if len(found) > MAX_TOKENS:
        column, wanted = found[MAX_TOKENS].column, f"at most {MAX_TOKENS} names, numbers and signs"
        raise _error(text, column, wanted, str(len(found)), remedy)
    return [*found, _Token("end", "", len(text))]


class _Parser:
    """Recursive descent: one method per level of the grammar, the loosest binding first."""

    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.text, self.names = text, names
        self.tokens, self.place, self.depth = _tokens(text), 0, 0
        self.operations = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def fail(self, token: _Token, wanted: str, got: str, remedy: str) -> ParseError:
        return _error(self.text, token.column, wanted, got, remedy)

    def take(self, *texts: str) -> _Token | None:
        """Return the next token and move on, if it is one of these signs or words."""
        token = self.next
        self.place += token.text in texts
        return token if token.text in texts else None

    def made(self, token: _Token, rule: Callable[..., Any], *operands: Any) -> Any:
        """Build with SymPy; what fails there is the fault of the text at ``token``."""
        try:
            return rule(*operands)
        except Refusal as refusal:
            raise self.fail(token, *refusal.args) from None
        except RecursionError:
            raise
        except Exception as error:  # SymPy raises whatever it likes on senseless input
            got = f"{type(error).__name__} in SymPy"
            raise self.fail(token, "a sensible expression", got, "Simplify it.") from error

    def equation(self) -> Eq:
        left = self.side()
        return Eq(left, self.side() if self.take("=") else 0)

    def side(self) -> Any:
        token = self.next
        found = self.made(token, sound, self.plain(token, self.choice()))
        self.made(token, _terms, found)
        self.made(token, _work, found, 0)
        return found

    def plain(self, token: _Token, value: Any) -> Any:
        if isinstance(value, sp.Expr):
            return value
        remedy = "Comparisons belong into where(…); equations have a single =."
        raise self.fail(token, "an expression", "a comparison", remedy)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            got = f"more than {MAX_DEPTH} levels"
            raise self.fail(self.next, "less nesting", got, "Split the expression.")

    def choice(self) -> Any:
        self.deeper()
        token, parts = self.next, [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else self.made(token, joined, sp.Or, parts)

    def conjunction(self) -> Any:
        token, parts = self.next, [self.relation()]
        while self.take("and"):
            parts.append(self.relation())
        return parts[0] if len(parts) == 1 else self.made(token, joined, sp.And, parts)

    def relation(self) -> Any:
        token = self.next
        left, found = self.sum(), []
        while sign := self.take(*COMPARISONS):
            right = self.plain(sign, self.sum())
            found.append(self.made(sign, relation, sign.text, self.plain(token, left), right))
            left = right
        return self.made(token, joined, sp.And, found) if found else left

    def sum(self) -> Any:
        token, terms = self.next, [self.term()]
        while sign := self.take("+", "-"):
            item = self.plain(sign, self.term())
            terms.append(-item if sign.text == "-" else item)
        # All at once: adding one by one takes quadratic time.
        return terms[0] if len(terms) == 1 else self.made(token, gathered, sp.Add, terms)

    def term(self) -> Any:
        token, negative = self.next, self.negative()
        factors = [self.raised()]
        while sign := self.take("*", "/"):
            item = self.plain(sign, self.signed())
            factors.append(self.made(sign, inverse, item) if sign.text == "/" else item)
        if negative:  # a factor among the others, so that -(a + b)*c stays a product
            factors.insert(0, sp.Integer(-1))
        if len(factors) == 1:
            return factors[0]
        return self.made(token, gathered, sp.Mul, [self.plain(token, item) for item in factors])

    def negative(self) -> bool:
        """Take signs, which bind like Python's: -x^2 is -(x^2), and 2^-x is allowed."""
        minus = False
        while sign := self.take("+", "-"):
            minus ^= sign.text == "-"
        return minus

    def signed(self) -> Any:
        token, negative = self.next, self.negative()
        value = self.raised()
        return -self.plain(token, value) if negative else value

    def raised(self) -> Any:
        token, value = self.next, self.atom()
        if sign := self.take("^", "**"):
            self.deeper()
            value = self.made(sign, power, self.plain(token, value), self.signed())
            self.depth -= 1
        return value

    def atom(self) -> Any:
        token = self.next
        if token.kind == "number":
            self.place += 1
            return self.number(token)
        if token.kind == "name" and token.text not in ("and", "or"):
            self.place += 1
            return self.call(token) if self.take("(") else self.name(token)
        if self.take("("):
            value = self.choice()
            if not self.take(")"):
                raise self.fail(self.next, "a closing )", str(self.next), "Close the parenthesis.")
            return value
        if self.take("["):
            return self.made(token, vector, *self.arguments("]"))
        raise self.fail(token, "a number, name or (", str(token), "Complete the expression.")

    def number(self, token: _Token) -> sp.Expr:
        remedy = "Write a number between 1e-300 and 1e300."
        if len(token.text) > MAX_DIGITS:
            wanted = f"a number of at most {MAX_DIGITS} digits"
            raise self.fail(token, wanted, f"{len(token.text)}", remedy)
        if token.text.isdigit():
            return sp.Integer(token.text)
        value = float(token.text)
        if math.isinf(value) or (value == 0 and re.match(r"[0.]*[1-9]", token.text)):
            raise self.fail(token, "a number that floats can hold", str(token), remedy)
        return sp.Float(value)

    def name(self, token: _Token) -> Any:
        found = self.names.get(token.text, CONSTANTS.get(token.text))
        if found is not None:
            return found
        if token.text in CALLS:
            remedy = f"Write {token.text}(…)."
            raise self.fail(token, "an argument in parentheses", "a bare function", remedy)
        remedy = self.near(token, [*self.names, *CONSTANTS], "Declare it first.")
        raise self.fail(token, "a declared name", str(token), remedy)

    def near(self, token: _Token, known: list[str], otherwise: str) -> str:
        found = difflib.get_close_matches(token.text[:64], known, n=1)
        return f"Did you mean {found[0]}?" if found else otherwise

    def call(self, token: _Token) -> Any:
        if token.text in CALLS:
            least, most, rule = CALLS[token.text]
            arguments = self.arguments(")", conditions=token.text in ("where", "piecewise"))
            if least <= len(arguments) <= most:
                return self.counted(token, self.made(token, rule, token.text, *arguments))
            wanted = f"{least} argument{'s' * (least > 1)}{' or more' * (most > least)}"
            raise self.fail(token, f"{wanted} of {token.text}", f"{len(arguments)}", "Correct it.")
        remedy = self.near(token, list(CALLS), f"Use one of: {', '.join(CALLS)}.")
        if token.text in self.names:
            remedy = f"Write {token.text} alone: its coordinates are declared. Products need a *."
        raise self.fail(token, "a known function", str(token), remedy)

    def counted(self, token: _Token, value: Any) -> Any:
        """Refuse derivatives that grow too long; only they make more than the text states."""
        if token.text == "diff":
            self.operations += int(sp.count_ops(value))
            if self.operations > MAX_OPERATIONS:
                got = f"more than {MAX_OPERATIONS} operations"
                raise self.fail(token, "shorter derivatives", got, "Write them out.")
        return value

    def arguments(self, closing: str, *, conditions: bool = False) -> list[Any]:
        found: list[Any] = []
        while not self.take(closing):
            if found and not self.take(","):
                wanted = f"a comma or {closing}"
                raise self.fail(self.next, wanted, str(self.next), "Close the list.")
            token, value = self.next, self.choice()
            found.append(value if conditions else self.plain(token, value))
        return found


def _terms(expression: Any) -> int:
    """Count the terms of an expression when multiplied out; refuse those too many to handle."""
    counts = [_terms(item) for item in expression.args if isinstance(item, sp.Basic)]
    found = max(counts, default=1) if isinstance(expression, tuple(_KEPT)) else 1
    if isinstance(expression, sp.Add):
        found = sum(counts)
    elif isinstance(expression, sp.Mul):
        found = math.prod(counts)
    elif isinstance(expression, sp.Pow) and expression.exp.is_Integer:
        n = abs(int(expression.exp))
        found = math.comb(counts[0] + n - 1, n)
    if found > MAX_TERMS:
        wanted = f"at most {MAX_TERMS} terms when multiplied out"
        raise Refusal(wanted, "more", "Lower the powers of sums.")
    return found


def _work(expression: Any, order: int) -> float:
    """Bound the length of an expression after its derivatives, ``order`` of them around it."""
    step = _KEPT.get(type(expression), 0)
    if isinstance(expression, sp.Derivative):
        step, children = sum(int(n) for _, n in expression.variable_count), expression.args[:1]
    else:
        children = expression.args
    total = sum(_work(item, order + step) for item in children)
    if not step and not isinstance(expression, sp.Add) and order and children:
        total = max(total, float(sp.count_ops(expression)) ** order * _terms(expression))
    if total > MAX_WORK:
        raise Refusal("derivatives of shorter expressions", "long ones", "Split the equation.")
    return total or 1.0


_KEPT = {Grad: 1, Div: 1, Curl: 1, Laplacian: 2, Vector: 0, sp.Derivative: 0}
