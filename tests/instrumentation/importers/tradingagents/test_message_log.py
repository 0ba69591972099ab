"""The message log is cut into sessions, with a full time per message."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tierscope.instrumentation.importers.tradingagents.message_log import LogLine, read_sessions

MIDNIGHT = datetime(2026, 2, 3, tzinfo=UTC)


def _at(hour: int, minute: int, second: int, day: int = 3) -> int:
    return int(datetime(2026, 2, day, hour, minute, second, tzinfo=UTC).timestamp()) * 1_000_000_000


def test_each_start_of_the_program_is_a_session() -> None:
    log = [
        "10:00:00 [System] Selected ticker: XYZ",
        "10:00:01 [Reasoning] XYZ",
        "11:00:00 [System] Selected ticker: XYZ",
        "11:00:02 [Tool Call] get_news(ticker=XYZ)",
    ]
    assert read_sessions(log, MIDNIGHT) == [
        [
            LogLine(_at(10, 0, 0), "System", "Selected ticker: XYZ"),
            LogLine(_at(10, 0, 1), "Reasoning", "XYZ"),
        ],
        [
            LogLine(_at(11, 0, 0), "System", "Selected ticker: XYZ"),
            LogLine(_at(11, 0, 2), "Tool Call", "get_news(ticker=XYZ)"),
        ],
    ]


def test_line_without_a_time_belongs_to_the_message_before() -> None:
    log = ["no message yet", "10:00:00 [Reasoning] first", "  | a table |", "25:00:00 [Reasoning] is no time"]
    assert read_sessions(log, MIDNIGHT) == [
        [LogLine(_at(10, 0, 0), "Reasoning", "first | a table | 25:00:00 [Reasoning] is no time")]
    ]


def test_time_that_goes_back_is_of_the_next_day() -> None:
    log = ["23:59:58 [Reasoning] late", "00:00:03 [Reasoning] early", "00:00:03 [Reasoning] same"]
    assert [line.at_ns for line in read_sessions(log, MIDNIGHT)[0]] == [
        _at(23, 59, 58),
        _at(0, 0, 3, day=4),
        _at(0, 0, 3, day=4),
    ]


@given(st.lists(st.text()))
def test_any_log_is_read_and_times_never_go_back(lines: list[str]) -> None:
    timed = [f"{index % 24:02d}:00:00 [Reasoning] {line}" if index % 3 else line for index, line in enumerate(lines)]
    times = [line.at_ns for session in read_sessions(timed, MIDNIGHT) for line in session]
    assert times == sorted(times)
