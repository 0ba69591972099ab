"""The queries of this package, each a file in ``metrics/queries`` named for what it returns."""

from functools import cache
from pathlib import Path
from typing import Final

QUERIES: Final = Path(__file__).resolve().parent / "queries"


@cache
def load_query(name: str) -> str:
    """Text of ``queries/<name>.sql``.

    Raises:
        FileNotFoundError: there is no such query.
    """
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
