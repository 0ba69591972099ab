"""A metric's own options, as they are written on a command line or in a suite."""

import json
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from tierscope.errors import InputError
from tierscope.metrics.metric import Metric

__all__ = ["explain_misfit", "option_names", "read_options"]

_OF_PROGRAMS = "progress"
"""An option that is a function, which nobody can write down."""


def option_names(metric: Metric) -> list[str]:
    """Options of a metric that can be written down."""
    return [name for name in metric.options if name != _OF_PROGRAMS]


def explain_misfit(metric: Metric, name: str, value: object) -> str | None:
    """Why an option of a metric cannot have a value; None where it can.

    Args:
        metric: whose ``function`` says by its annotations what its options hold.
        name: one of ``option_names``.
        value: as YAML or JSON has it.
    """
    adapter: TypeAdapter[object] = TypeAdapter(get_type_hints(metric.function)[name])
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except TypeError:
        return "it is a date or the like: put it in quotes"
    except ValidationError as error:
        return _tell(error)
    return None


def read_options(metric: Metric, texts: list[tuple[str, str]]) -> dict[str, Any]:
    """Values of those options that a metric has.

    Args:
        metric: whose ``function`` says by its annotations what its options hold.
        texts: names and values; a value is a text where the option holds one, else JSON such as ``3`` or
            ``{"filings": 2}``.

    Returns:
        Name -> value; names that the metric does not have are left out.

    Raises:
        InputError: a value does not fit its option.
    """
    hints = get_type_hints(metric.function)
    known = option_names(metric)
    return {name: _read(metric, name, text, hints[name]) for name, text in texts if name in known}


def _read(metric: Metric, name: str, text: str, hint: Any) -> object:  # noqa: ANN401 - any annotation
    if hint is str or str in get_args(hint):
        return text
    try:
        adapter: TypeAdapter[object] = TypeAdapter(hint)
        return adapter.validate_json(text)
    except ValidationError as error:
        raise InputError(
            f"Option '{name}' of metric '{metric.name}' ({metric.options[name]}) cannot be '{text}': {_tell(error)}."
        ) from error


def _tell(error: ValidationError) -> str:
    return "; ".join(one["msg"] for one in error.errors()[:3])
