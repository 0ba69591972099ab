"""A commented suite to start from."""

from pathlib import Path
from typing import Final

__all__ = ["render_template"]

_TEMPLATE: Final = Path(__file__).resolve().parent / "template.yaml"


def render_template(file: Path) -> str:
    """Text of a suite that runs as it is, on the bundled demo.

    Args:
        file: where it will stand, for the call in its first comment.
    """
    return _TEMPLATE.read_text(encoding="utf-8").replace("{file}", str(file))
