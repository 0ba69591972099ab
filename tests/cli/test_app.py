"""The command line as a whole: its help, its documentation, and how it fails."""

import importlib.util
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tierscope.cli._app import COMMANDS, load_command

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_command_reference_is_what_help_prints() -> None:
    spec = importlib.util.spec_from_file_location("make_commands", DOCS / "make_commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "commands.md").read_text() == module.render(), "run: python docs/make_commands.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_listed_summary_is_the_first_line_of_the_commands_own_help(name: str) -> None:
    first_line = str(load_command(name).help).strip().splitlines()[0]
    assert first_line == COMMANDS[name][1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example(name: str) -> None:
    command = load_command(name)
    commands = getattr(command, "commands", {}).values() or [command]
    assert all("Example:" in (one.epilog or "") or hasattr(one, "commands") for one in commands)


def test_version_and_settings_are_printed(tierscope: Command) -> None:
    assert tierscope("--version").stdout.startswith("tierscope ")
    assert "TIERSCOPE_PROJECT" in tierscope("--show-settings", TIERSCOPE_PROJECT="x").stdout


def test_misspelt_command_names_the_nearest(tierscope: Command) -> None:
    ended = tierscope("rnus")
    assert ended.returncode == 2
    assert "Did you mean 'runs'?" in ended.stderr


def test_bad_setting_is_one_line(tierscope: Command) -> None:
    ended = tierscope("runs", TIERSCOPE_SPAWN_LIMIT="many")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("tierscope: TIERSCOPE_SPAWN_LIMIT: setting 'spawn_limit' = 'many' does not fit")
