"""What spans hold of people and secrets, taken out before anything is written.

``Redactor`` changes spans on their way into the spool; ``content_names`` tells what is content by an attribute's name,
``detectors`` finds personal data and secrets in any text. What it does is set by ``RedactionSettings``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierscope.instrumentation.redaction.function import RedactFunction
    from tierscope.instrumentation.redaction.redactor import Redactor, make_redactor
    from tierscope.instrumentation.redaction.settings import RedactionSettings

__all__ = ["RedactFunction", "RedactionSettings", "Redactor", "make_redactor"]

_MODULES = {"RedactFunction": "function", "RedactionSettings": "settings"}


def __getattr__(name: str) -> object:
    """Load a name's module when it is first asked for: reading settings needs no Arrow."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'redactor')}"), name)
