"""Settings: defaults, then ``tierscope.toml`` or ``[tool.tierscope]``, then ``TIERSCOPE_*``, in rising order.

Flags of the command line come last; they are arguments of the functions that they reach.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tierscope.errors import SettingsError
from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.instrumentation.redaction.settings import RedactionSettings
from tierscope.instrumentation.tiers.settings import TierSettings

__all__ = ["LoadedSettings", "Settings", "load_settings"]

ENVIRONMENT_PREFIX: Final = "TIERSCOPE_"
_SECTIONS: Final = frozenset({"alerts", "redaction", "tiers"})
"""Settings that have settings of their own; no environment variable holds them."""


class Settings(BaseModel):
    """Every setting, with its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: Path = Path("tierscope.duckdb")
    """The span store."""
    project: str | None = None
    """Recorded with every run."""
    version: str | None = None
    """Version of the system under observation, recorded with every run."""
    spawn_limit: int | None = Field(default=None, ge=0)
    """Deepest allowed tier where a run recorded none; the root is 0. Unset, 3 is assumed, and passing it is advice."""
    capture_content: bool = True
    """Whether what people, agents, models and tools said is stored, whoever recorded it."""
    lock_timeout_ms: int = Field(default=30_000, gt=0)
    """How long to wait for a store that another process holds."""
    max_spool_mib: int = Field(default=4096, gt=0)
    """Recorders and receivers take no more while this much waits to enter the database, lest it fill the disk."""
    run_abandoned_after_s: int = Field(default=3600, gt=0)
    """A run that is still running, but in which nothing happened for this long, is abandoned."""
    dashboard_port: int = Field(default=8501, gt=0, lt=65536)
    require_tokens: bool = False
    """Whether servers on loopback ask for tokens as well; beyond it they always do."""
    prices: Path | None = None
    """A price table that is looked at before the bundled one."""
    alerts: AlertSettings = AlertSettings()
    """Who is told what goes wrong in runs; see docs/alerts.md."""
    redaction: RedactionSettings = RedactionSettings()
    """What is taken out of spans before they are written; see docs/redaction.md."""
    tiers: TierSettings = TierSettings()
    """How agents are recognised in spans of one's own making; see docs/conventions.md."""

    @property
    def max_spool_bytes(self) -> int:
        """``max_spool_mib`` in bytes."""
        return self.max_spool_mib * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and where each came from."""

    settings: Settings
    sources: Mapping[str, str]
    """Setting -> ``default``, the file's path, or the environment variable's name."""


def load_settings(folder: Path | None = None, environment: Mapping[str, str] | None = None) -> LoadedSettings:
    """Read the settings that hold in a folder.

    Args:
        folder: where ``tierscope.toml`` or ``pyproject.toml`` is looked for; the working folder where None.
        environment: the process's where None.

    Returns:
        The settings and the source of each.

    Raises:
        SettingsError: a file that is not TOML, an unknown setting, or a value that does not fit.
    """
    environment = os.environ if environment is None else environment
    path, values = _load_file(Path() if folder is None else folder)
    sources = dict.fromkeys(values, str(path))
    for name in Settings.model_fields:
        variable = ENVIRONMENT_PREFIX + name.upper()
        if name not in _SECTIONS and variable in environment:
            values[name] = environment[variable]
            sources[name] = variable
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, sources)) from error
    return LoadedSettings(settings, {name: sources.get(name, "default") for name in Settings.model_fields})


def _load_file(folder: Path) -> tuple[Path, dict[str, Any]]:
    own = folder / "tierscope.toml"
    if own.is_file():
        return own, _parse(own)
    shared = folder / "pyproject.toml"
    if shared.is_file():
        return shared, dict(_parse(shared).get("tool", {}).get("tierscope", {}))
    return own, {}


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}.") from error


def _explain(error: ValidationError, sources: Mapping[str, str]) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    where = sources.get(str(first["loc"][0]), "settings")
    if first["type"] == "extra_forbidden":
        known = ", ".join(_known_at(first["loc"][:-1]))
        return f"{where} has an unknown setting '{name}'; known are: {known}."
    return f"{where}: setting '{name}' = {first['input']!r} does not fit: {first['msg']}."


def _known_at(location: Sequence[int | str]) -> list[str]:
    """Names of the settings in a table, by the way to it: the table's name, and its number where there are several."""
    model: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            kinds = [k for k in (annotation, *get_args(annotation)) if isinstance(k, type) and issubclass(k, BaseModel)]
            model = kinds[0]
    return sorted(model.model_fields)
