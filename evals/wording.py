"""The lines below a check's reason: rows that broke the expectation, and what was lost where."""

from collections.abc import Iterator

from tierscope.evals.results import CheckResult, Loss, RowResult
from tierscope.metrics.format import format_value

__all__ = ["describe_details"]

_SHOWN_ROWS = 10
_SHOWN_CHARACTERS = 200


def describe_details(check: CheckResult) -> list[str]:
    """Lines that name what stands behind a check that did not pass.

    Args:
        check: any result.

    Returns:
        Rows first, then lost signals with the agent that had them, the hop and the agent that lost them. Recorded text
        is shortened and otherwise as it was recorded: the caller makes it safe for its medium.
    """
    return [*_describe_rows(check), *_describe_losses(check)]


def _describe_rows(check: CheckResult) -> Iterator[str]:
    if len(check.rows) < 2:
        return  # the reason names it already
    for row in check.rows[:_SHOWN_ROWS]:
        yield f"{_spell_key(row)}: {format_value(row.value, check.unit)}{_spell_n(row)}, {row.outcome}"
    if len(check.rows) > _SHOWN_ROWS:
        yield f"showing {_SHOWN_ROWS} of {len(check.rows)} rows"


def _describe_losses(check: CheckResult) -> Iterator[str]:
    for loss in check.losses:
        yield describe_loss(loss)
    if check.losses_left_out:
        total = len(check.losses) + check.losses_left_out
        yield f"showing {len(check.losses)} of {total} lost signals"


def describe_loss(loss: Loss) -> str:
    """One lost signal in one line: its text, who had it, and where it was lost."""
    critical = "critical signal " if loss.critical else ""
    where = f"at {loss.lost_at}" if loss.lost_at else "on the way up"
    hop = f" (tier {loss.hop})" if loss.hop else ""
    return f"{critical}{loss.verdict} {where}{hop}: “{_shorten(loss.text)}”, from {loss.from_agent}"


def _spell_key(row: RowResult) -> str:
    return ", ".join(f"{name} {format_value(value)}" for name, value in row.key.items()) or "all"


def _spell_n(row: RowResult) -> str:
    return "" if row.n is None else f" (n = {format_value(row.n)})"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1]}…"
