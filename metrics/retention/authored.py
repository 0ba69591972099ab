"""Word lists that people wrote: YAML in ``data``."""

from pathlib import Path
from typing import Any, Final

import yaml

__all__ = ["load_authored"]

_DATA: Final = Path(__file__).parent / "data"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's is ten times as fast, and not in every build of PyYAML."""


def load_authored(name: str) -> dict[str, Any]:
    """Read one file of ``data``.

    Args:
        name: of the file, with its ending.
    """
    content: dict[str, Any] = yaml.load((_DATA / name).read_bytes(), Loader=_LOADER)  # noqa: S506 - a safe one
    return content
