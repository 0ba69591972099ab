"""Writes docs/commands.md from --help, by ``python docs/make_commands.py``."""

import subprocess
import sys
from pathlib import Path

from tierscope.cli._app import COMMANDS, load_command

PAGE = Path(__file__).parent / "commands.md"
TOP = """# Command reference

Made from `--help` by `python docs/make_commands.py`; a test holds it to what the commands print.
Exit codes: 0 done or passed; 1 a gate failed; 2 a mistake or unreadable input, in one line that says what to do;
3 could not judge, for want of data.
"""


def render() -> str:
    """The page as it should be."""
    parts = [TOP, _section([])]
    for name in COMMANDS:
        subcommands = sorted(getattr(load_command(name), "commands", {}))
        parts += [_section([name]), *(_section([name, sub]) for sub in subcommands)]
    return "\n".join(parts)


def _section(command: list[str]) -> str:
    printed = subprocess.run(
        [sys.executable, "-m", "tierscope", *command, "--help"],
        env={"TERMINAL_WIDTH": "100", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    body = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return (
        f"{'##' if len(command) < 2 else '###'} tierscope {' '.join(command)}".rstrip() + f"\n\n```text\n{body}\n```\n"
    )


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
