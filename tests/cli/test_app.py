"""The command line as a whole: its help, its documentation, and how it fails."""

import importlib.util
import os
import subprocess
import sys
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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("runs", "--nosuch"), "No such option: --nosuch. See  tierscope runs --help"),
        (("token", "create", "x"), "Missing option '--scope'. Choose from: ingest, read, admin. See  tierscope token"),
        (("runs", "--last", "0"), "Invalid value for '--last': Input should be greater than or equal to 1. See"),
        (("tree", "no\nsuch\x1b[31m"), "no such [31m: there is no such file or folder."),
    ],
)
def test_words_that_make_no_command_are_one_line(words: tuple[str, ...], said: str, tierscope: Command) -> None:
    ended = tierscope(*words)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith(f"tierscope: {said}")


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        ("--help", 0),
        ("metrics --help", 0),
        ("tree", 0),
        ("tree --json", 0),
        ("runs", 0),
        ("metrics tier_completion --fail-on n>=1", 1),
    ],
)
def test_reader_that_leaves_early_changes_no_exit_code(words: str, exit_code: int, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "tierscope", *words.split()]
    ended = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert ended.returncode == exit_code
    assert "Error" not in ended.stderr


@pytest.mark.usefixtures("stored")
def test_terminal_that_lacks_letters_shows_the_rest_and_json_stays_whole(tierscope: Command) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert "?" in tierscope("runs", **ascii_only).stdout
    assert '"é.json"' in tierscope("import", "é.json", "--json", **ascii_only).stdout
