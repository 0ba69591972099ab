"""Prices by model and day, and one's own table on top."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.prices import BUNDLED, Price, PriceTable, load_prices

HEADER = "model,valid_from,input_usd_per_mtok,output_usd_per_mtok\n"
OLD, NEW = Price(date(2024, 1, 1), 10.0, 30.0), Price(date(2025, 1, 1), 1.0, 3.0)
TABLE = PriceTable({"gpt-x": [NEW, OLD], "claude-y-4": [NEW]})


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e9)


def test_call_costs_what_was_valid_on_its_day() -> None:
    assert TABLE.find("gpt-x", ns("2024-12-31T23:59:59")) == OLD
    assert TABLE.find("gpt-x", ns("2025-01-01T00:00:00")) == NEW
    assert TABLE.find("gpt-x", ns("2023-12-31T00:00:00")) is None
    assert TABLE.find("gpt-x", None) == NEW


def test_cost_is_tokens_times_price_per_million() -> None:
    assert OLD.cost_usd(2_000_000, 500_000) == 35.0
    assert OLD.cost_usd(0, 0) == 0.0


@pytest.mark.parametrize(
    "name",
    [
        "gpt-x",
        "GPT-X",
        "openai/gpt-x",
        "openai:gpt-x",
        "models/gpt-x",
        "gpt-x-2024-08-06",
        "gpt-x-20240806",
        "gpt-x@20240806",
        "gpt-x-latest",
        "azure/eu/gpt-x-2024-08-06",
    ],
)
def test_provider_and_snapshot_around_a_name_do_not_matter(name: str) -> None:
    assert TABLE.find(name, None) == NEW


def test_bedrock_names_are_understood() -> None:
    assert TABLE.find("us.anthropic.claude-y-4-20250514-v1:0", None) == NEW


@pytest.mark.parametrize("name", ["", "gpt", "gpt-x-mini", "gpt-x2", "claude-y", "scripted"])
def test_other_models_have_no_price(name: str) -> None:
    assert TABLE.find(name, None) is None


def test_snapshot_with_a_price_of_its_own_keeps_it() -> None:
    table = PriceTable({"gpt-x": [NEW], "gpt-x-2024-08-06": [OLD]})
    assert table.find("gpt-x-2024-08-06", None) == OLD


def test_own_table_replaces_the_models_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(HEADER + "gpt-4o,2020-01-01,7,8\nmy-model,2020-01-01,1,2\n")
    prices = load_prices(path)
    assert prices.find("gpt-4o", None) == Price(date(2020, 1, 1), 7.0, 8.0)
    assert prices.find("my-model", None) == Price(date(2020, 1, 1), 1.0, 2.0)
    assert prices.find("gpt-4o-mini", None) == load_prices().find("gpt-4o-mini", None) is not None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "lacks the columns input_usd_per_mtok, model, output_usd_per_mtok, valid_from"),
        (HEADER + "a,2024-01-01,1,2\nb,soon,1,2\n", "line 3: Invalid isoformat string: 'soon'"),
        (HEADER + "a,2024-01-01,cheap,2\n", "line 2: could not convert string to float: 'cheap'"),
        (HEADER + "a,2024-01-01\n", "line 2: "),
    ],
)
def test_broken_table_is_named_with_the_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(content)
    with pytest.raises(UnreadableFileError, match=reason):
        load_prices(path)
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        load_prices(tmp_path / "nowhere.csv")


def test_bundled_table_has_one_row_per_model_and_day_each_with_a_source() -> None:
    with BUNDLED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["model"], row["valid_from"]) for row in rows}) == len(rows) > 20
    assert all(row["source"].startswith("https://") for row in rows)
    assert all(0 < float(row["input_usd_per_mtok"]) < float(row["output_usd_per_mtok"]) for row in rows)
    assert [row["model"] for row in rows] == sorted(row["model"] for row in rows)


def test_first_day_of_a_price_is_known_apart_from_models_without_one() -> None:
    assert TABLE.first_day("openai/gpt-x") == date(2024, 1, 1)
    assert TABLE.first_day("homegrown") is None


def test_bundled_prices_are_dated_sourced_and_of_a_sane_size() -> None:
    with BUNDLED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["model"], row["valid_from"]) for row in rows}) == len(rows)
    for row in rows:
        given, answered = float(row["input_usd_per_mtok"]), float(row["output_usd_per_mtok"])
        assert 0 < given <= answered <= 200, row
        assert row["source"].startswith("https://"), row
