"""What a file is that holds no traces, so that a message can name it."""

from typing import Final

__all__ = ["name_kind"]

_MAGIC: Final = (
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive, or an Office document"),
    (0, b"\x89PNG\r\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (8, b"DUCK", "a DuckDB database (a store is named with --store)"),
    (257, b"ustar", "a tar archive"),
)
"""Position, bytes there, and what begins so."""
_TEXTS: Final = {
    ".csv": "a CSV table",
    ".html": "an HTML page",
    ".md": "Markdown",
    ".yaml": "YAML",
    ".yml": "YAML",
}
_LAYOUT: Final = b"\t\n\r\f"


def name_kind(head: bytes, suffix: str) -> str | None:
    """Name what a file is, for people.

    Args:
        head: its first bytes, some thousand of them; text as UTF-8.
        suffix: ending of its name, such as ``.csv``; it tells texts apart.

    Returns:
        Such as ``a PDF document``; None where it is nothing that is known here.
    """
    for place, magic, kind in _MAGIC:
        if head[place : place + len(magic)] == magic:
            return kind
    if any(byte < 0x20 and byte not in _LAYOUT for byte in head):
        return None
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a letter is cut in two
            return None
    return _TEXTS.get(suffix.lower(), "plain text")
