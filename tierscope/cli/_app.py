"""The ``tierscope`` command: finds the module of the command that was called, and turns errors into one line."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperCommand, TyperGroup

from tierscope import __version__
from tierscope.errors import NotEnoughDataError, TierscopeError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo", "Run the bundled research hierarchy, measure it, and open the dashboard on it."),
    "serve": ("serve", "Serve the dashboard on a store, and receive OTLP spans into it."),
    "collect": ("collect", "Receive OTLP spans into a store, without the dashboard."),
    "import": ("import_", "Read trace files and report folders into the store."),
    "tree": ("tree", "Show the agent tree of a file or of a stored run."),
    "runs": ("runs", "List and filter stored runs."),
    "metrics": ("metrics", "Compute metrics of stored runs."),
    "score": ("score", "Score your own pairs of texts for retention or distortion."),
    "eval": ("eval", "Check runs against a suite, and gate on the verdict."),
    "alerts": ("alerts", "Look at the alerts that go out, send what waits, and try the channels."),
    "approvals": ("approvals", "Answer what running agents ask people to approve."),
    "audit": ("audit", "Export a per-tier audit bundle, and verify one."),
    "store": ("store", "Look into the span store, and look after it."),
    "token": ("token", "Make and revoke the tokens that servers beyond loopback ask for."),
}
"""Command -> (module in this package, first line of its help)."""


_UsageError: Final = cast("type[typer.BadParameter]", typer.BadParameter.__base__)
"""What the library that typer carries inside raises for words that make no command."""


class _LazyGroup(TyperGroup):
    """Lists every command without importing it; imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - whatever typer hands over
        super().__init__(**attributes)
        for name, (_, summary) in COMMANDS.items():
            self.commands[name] = TyperCommand(name, help=summary)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own type is private
        """Names in the order in which a new user needs them."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's own type is private
        """Put the imported command in the place of its stub."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, load_command(str(name)), rest


def load_command(name: str) -> Any:  # noqa: ANN401 - a command of the library that typer carries inside
    """Import the module of one command.

    Args:
        name: a key of ``COMMANDS``.

    Returns:
        The command, or the group of commands.
    """
    module = import_module(f"tierscope.cli.{COMMANDS[name][0]}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


app = typer.Typer(
    cls=_LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(
    invoke_without_command=True,
    epilog="Settings: tierscope.toml or \\[tool.tierscope], then TIERSCOPE_*, then flags.",
)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Print every setting and where it came from, and stop.")
    ] = False,
) -> None:
    """Show where a multi-tier agent system loses time, money and information."""
    if version:
        print(f"tierscope {__version__}")
        raise typer.Exit
    if show_settings:
        from tierscope.cli._output import print_settings
        from tierscope.instrumentation.settings import load_settings

        print_settings(load_settings())
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process.

    Args:
        arguments: what follows ``tierscope``; those of the process where None.

    Raises:
        SystemExit: always. 0 done or passed, 1 a gate failed, 2 the user's mistake or unreadable input,
            3 could not judge, 130 interrupted.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="replace")  # where the terminal lacks a letter, the rest can still be read
    exit_code = _call(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output (head, less) has what it wanted; Python would try again at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(exit_code)


def _call(arguments: Sequence[str]) -> int:
    """Run a command, and say in one line what it could not do; returns the exit code."""
    try:
        with typer.main.get_command(app).make_context("tierscope", list(arguments)) as context:
            context.command.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except _UsageError as error:
        _explain_usage(error)
        return 2
    except TierscopeError as error:
        _explain(str(error))
        return 3 if isinstance(error, NotEnoughDataError) else 2
    except BrokenPipeError:
        return 0
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):  # so rich answers a reader who has left
            raise
        return 0
    return 0


def _explain_usage(error: typer.BadParameter) -> None:
    """Say what is wrong with the words of the call; a call without any has printed its help instead."""
    problem = " ".join(error.format_message().replace("Value error, ", "").split())
    if problem and error.ctx is not None:
        end = "" if problem.endswith((".", "?")) else "."
        _explain(f"{problem}{end} See  {error.ctx.command_path} --help")


def _explain(problem: str) -> None:
    """Print a problem as one line, whatever names of files it holds."""
    line = "".join(letter if letter.isprintable() else " " for letter in problem)
    print(f"tierscope: {line}", file=sys.stderr)
