"""Options that several commands take together, each command as the one value that is built of them."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., None]


def taking(parameter: str, build: Callable[..., object]) -> Callable[[Command], Command]:
    """Give a command the options of a group in the place of one of its parameters.

    Args:
        parameter: its name; the command is called with what ``build`` returned.
        build: makes the value, or raises InputError. Its own parameters are the options, with annotations and defaults
            as typer reads them.

    Returns:
        A decorator; it returns the function for typer to call.
    """
    added = _read_parameters(build, "return")

    def decorate(command: Command) -> Command:
        @wraps(command)
        def call(**given: Any) -> None:  # noqa: ANN401 - whatever the command's own options hold
            chosen = {one.name: given.pop(one.name) for one in added}
            command(**given, **{parameter: build(**chosen)})

        listed = [
            each for own in _read_parameters(command, parameter) for each in (added if own.name == parameter else [own])
        ]
        call.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]  # what typer reads
        call.__annotations__ = {one.name: one.annotation for one in listed}
        return call

    return decorate


def _read_parameters(function: Callable[..., object], unread: str) -> list[inspect.Parameter]:
    """Parameters by keyword, annotations as types; ``unread`` is one whose type is not loaded before it is needed."""
    hints = get_type_hints(function, localns={function.__annotations__[unread]: object}, include_extras=True)
    return [
        one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for one in inspect.signature(function).parameters.values()
    ]
