"""Printing: tables and trees for people, JSON for programs, one progress bar for long work."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from tierscope.instrumentation.settings import LoadedSettings


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to who prints; rich ends the process with the exit code of a gate that failed."""
        raise BrokenPipeError


console = _Console(highlight=False, soft_wrap=False)
errors = _Console(stderr=True, highlight=False)


def print_json(value: object) -> None:
    """Print a value as indented JSON on standard output, whatever the terminal's width."""
    print_data(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")


def print_data(text: str) -> None:
    """Print what programs read: in UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def safe(text: str, limit: int | None = None) -> Text:
    """Recorded text as it may be shown: no markup, no control characters, no more than a limit.

    Args:
        text: what some agent wrote; it may hold escape sequences meant for the terminal.
        limit: longest length in characters, with an ellipsis for the rest; whole where None.
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    if limit is not None and len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return Text(shown)


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str | None = None, note: str | None = None
) -> None:
    """Print a table as wide as the terminal; columns that do not fit are left out, and named below it.

    Args:
        columns: headings.
        rows: cells as they should read; Text is taken as it is, anything else by ``str``.
        title: what the table holds.
        note: a sentence below it.
    """
    cells = [[cell if isinstance(cell, Text) else safe(str(cell)) for cell in row] for row in rows]
    widths = _fit([(column, [row[index] for row in cells]) for index, column in enumerate(columns)], console.width)
    notes = [note] if note else []
    if len(widths) < len(columns):
        notes.append(f"not shown for want of width: {', '.join(columns[len(widths) :])}")
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, width in enumerate(widths):
        numeric = all(_reads_as_number(row[index].plain) for row in cells)
        table.add_column(columns[index], justify="right" if numeric else "left", width=width, overflow="fold")
    for row in cells:
        table.add_row(*row[: len(widths)])
    console.print(table)
    for line in notes:
        console.print(Text(line, style="dim"))


_PADDING = 2
_NAMES_WRAP_FROM = 20
"""Cells longer than this may be broken between words; numbers, times and ids are shorter."""
_PROSE_WIDTH = 30
"""A column of texts longer than this may be folded down to it."""


def _fit(columns: Sequence[tuple[str, Sequence[Text]]], width: int) -> list[int]:
    """Widths of as many columns as can be read side by side, at least one; the first take what room is left."""
    narrowest = [_narrowest(heading, cells) for heading, cells in columns]
    fitting = len(columns)
    while fitting > 1 and sum(narrowest[:fitting]) + _PADDING * (fitting - 1) > width:
        fitting -= 1
    widths = narrowest[:fitting]
    spare = width - sum(widths) - _PADDING * (fitting - 1)
    for index, (heading, cells) in enumerate(columns[:fitting]):
        wanted = max(len(heading), *(cell.cell_len for cell in cells)) if cells else len(heading)
        taken = max(0, min(spare, wanted - widths[index]))
        widths[index] += taken
        spare -= taken
    return widths


def _narrowest(heading: str, cells: Sequence[Text]) -> int:
    """Fewest characters in which a column can still be read: names may break between words, prose into a paragraph."""
    words = heading.split()
    widest = max((cell.cell_len for cell in cells), default=0)
    if widest > _NAMES_WRAP_FROM:
        words += [word for cell in cells for word in cell.plain.split()]
        return min(_PROSE_WIDTH, max(len(word) for word in words)) if widest <= _PROSE_WIDTH else _PROSE_WIDTH
    return max(widest, max(len(word) for word in words))


_NUMBER = re.compile(r"-?\$?\d[\d,.:e-]*( ?[a-z%²]{1,3}( \d+ [a-z]{1,3})?)?")


def _reads_as_number(text: str) -> bool:
    return text == "—" or _NUMBER.fullmatch(text) is not None


@contextmanager
def progress_bar(description: str) -> Generator[Callable[[int, int], None]]:
    """A progress bar on standard error, gone when the work is done; silent where that is no terminal.

    Args:
        description: what is being done.

    Yields:
        A function to call with (done, total).
    """
    if not errors.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    )
    with bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_settings(loaded: LoadedSettings) -> None:
    """Print every setting, its value and where it came from."""
    print_table(
        ["setting", "value", "from"],
        [[name, safe(str(getattr(loaded.settings, name))), source] for name, source in sorted(loaded.sources.items())],
    )
