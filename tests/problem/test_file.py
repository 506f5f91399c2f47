"""Problem files: what is written is read as the same problem; wrong files say what is wrong."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
import tomli_w
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import residuum.problem as rs
from residuum._core._errors import DataError, FileError, ParseError, ProblemError, ResiduumError
from residuum.catalogue import family
from residuum.geometry import Ball, Box, Disc, Extrusion, Polygon, Rectangle
from residuum.geometry.mesh import MeshShape, mesh_of, read_mesh, write_mesh
from residuum.problem._file import read_problem, read_problem_text, write_problem
from residuum.problem._random_field import Waves
from residuum.problem._toml import MAX_BYTES

t = rs.time("t")
x, y, z = rs.space("x", "y", "z")

BURGERS = """
name = "burgers"
equations = ["diff(u, t) + div(u^2/2) = div(nu*grad(u))"]
[coordinates]
t = "time"
x = "space"
[unknowns]
u = ["t", "x"]
[parameters]
nu = "0.01/pi"
[domain]
shape = "box"
t = [0, 1]
x = [-1, "2/2"]
[[conditions]]
kind = "initial"
of = "u"
value = "-sin(pi*x)"
[[conditions]]
kind = "dirichlet"
of = "u"
value = 0
on = "boundary"
[[observations]]
of = "u"
at = { t = [0.25, 0.5], x = [0.1, 0.2] }
values = [0.3, 0.4]
noise = 0.01
"""


def burgers() -> rs.Problem:
    u, nu = rs.unknown("u", t, x), rs.parameter("nu", sp.Float(0.01) / sp.pi)
    return rs.Problem(
        Box(t=(0, 1), x=(-1, 1)),
        rs.Eq(u.diff(t) + rs.div(u**2 / 2), rs.div(nu * rs.grad(u))),
        [rs.initial(u, -sp.sin(sp.pi * x)), rs.dirichlet(u, 0)],
        observations=[
            rs.observe(u, [0.3, 0.4], at={"t": [0.25, 0.5], "x": [0.1, 0.2]}, noise=0.01)
        ],
        name="burgers",
    )


def annulus() -> rs.Problem:
    u, a = rs.unknown("u", t, x, y), rs.coefficient("a", x, y)
    k = rs.parameter("k", 2.0, bounds=(1, 3))
    rate = rs.parameter("rate", distribution=rs.UniformDistribution(1, 2.5))
    shift = rs.parameter("shift", distribution=rs.NormalDistribution(0, 0.5))
    hole = Disc((0.2, 0), 0.3, name="hole")
    source = sp.Piecewise((1, x < 0), (2, True)) * rate + shift * sp.Max(x, 0)
    return rs.Problem(
        (Disc((0, 0), 1) - hole).over(t=(0, 2)),
        rs.Eq(u.diff(t), rs.div(a * rs.grad(u)) + k * u + source),
        [
            rs.initial(u, 0, jump=True),
            rs.robin(u, 1, a=k, b=2, on="circle"),
            rs.flux(a * rs.grad(u), x * t, on="hole"),
        ],
        given={a: 1 + x**2, k: 2.5},
    )


def stokes() -> rs.Problem:
    u, v, p = rs.unknown("u", "v", "p", x, y)
    triangle = Polygon([(0, 0), (2, 0), (0, 1.5)])
    return rs.Problem(
        triangle | Rectangle((-1, 0.25), (1.5, 0.5)),
        [
            rs.Eq([rs.laplacian(u), rs.laplacian(v)], rs.grad(p)),
            rs.Eq(rs.div([u, v])),
        ],
        [
            *(rs.dirichlet(u, 0), rs.dirichlet(v, 0)),
            rs.point_value(p, 0, at={"x": 0.5, "y": 0.5}),
            rs.integral(p**2 + p, 1),
        ],
    )


def wave() -> rs.Problem:
    u, a = rs.unknown("u", t, x, y), rs.coefficient("a", x)
    grid = ([[-1.0, 0.0, 1.0]], [1.0, 2.0, 1.5])
    return rs.Problem(
        Box(t=(0, 1), x=(-1, 1), y=(0, 2)),
        rs.Eq(u.diff(t, 2), a * rs.laplacian(u)),
        [
            *(rs.initial(u, sp.cos(sp.pi * x)), rs.initial_rate(u, 0)),
            *(rs.periodic(u, x), rs.neumann(u, 0, on="y_min"), rs.neumann(u, 0, on="y_max")),
        ],
        given={a: grid},
    )


def ball() -> rs.Problem:
    u = rs.unknown("u", x, y, z)
    kappa = rs.closure("kappa", u, x)
    shape = Ball((0, 0, 0), 1.5) & Box(x=(-1, 1), y=(-1, 1), z=(-1, 2))
    return rs.Problem(shape, rs.Eq(rs.div(kappa * rs.grad(u)), 1), [rs.dirichlet(u, 0)])


PROBLEMS = [burgers, annulus, stokes, wave, ball]


@pytest.mark.filterwarnings("ignore::residuum.problem.WellPosednessWarning")
@pytest.mark.parametrize("build", PROBLEMS, ids=lambda build: str(build.__name__))
def test_what_is_written_is_read_as_the_same_problem(build: Any) -> None:
    first = build()
    text = write_problem(first)
    second = read_problem_text(text)
    assert write_problem(second) == text
    assert (second.name, second.domain) == (first.name, first.domain)
    np.testing.assert_array_equal(second.domain.bounds, first.domain.bounds)
    assert second.domain.parts == first.domain.parts
    gaps = [sp.expand(a - b) for a, b in zip(first.residuals, second.residuals, strict=True)]
    assert not any(gaps)
    for one, other in zip(first.conditions, second.conditions, strict=True):
        assert str(one) == str(other) and one.jump == other.jump
        assert first.space == second.space
        if one.kind not in ("periodic", "integral"):
            assert one.expression(first.space) == other.expression(second.space)
        assert getattr(one, "at", None) == getattr(other, "at", None)
    assert second.parameters == first.parameters
    assert set(second.given) == set(first.given)
    for name, value in first.given.items():
        if isinstance(value, tuple):
            np.testing.assert_array_equal(second.given[name][0], value[0])
            np.testing.assert_array_equal(second.given[name][1], value[1])
        else:
            assert second.given[name] == value
    for a, b in zip(first.observations, second.observations, strict=True):
        assert a.unknown == b.unknown and a.noise == b.noise
        np.testing.assert_array_equal(a.points, b.points)
        np.testing.assert_array_equal(a.values, b.values)


def test_a_file_people_write_is_the_problem_in_python(tmp_path: Path) -> None:
    path = tmp_path / "burgers.toml"
    path.write_text(BURGERS)
    for source in (path, str(path)):
        found, wanted = read_problem(source), burgers()
        assert found.residuals == wanted.residuals
        assert found.domain == wanted.domain
        assert found.parameters == wanted.parameters


def test_written_text_is_pleasant() -> None:
    text = write_problem(burgers())
    assert 'equations = ["diff(u, t) + div(u^2/2) = div(nu*grad(u))"]' in text
    assert "t = [0, 1]\nx = [-1, 1]\n" in text
    assert "at = { t = [0.25, 0.5], x = [0.1, 0.2] }" in text


def test_time_beside_space_and_other_shapes() -> None:
    text = BURGERS.replace('shape = "box"\nt = [0, 1]\nx = [-1, "2/2"]', "{}")
    interval = 'shape = "interval"\na = -1\nb = 1\ntime = { t = [0, 1] }'
    found = read_problem_text(text.replace("{}", interval))
    assert found.domain == Box(x=(-1, 1)).over(t=(0, 1))


# Imported meshes.

MESHED = """
equations = ["diff(u, t) = div(grad(u))"]
coordinates = { t = "time", x = "space", y = "space" }
unknowns = { u = ["t", "x", "y"] }
domain = { mesh = "parts/disc.vtu", time = { t = [0, 2] } }
[[conditions]]
kind = "initial"
of = "u"
value = 0
[[conditions]]
kind = "dirichlet"
of = "u"
value = 0
on = "circle"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a mesh and a problem posed on it."""
    found = tmp_path_factory.mktemp("meshed")
    (found / "parts").mkdir()
    write_mesh(found / "parts" / "disc.vtu", mesh_of(Disc((0, 0), 1), 0.5))
    (found / "heat.toml").write_text(MESHED)
    return found


def test_a_mesh_is_found_beside_the_problem_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_problem(folder / "heat.toml")
    wanted = read_mesh(folder / "parts" / "disc.vtu")
    assert found.domain == wanted.over(t=(0, 2))
    assert isinstance(found.domain, Extrusion) and isinstance(found.domain.shape, MeshShape)
    assert found.domain.shape.source == "parts/disc.vtu"
    text = write_problem(found)
    assert 'mesh = "parts/disc.vtu"\ntime = { t = [0, 2] }' in text and "axes" not in text
    again = read_problem_text(text, folder=folder)
    assert again.domain == found.domain and write_problem(again) == text


def test_a_mesh_may_have_other_axes_and_an_absolute_path(folder: Path) -> None:
    place = (folder / "parts" / "disc.vtu").as_posix()
    text = MESHED.replace("x", "r").replace('"parts/disc.vtu"', f'"{place}", axes = ["r", "y"]')
    problem = read_problem_text(text, folder="somewhere")
    assert problem.domain.axes == ("t", "r", "y")
    written = write_problem(problem)
    assert f'mesh = "{place}"\naxes = ["r", "y"]' in written
    assert read_problem_text(written, folder=folder).domain == problem.domain


def test_a_mesh_read_in_python_is_written_by_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    u = rs.unknown("u", x, y)
    domain = read_mesh("parts/disc.vtu") - Box(x=(0, 2), y=(0, 2))
    problem = rs.Problem(domain, rs.Eq(rs.laplacian(u), 1), [rs.dirichlet(u, 0)])
    text = write_problem(problem)
    assert '{ mesh = "parts/disc.vtu" }' in text
    (folder / "cut.toml").write_text(text)
    assert read_problem(folder / "cut.toml").domain == domain


def test_a_mesh_made_in_python_has_no_name_to_write() -> None:
    u = rs.unknown("u", x, y)
    domain = MeshShape(mesh_of(Disc((0, 0), 1), 0.5))
    problem = rs.Problem(domain, rs.Eq(rs.laplacian(u), 1), [rs.dirichlet(u, 0)])
    with pytest.raises(FileError, match="Write it with write_mesh"):
        write_problem(problem)


MESH_FAULTS: dict[str, tuple[str, type[ResiduumError], str]] = {
    "missing": ('mesh = "disc.msh"', FileError, "relative to the problem file"),
    "other kind": ('mesh = "heat.toml"', FileError, "Convert it"),
    "folder": ('mesh = "parts"', FileError, "a mesh file"),
    "nothing": ('mesh = ""', FileError, "a mesh file"),
    "null": ('mesh = "a\\u0000.msh"', FileError, "a mesh file"),
    "too long": (f'mesh = "{"a" * 5000}.msh"', FileError, "a mesh file"),
    "number": ("mesh = 3", FileError, "text at domain.mesh"),
    "axes": ('mesh = "parts/disc.vtu", axes = ["x"]', ProblemError, "2 axis names"),
    "axes of text": ('mesh = "parts/disc.vtu", axes = "xy"', FileError, "domain.axes"),
    "misspelt": ('mesh = "parts/disc.vtu", axs = ["x", "y"]', FileError, "Did you mean axes"),
    "shape too": ('shape = "disc", mesh = "parts/disc.vtu"', FileError, "a known key at domain"),
    "neither": ('mash = "parts/disc.vtu"', FileError, "an entry domain.shape"),
}


@pytest.mark.parametrize("case", MESH_FAULTS)
def test_wrong_meshes_say_what_and_where(case: str, folder: Path) -> None:
    entry, kind, message = MESH_FAULTS[case]
    path = folder / "wrong.toml"
    path.write_text(MESHED.replace('mesh = "parts/disc.vtu"', entry))
    with pytest.raises(kind, match=message) as caught:
        read_problem(path)
    assert "wrong.toml" in str(caught.value)


def test_a_damaged_mesh_is_named(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "parts" / "disc.vtu").read_bytes()
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "disc.vtu").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match=r"disc\.vtu"):
        read_problem_text(MESHED, folder=tmp_path)


def test_text_alone_opens_no_mesh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(FileError, match="name folder="):
        read_problem_text(MESHED)


@pytest.mark.parametrize("shape", [(3, 4), (2, 3)], ids=["nodes", "cells"])
@pytest.mark.parametrize("kind", [tuple, rs.GridFunction])
def test_tables_of_nodes_and_cells(shape: tuple[int, int], kind: Any) -> None:
    u, a = rs.unknown("u", x, y), rs.coefficient("a", x, y)
    axes = (np.array([0.0, 0.1 + 0.2, 1.0]), np.array([0.0, 1e-9, 1.0 / 3.0, 2.0]))
    values = np.random.default_rng(43).uniform(1, 2, shape)
    table = (axes, values) if kind is tuple else kind(axes, values)
    problem = rs.Problem(
        Box(x=(0, 1), y=(0, 2)),
        rs.Eq(rs.div(a * rs.grad(u)), 1),
        [rs.dirichlet(u, 0)],
        given={a: table},
    )
    text = write_problem(problem)
    found = read_problem_text(text)
    assert write_problem(found) == text
    for one, other in zip(found.given["a"][0], axes, strict=True):
        assert (one == other).all()
    assert (found.given["a"][1] == values).all()


def test_a_python_function_cannot_be_written() -> None:
    u, a = rs.unknown("u", x), rs.coefficient("a", x)
    problem = rs.Problem(
        Box(x=(0, 1)), rs.Eq(a * u.diff(x, 2), 1), [rs.dirichlet(u, 0)], given={a: lambda x: 1 + x}
    )
    with pytest.raises(FileError, match=r"function for a\. Give an expression"):
        write_problem(problem)


WRONG: dict[str, tuple[str, str, type[ResiduumError], str]] = {
    "key": ('name = "b', 'nam = "b', FileError, "Did you mean name"),
    "inner key": ("noise = 0.01", "nois = 0.01", FileError, r"observations\[0\].*mean noise"),
    "missing": ("[coordinates]", "[coefficients]", FileError, "an entry coordinates"),
    "type": ("values = [0.3, 0.4]", 'values = "a"', FileError, r"observations\[0\]\.values"),
    "ragged": ("values = [0.3, 0.4]", "values = [[1], 2]", FileError, r"\[0\]\.values"),
    "nan": ("values = [0.3, 0.4]", "values = [nan, 2]", FileError, r"\[0\]\.values"),
    "bool": ("noise = 0.01", "noise = true", FileError, "noise"),
    "shape": ('"box"', '"bxo"', FileError, "Did you mean box"),
    "kind": ('"dirichlet"', '"dirichet"', FileError, "Did you mean dirichlet"),
    "role": ('t = "time"', 't = "tim"', FileError, "Did you mean time"),
    "expression": ("div(nu*", "div(nuu*", ParseError, r"equations\[0\].*Did you mean nu\?"),
    "value": ("-sin(pi*x)", "-sin(pi*", ParseError, r"conditions\[0\]\.value"),
    "code": ('"0.01/pi"', "\"__import__('os')\"", ParseError, r"parameters\.nu"),
    "infinite": ("x = [-1,", "x = [-inf,", ParseError, r"domain\.x\[0\]"),
    "reversed": ("x = [-1,", "x = [3,", ProblemError, "at domain"),
    "part": ('on = "boundary"', 'on = "top"', ProblemError, "x_min"),
    "doubled": ('x = "space"\n', 'x = "space"\nu = "space"\n', ProblemError, "one meaning"),
    "unused": ("[domain]", "mu = 1\n[domain]", ProblemError, "mu unused"),
    "no TOML": ("[domain]", "[domain", FileError, "wanted TOML"),
    "nesting": ("noise = 0.01", "noise = " + "[" * 9000, FileError, "wanted TOML"),
    "digits": ("noise = 0.01", "noise = " + "1" * 5000, FileError, "wanted TOML"),
    "array": ("[domain]", "a = []\n[domain]", FileError, "parameters.a"),
    "power": ("u^2/2", "(u + x + t)^300", ParseError, r"equations\[0\]"),
    "sets": ('"box"', '"union"\nof = []', FileError, "domain"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_say_what_and_where(case: str, tmp_path: Path) -> None:
    old, new, kind, message = WRONG[case]
    assert old in BURGERS
    path = tmp_path / "wrong.toml"
    path.write_text(BURGERS.replace(old, new, 1))
    with pytest.raises(kind, match=rf"(?s){message}") as caught:
        read_problem(path)
    assert "wrong.toml" in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    binary, large = tmp_path / "a.toml", tmp_path / "b.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with large.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    for source in (tmp_path, tmp_path / "none.toml", "\x00", binary, large):
        with pytest.raises(FileError):
            read_problem(source)


DOCUMENT: dict[str, Any] = {
    "name": "heat",
    "equations": ["diff(u, t) = k*div(a*grad(u))"],
    "coordinates": {"t": "time", "x": "space", "y": "space"},
    "unknowns": {"u": ["t", "x", "y"]},
    "parameters": {"k": {"value": 0.5, "bounds": [0.1, 1], "given": 0.4}},
    "coefficients": {"a": {"of": ["x"], "axes": [[0, 1]], "values": [1, 2]}},
    "domain": {
        "shape": "difference",
        "of": [
            {"shape": "disc", "center": [0, 0], "radius": 2},
            {"shape": "polygon", "vertices": [[0, 0], [1, 0], [0, 1]], "name": "hole"},
        ],
        "time": {"t": [0, 1]},
    },
    "conditions": [
        {"kind": "initial", "of": "u", "value": "x*y", "jump": True},
        {"kind": "robin", "of": "u", "value": 0, "a": "k", "b": 1, "on": "circle"},
        {"kind": "flux", "of": "a*grad(u)", "value": 0, "on": "hole"},
    ],
    "observations": [{"of": "u", "at": {"t": 0.5, "x": [-1.0], "y": 0}, "values": [1]}],
}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(),
    st.sampled_from(["", "u", "x", "t", "k", "1/0", "u^2", "exp(900)", "box", "ball", "union"]),
    st.text(max_size=8),
    st.lists(st.one_of(st.integers(-3, 3), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.sampled_from(["x", "t", "of", "shape"]), st.integers(0, 2), max_size=2),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of the document with one of its keys."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [p for key in keys for p in places(value[key])]


def attempted(text: str, folder: Path | None = None) -> None:
    """Read text; anything but a problem or our own error fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert isinstance(read_problem_text(text, folder=folder), rs.Problem)
        except ResiduumError as error:
            assert "the text" in str(error)


def test_the_document_of_the_fuzz_is_valid() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert read_problem_text(tomli_w.dumps(DOCUMENT)).given["k"] == 0.4


@seed(20_260_729)
@settings(max_examples=150, deadline=None, database=None)
@given(data=st.data())
def test_fuzz_of_valid_documents(data: st.DataObject) -> None:
    document = copy.deepcopy(DOCUMENT)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)), label="place")
        junk = data.draw(JUNK, label="junk")
        if junk is None:
            del container[key]
        elif isinstance(container, dict) and data.draw(st.booleans(), label="rename"):
            container[str(junk)] = container.pop(key)
        else:
            container[key] = junk
    attempted(tomli_w.dumps(document))


MESH_JUNK = st.one_of(
    JUNK,
    st.sampled_from(
        ["parts/disc.vtu", "../heat.toml", "/dev/null.msh", "parts/", "~.msh", "a\0.vtu"]
    ),
    st.lists(st.sampled_from(["x", "y", "t", "boundary"]), max_size=3),
)


@seed(20_260_801)
@settings(max_examples=150, deadline=None, database=None)
@given(data=st.data())
def test_fuzz_of_documents_with_a_mesh(folder: Path, data: st.DataObject) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["domain"] = {
        "mesh": "parts/disc.vtu",
        "axes": ["x", "y"],
        "time": {"t": [0, 1]},
    }
    document["conditions"][2]["on"] = "circle"
    for _ in range(data.draw(st.integers(0, 3))):
        inside = data.draw(st.sampled_from([document, document["domain"]]), label="part")
        container, key = data.draw(st.sampled_from(places(inside) or places(document)))
        junk = data.draw(MESH_JUNK, label="junk")
        if junk is None:
            del container[key]
        elif isinstance(container, dict) and data.draw(st.booleans(), label="rename"):
            container[str(junk)] = container.pop(key)
        else:
            container[key] = junk
        if not isinstance(document.get("domain"), dict):
            break
    attempted(tomli_w.dumps(document), folder)


@seed(20_260_730)
@settings(max_examples=150, deadline=None, database=None)
@given(
    cut=st.tuples(st.integers(0, len(BURGERS)), st.integers(0, 40)),
    junk=st.one_of(st.binary(max_size=12).map(lambda b: b.decode("latin-1")), st.text(max_size=8)),
    whole=st.booleans(),
)
def test_fuzz_of_text(cut: tuple[int, int], junk: str, whole: bool) -> None:
    start, length = cut
    attempted(junk * 3 if whole else BURGERS[:start] + junk + BURGERS[start + length :])


def test_a_drawn_field_comes_back_as_the_same_function() -> None:
    member = family("darcy_smooth").draw(7, 3)
    again = read_problem_text(write_problem(member))
    points = np.random.default_rng(5).uniform(size=(50, 2)).T
    np.testing.assert_array_equal(again.given["a"](*points), member.given["a"](*points))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("kinds = [", 'kinds = ["round", '), "known kind"),
        (("low = [", "low = [2.0, "), "2 numbers"),
        (("form = ", "shape = "), "shape"),
        (("amplitudes = [", "amplitudes = [3, "), "finite numbers"),
    ],
)
def test_waves_that_do_not_fit_are_refused(change: tuple[str, str], match: str) -> None:
    text = write_problem(family("darcy_smooth").draw(7, 3))
    assert change[0] in text
    with pytest.raises(FileError, match=match):
        read_problem_text(text.replace(*change, 1))


def test_waves_along_other_axes_are_refused() -> None:
    waves = Waves(np.array([1.0, 2.0]), (0.0,), (1.0,), ("neumann",))
    with pytest.raises(DataError, match="waves along 2 axes for a"):
        family("darcy_smooth").problem.replace(given={"a": waves})
