"""What spans hold of people and secrets, taken out before anything is written.

``Redactor`` changes spans on their way into the spool; ``content_names`` tells what is content by an attribute's name,
``detectors`` finds personal data and secrets in any text. What it does is set by ``RedactionSettings``.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.instrumentation.redaction.function import RedactFunction
    from tierscope.instrumentation.redaction.redactor import Redactor, make_redactor
    from tierscope.instrumentation.redaction.settings import RedactionSettings

__all__ = ["RedactFunction", "RedactionSettings", "Redactor", "make_redactor"]

__getattr__ = names_from(
    __name__,
    {
        "RedactFunction": "function",
        "RedactionSettings": "settings",
        "Redactor": "redactor",
        "make_redactor": "redactor",
    },
)
