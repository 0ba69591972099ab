"""A metric's own options, as they are written on a command line."""

from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from tierscope.errors import InputError
from tierscope.metrics.metric import Metric

__all__ = ["read_options"]

_OF_PROGRAMS = "progress"
"""An option that is a function, which nobody can write down."""


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
    known = {name for name in metric.options if name != _OF_PROGRAMS}
    return {name: _read(metric, name, text, hints[name]) for name, text in texts if name in known}


def _read(metric: Metric, name: str, text: str, hint: Any) -> object:  # noqa: ANN401 - any annotation
    if hint is str or str in get_args(hint):
        return text
    try:
        adapter: TypeAdapter[object] = TypeAdapter(hint)
        return adapter.validate_json(text)
    except ValidationError as error:
        told = "; ".join(one["msg"] for one in error.errors()[:3])
        raise InputError(
            f"Option '{name}' of metric '{metric.name}' ({metric.options[name]}) cannot be '{text}': {told}."
        ) from error
