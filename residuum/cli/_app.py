"""The application: its commands, its global options, and where errors become sentences.

Nothing heavy is imported here: ``residuum --help`` answers at once.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from residuum.cli import _process
from residuum.cli._compare import compare
from residuum.cli._console import say, warn
from residuum.cli._convert import convert
from residuum.cli._data import data
from residuum.cli._diagnose import diagnose
from residuum.cli._doctor import doctor
from residuum.cli._exit_codes import ExitCode, epilog
from residuum.cli._list import listing
from residuum.cli._options import flattened
from residuum.cli._refine import refine
from residuum.cli._show import show
from residuum.cli._solve import solve
from residuum.cli._train import train
from residuum.cli._verify import verify

DEBUG = "--debug"


class Commands(TyperGroup):
    """The subcommands, inside one frame that turns every error into a sentence and an exit code."""

    debug = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; ``--debug`` counts wherever it stands."""
        self.debug = DEBUG in args
        rest = [item for item in args if item != DEBUG]
        return super().parse_args(ctx, [DEBUG, *rest] if self.debug else rest)

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand; what Ctrl-C stops outside a solve has no answer to keep."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            warn("interrupted")
            raise typer.Exit(ExitCode.INTERRUPTED) from None

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and leave the process with the exit code."""
        extra["standalone_mode"] = False
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                code = super().main(*args, **extra)
        except (typer.Abort, KeyboardInterrupt):
            code = ExitCode.INTERRUPTED
        except Exception as error:
            code = self._explained(error)
        sys.exit(int(code) if isinstance(code, int) else ExitCode.OK)

    def _explained(self, error: Exception) -> ExitCode:
        if self.debug:
            warn(traceback.format_exc().rstrip())
        if hasattr(error, "format_message"):
            # Newer versions of Typer put a word of their checking library in front.
            text = str(error.format_message()).replace("Value error, ", "").rstrip(". ")
            warn(f"error: {text}.{_hint(error)}")
            return ExitCode.USAGE
        if _is_wrong_use(error):
            warn(f"error: {error}")
            return ExitCode.USAGE
        if isinstance(error, OSError) and error.strerror:
            what = f" {error.filename}" if error.filename else ""
            warn(f"error: cannot use the file or folder{what}: {error.strerror.lower()}.")
            return ExitCode.USAGE
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        again = "" if self.debug else f"; run again with {DEBUG} to see where"
        warn(f"error inside Residuum: {what}{again}.")
        return ExitCode.INTERNAL


def _is_wrong_use(error: Exception) -> bool:
    from residuum._core import ResiduumError  # imports JAX

    return isinstance(error, ResiduumError)


def _hint(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return "" if context is None else f" See {context.command_path} --help."


def _show_warning(message: Warning | str, *place: Any, **more: Any) -> None:
    """Show a warning as a line without the place in the code, which is ours and not the user's."""
    warn(f"warning: {message}")


app = typer.Typer(
    name="residuum",
    cls=Commands,
    help="Pose a physical problem once. Solve it with anything. Know the error.",
    epilog=epilog(),
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("solve")(flattened(solve))
app.command("compare")(flattened(compare))
app.command("verify")(verify)
app.command("refine")(flattened(refine))
app.command("convert")(convert)
app.command("show")(flattened(show))
app.command("diagnose")(diagnose)
app.command("train")(flattened(train))
app.add_typer(data)
app.command("list")(listing)
app.command("doctor")(doctor)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import PackageNotFoundError, version  # only where asked for

        try:
            say(f"residuum {version('residuum')}")
        except PackageNotFoundError:
            say("residuum (source tree, not installed)")
        raise typer.Exit(ExitCode.OK)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error.")] = False,
) -> None:
    """Prepare the process; without a subcommand, show the help."""
    _process.prepare()
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line: the entry point ``residuum``."""
    app(prog_name="residuum")
