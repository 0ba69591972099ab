"""What a model call costs: a dated price table, shipped as data and open to one's own."""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from tierscope.errors import UnreadableFileError

__all__ = ["Price", "PriceTable", "load_prices"]

BUNDLED: Final = Path(__file__).resolve().parent.parent / "datasets" / "model_prices.csv"

_REQUIRED: Final = {"model", "valid_from", "input_usd_per_mtok", "output_usd_per_mtok"}
_PREFIX: Final = re.compile(r"^(?:.*/)?(?:[a-z_-]+:)?(?:(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere)\.)?")
"""A provider or a path before the name, as in openai/gpt-4o, openai:gpt-4o or us.anthropic.claude-opus-4."""
_SUFFIX: Final = re.compile(r"[-@](?:20\d{2}-\d{2}-\d{2}|20\d{6}|latest)(?:-v\d+)?(?::\d+)?$")
"""The date of a snapshot behind the name, as in gpt-4o-2024-08-06 or claude-sonnet-4-20250514-v1:0."""


@dataclass(frozen=True, slots=True, order=True)
class Price:
    """What a model's tokens cost from a day on."""

    valid_from: date
    input_usd_per_mtok: float
    """US dollars per million input tokens."""
    output_usd_per_mtok: float
    """US dollars per million output tokens."""

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """Cost of one call."""
        return (input_tokens * self.input_usd_per_mtok + output_tokens * self.output_usd_per_mtok) / 1e6


class PriceTable:
    """Prices of models over time.

    Args:
        prices: model name -> its prices, in any order.
    """

    def __init__(self, prices: Mapping[str, Iterable[Price]]) -> None:
        self._prices = {model: sorted(entries) for model, entries in prices.items()}

    def find(self, model: str, at_ns: int | None) -> Price | None:
        """The price of a model on a day.

        Args:
            model: the name as recorded; a provider's prefix and a snapshot's date may stand around it.
            at_ns: Unix time of the call; None for the latest price.

        Returns:
            The price, or None for a model that the table does not know, or did not yet know on that day.
        """
        prices = self._entries(model)
        if not prices:
            return None
        if at_ns is None:
            return prices[-1]
        day = datetime.fromtimestamp(at_ns / 1e9, UTC).date()
        index = bisect_right(prices, day, key=lambda price: price.valid_from)
        return prices[index - 1] if index else None

    def first_day(self, model: str) -> date | None:
        """The day from which on the model has a price; None for one that the table does not know."""
        prices = self._entries(model)
        return prices[0].valid_from if prices else None

    def _entries(self, model: str) -> list[Price]:
        return self._prices.get(model) or self._prices.get(_plain_name(model)) or []

    def replaced_by(self, other: "PriceTable") -> "PriceTable":
        """This table, with the models of another in place of its own."""
        return PriceTable({**self._prices, **other._prices})


def load_prices(path: Path | None = None) -> PriceTable:
    """Read the bundled price table, and one's own on top of it.

    Args:
        path: a CSV file with the columns model, valid_from (YYYY-MM-DD), input_usd_per_mtok and output_usd_per_mtok;
            a model in it replaces all rows of that model in the bundled table.

    Raises:
        UnreadableFileError: the file is missing or not such a table; names the line.
    """
    bundled = _load(BUNDLED)
    return bundled if path is None else bundled.replaced_by(_load(path))


def _load(path: Path) -> PriceTable:
    prices: dict[str, list[Price]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = _REQUIRED - set(rows.fieldnames or ())
            if missing:
                raise UnreadableFileError(f"price table {path} lacks the columns {', '.join(sorted(missing))}.")
            for row in rows:
                try:
                    prices.setdefault(row["model"], []).append(_price(row))
                except (TypeError, ValueError) as error:
                    raise UnreadableFileError(f"price table {path}, line {rows.line_num}: {error}.") from error
    except (OSError, UnicodeError, csv.Error) as error:
        raise UnreadableFileError(f"price table {path} cannot be read: {error}.") from error
    return PriceTable(prices)


def _price(row: Mapping[str, str]) -> Price:
    return Price(
        date.fromisoformat(row["valid_from"]), float(row["input_usd_per_mtok"]), float(row["output_usd_per_mtok"])
    )


def _plain_name(model: str) -> str:
    return _SUFFIX.sub("", _PREFIX.sub("", model.lower()))
