"""A user's own function among the redactors."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeAlias, cast

from tierscope.errors import SettingsError

__all__ = ["RedactFunction", "load_function"]

RedactFunction: TypeAlias = Callable[[str, str], str | None]
"""Given a value's name (``gen_ai.input.messages.0.content``) and text: the text to store, or None to take it out."""


def load_function(path: str) -> RedactFunction:
    """Import the function that the settings name.

    Args:
        path: ``module:function``; the module may lie in the working folder.

    Raises:
        SettingsError: there is no such module, or no such function in it.
    """
    module_name, _, name = path.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:  # a console script's path begins with its own folder, not with where it is run
        sys.path.append(here)
    try:
        function: object = getattr(import_module(module_name), name)
    except Exception as error:  # a user's module may raise anything while it is imported
        raise SettingsError(
            f"setting 'redaction.function' = {path!r} cannot be imported ({type(error).__name__}: {error}): "
            "name it as module:function, in a module that Python finds."
        ) from error
    if not callable(function):
        raise SettingsError(f"setting 'redaction.function' = {path!r} is not a function.")
    return cast("RedactFunction", function)
