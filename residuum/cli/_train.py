"""``residuum train``: a recipe and a data set to a surrogate in a file."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from residuum.cli import _console
from residuum.cli._exit_codes import code_of
from residuum.cli._options import read_budget, read_setting
from residuum.cli._values import look_up, read_options

if TYPE_CHECKING:
    from residuum._core import Checkpoint
    from residuum.datasets import Samples
    from residuum.learning import Trainer
    from residuum.methods import Surrogate


@dataclass(frozen=True)
class Learn:
    """How it is trained."""

    set: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", parser=read_setting, help="Option of the recipe."),
    ] = None
    train: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            parser=read_setting,
            help="Option of the training: epochs, batch, rate, schedule, cycle, … Repeatable.",
        ),
    ] = None
    rule: Annotated[
        str | None,
        typer.Option(help="How slopes are found, by name; its options by --train rule.KEY=VALUE."),
    ] = None
    memory: Annotated[
        str | None,
        typer.Option(help="What is kept for gradients: stored, checkpoints or reversible."),
    ] = None
    past: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="What RECIPE, a surrogate, answers for it is to stay."),
    ] = None
    budget: Annotated[
        float | None,
        typer.Option(metavar="TIME", parser=read_budget, help="Most wall time: 60s, 2m, 120."),
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Whole number all randomness comes from.")] = 7
    problem: Annotated[
        str | None,
        typer.Option(help="Member of the family, where the data set does not say its statement."),
    ] = None


@dataclass(frozen=True)
class Together:
    """Processes that train together: the same command in each, or under a cluster's launcher."""

    cluster: Annotated[
        bool, typer.Option("--cluster", help="Ask the launcher (SLURM, Open MPI, …) for the rest.")
    ] = False
    coordinator: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Address of process 0.")
    ] = None
    processes: Annotated[int | None, typer.Option(min=1, help="How many processes.")] = None
    process: Annotated[int | None, typer.Option(min=0, help="Number of this one, from 0.")] = None


def train(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Operator or floor, by name; or FILE.rss.")
    ],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder or file of samples.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE.rss", help="The surrogate.")],
    learn: Learn,
    together: Together,
    log: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Loss by epoch.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")] = False,
) -> None:
    """Train an operator on solved members of a family, and keep it with a picture of its loss.

    Ctrl-C ends it with the best weights so far. The same command goes on with a training that was
    stopped or killed, to exactly the same weights: its state is beside the surrogate, in .ckpt.
    """
    _join(together)
    import jax  # takes a while to import

    from residuum._core import Checkpoint
    from residuum._train import train as run

    made = _made(recipe, learn.set)
    trainer = _remembering(_trainer(learn, log), made, learn)
    samples = read_samples(data)
    first = jax.process_index() == 0
    begun = run(
        made,
        samples,
        trainer,
        problem=None if learn.problem is None else _member(learn.problem),
        budget=learn.budget,
        key=learn.seed,
        progress=False if quiet or not first else None,
        checkpoint=_kept(Checkpoint, made, out),
    )
    if not first:
        raise typer.Exit(0)
    files = _written(begun, out)
    fitted, held = trainer.split(samples, learn.seed)
    rows = _rows(begun, samples, fitted, held)
    if json:
        _console.say_json({**dict(rows), "files": files})
    elif not quiet:
        _console.say_rows([*rows, *files.items()])
    raise typer.Exit(0 if begun.training is None else code_of(begun.training.result))


def _join(together: Together) -> None:
    if together.cluster or together.coordinator is not None:
        from residuum.learning import join

        join(together.coordinator, together.processes, together.process)


def recipes() -> dict[str, type[Any]]:
    """Return every recipe of an operator, and every floor, by name."""
    import residuum.operators as operators  # imports JAX

    kinds = (operators.OperatorArchitecture, operators.Floor, operators.RecipeAround)
    found = [getattr(operators, name) for name in operators.__all__]
    named = [k for k in found if isinstance(k, type) and issubclass(k, kinds) and k not in kinds]
    return {kind.name: kind for kind in named}


def _made(name: str, settings: list[str] | None) -> Any:
    """Return a recipe, or the surrogate in a file, whose training goes on."""
    if Path(name).suffix == ".rss":
        from residuum._core import OptionError
        from residuum.methods import load_surrogate

        if settings:
            raise OptionError("no --set for a surrogate", ", ".join(settings), "Leave it out.")
        return load_surrogate(Path(name))
    kind = look_up("recipe", name, recipes())
    return kind(**read_options(kind, _pairs(settings)))


def _pairs(settings: list[str] | None) -> dict[str, str]:
    parts = [item.partition("=") for item in settings or ()]
    return {key.strip().replace("-", "_"): text.strip() for key, _, text in parts}


def _trainer(learn: Learn, log: Path | None) -> Trainer:
    from residuum.learning import CSV, Trainer

    given, inner = _pairs(learn.train), dict[str, str]()
    for key in [key for key in given if key.startswith("rule.")]:
        inner[key.removeprefix("rule.")] = given.pop(key)
    words = {"rule": learn.rule, "memory": learn.memory}
    named = {key: word for key, word in words.items() if word is not None}
    made = Trainer(
        **{
            **read_options(Trainer, given, "--train {}=VALUE"),
            **read_options(Trainer, named, "--{} NAME"),
        }
    )
    if inner:
        made = dataclasses.replace(made, rule=_ruled(made.rule, inner))
    return made if log is None else dataclasses.replace(made, loggers=(CSV(log),))


def _remembering(trainer: Trainer, made: Any, learn: Learn) -> Trainer:
    """Return the trainer whose steps leave alone what a surrogate answers for past samples."""
    if learn.past is None:
        return trainer
    from residuum._core import OptionError
    from residuum.learning import OrthogonalProjection
    from residuum.methods import Surrogate

    if not isinstance(made, Surrogate):
        raise OptionError("a surrogate to go on with, for --past", "a recipe", "Give FILE.rss.")
    inputs = read_samples(learn.past).inputs
    held = OrthogonalProjection().past(made.operator, inputs, key=learn.seed)
    return dataclasses.replace(trainer, projection=held)


def _ruled(rule: Any, settings: dict[str, str]) -> Any:
    from residuum._core import OptionError

    if rule is None:
        raise OptionError("a rule whose options are set", "none", "Name it by --rule.")
    read = read_options(rule, settings, "--train rule.{}=VALUE")
    return dataclasses.replace(rule, **read)


def _kept(kind: type[Checkpoint], made: Any, out: Path) -> Checkpoint | None:
    from residuum.operators import Floor

    return None if isinstance(made, Floor) else kind(out.with_suffix(".ckpt"))


def _member(name: str) -> Any:
    from residuum.cli._problems import pose

    return pose(name).problem


def read_samples(path: Path) -> Samples:
    """Return the samples of a folder that ``make_data`` wrote, or of a file of samples."""
    import residuum.datasets as datasets  # imports JAX
    from residuum._core import FileError

    if path.is_dir():
        reader = getattr(datasets, "read_data", None)
        if reader is None:
            raise FileError("a file of samples", f"the folder {path}", "Read it from Python.")
        found: Samples = reader(path)
        return found
    return datasets.load_samples(path)


def _written(found: Surrogate, out: Path) -> dict[str, str]:
    files = {"surrogate": str(found.save(out))}
    if found.training is not None:
        picture = out.with_suffix(".png")
        found.training.plot(picture)
        files["picture"] = str(picture)
    return files


def _rows(
    found: Surrogate, samples: Samples, fitted: Samples, held: Samples | None
) -> list[tuple[str, str]]:
    """Return what is known of the training, the floors beside it."""
    from residuum.methods._breakeven import in_words
    from residuum.operators import apply, floors

    shape = "×".join(map(str, samples.shape))
    rows = [("recipe", found.title), ("samples", f"{len(samples)} on {shape}")]
    if found.training is not None:
        training = found.training
        rows += [
            ("result", f"{training.result.code}: {training.reason}"),
            ("validation", f"{training.validation:.3g} after {len(training.losses)} steps"),
            ("weights", f"{training.record.unknowns:,}"),
            ("seconds", f"{training.seconds:.3g}"),
        ]
    if held is not None and found.training is not None:
        table = (f"{row.name} {row.error:.3g}" for row in floors(fitted, held).values())
        rows.append(("floors", ", ".join(table) + " on the same samples"))
    apply(found.operator, samples.inputs[:1])
    begun = time.perf_counter()
    apply(found.operator, samples.inputs[:1])
    spent = time.perf_counter() - begun
    words = in_words(found.invested, found.seconds.get("classical", float("nan")), spent)
    rows.append(("breakeven", words.removeprefix("breakeven: ") + ", certificate not counted"))
    return rows
