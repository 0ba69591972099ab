"""Settings come from defaults, a file and the environment, in rising order, and say where from."""

from pathlib import Path

import pytest

from tierscope.errors import SettingsError
from tierscope.instrumentation.settings import load_settings


def test_defaults_hold_where_nothing_is_set(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path, {})
    assert loaded.settings.store == Path("tierscope.duckdb")
    assert set(loaded.sources.values()) == {"default"}


def test_own_file_is_read_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tierscope]\nspawn_limit = 9\n")
    assert load_settings(tmp_path, {}).settings.spawn_limit == 9
    (tmp_path / "tierscope.toml").write_text("spawn_limit = 5\n")
    loaded = load_settings(tmp_path, {})
    assert loaded.settings.spawn_limit == 5
    assert loaded.sources["spawn_limit"] == str(tmp_path / "tierscope.toml")


def test_environment_outranks_the_file(tmp_path: Path) -> None:
    (tmp_path / "tierscope.toml").write_text("spawn_limit = 5\nproject = 'research'\n")
    loaded = load_settings(tmp_path, {"TIERSCOPE_SPAWN_LIMIT": "7"})
    assert (loaded.settings.spawn_limit, loaded.settings.project) == (7, "research")
    assert loaded.sources["spawn_limit"] == "TIERSCOPE_SPAWN_LIMIT"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spawn_limt = 5", "has an unknown setting 'spawn_limt'; known are: alerts, capture_content,"),
        ("spawn_limit = -1", "setting 'spawn_limit' = -1 does not fit: Input should be greater than or equal to 0."),
        ("spawn_limit = ", "cannot be read as TOML"),
    ],
)
def test_mistake_in_the_file_names_file_and_setting(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "tierscope.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path, {})
    assert str(raised.value).startswith(str(file))
    assert message in str(raised.value)


def test_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^TIERSCOPE_SPAWN_LIMIT: setting 'spawn_limit' = 'many' does not fit"):
        load_settings(tmp_path, {"TIERSCOPE_SPAWN_LIMIT": "many"})


def test_unknown_setting_of_a_convention_names_those_that_a_convention_has(tmp_path: Path) -> None:
    (tmp_path / "tierscope.toml").write_text('[[tiers.conventions]]\nname = "hive"\nagent_spam = "bee .*"\n')
    with pytest.raises(
        SettingsError, match=r"\.0\.agent_spam'; known are: agent_attribute, agent_span, critical_pattern"
    ):
        load_settings(tmp_path, {})


def test_convention_by_which_no_agent_can_be_found_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tierscope.toml").write_text('[[tiers.conventions]]\nname = "hive"\nmodel_span = "llm .*"\n')
    with pytest.raises(SettingsError, match="needs agent_attribute or agent_span"):
        load_settings(tmp_path, {})
