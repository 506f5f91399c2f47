"""The command line: one file per subcommand. The only door where names are strings."""

from residuum.cli._app import main

__all__ = ["main"]
