"""Token vectors on disk, addressed by the hash of the text and of the model: computed once, read ever after."""

import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["VectorCache", "default_cache_path", "text_key"]

_LOG = logging.getLogger(__name__)
_BUSY_TIMEOUT_S = 5.0
_KEYS_PER_QUERY = 500
"""SQLite's oldest limit on parameters of one statement is 999."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    key      BLOB PRIMARY KEY,
    payload  BLOB NOT NULL,
    added_at REAL NOT NULL
) WITHOUT ROWID
"""


def default_cache_path() -> Path:
    """Return ``$TIERSCOPE_CACHE_DIR/vectors.sqlite``, else the same file in the user's cache folder."""
    own = os.environ.get("TIERSCOPE_CACHE_DIR")
    if own:
        return Path(own) / "vectors.sqlite"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tierscope" / "vectors.sqlite"


def text_key(text: str, model_hash: str) -> bytes:
    """Address of a text's vectors: 16 bytes of BLAKE2b over model hash and text."""
    digest = hashlib.blake2b(model_hash.encode(), digest_size=16)
    digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.digest()


class VectorCache:
    """One SQLite file in write-ahead mode: several processes read and write it at once.

    A cache must never fail the work it speeds up: where the file cannot be used, a warning is logged once
    and everything counts as absent.

    Args:
        path: the file; its folder is made. Default: `default_cache_path`.
        limit_bytes: above this size the oldest quarter is dropped.
    """

    def __init__(self, path: Path | None = None, limit_bytes: int = 2_000_000_000) -> None:
        self.path = path or default_cache_path()
        """Where the cache lies."""
        self._limit_bytes = limit_bytes
        self._usable = True

    def load(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the payloads that are there, by key."""
        wanted = list(keys)
        found: dict[bytes, bytes] = {}
        if not self._usable or not self.path.is_file():
            return found
        try:
            with self._connect() as connection:
                for begin in range(0, len(wanted), _KEYS_PER_QUERY):
                    part = wanted[begin : begin + _KEYS_PER_QUERY]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, payload FROM vectors WHERE key IN ({marks})"  # noqa: S608 only marks
                    found.update(connection.execute(query, part))
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
        return found

    def save(self, payloads: Mapping[bytes, bytes]) -> None:
        """Add payloads; a key that another process added meanwhile stays as it is."""
        if not self._usable or not payloads:
            return
        now = time.time()
        rows = [(key, payload, now) for key, payload in payloads.items()]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._connect() as connection:
                connection.execute(_SCHEMA)
                with connection:
                    connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)
                self._prune(connection)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    @contextmanager
    def _connect(self) -> Generator[sqlite3.Connection]:
        """A connection that is closed at the end, also where it turns out to be of no use."""
        with closing(sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            yield connection

    def _prune(self, connection: sqlite3.Connection) -> None:
        used = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count"
        (bytes_used,) = connection.execute(f"{used}, pragma_page_size").fetchone()
        if bytes_used <= self._limit_bytes:
            return
        with connection:
            connection.execute(
                "DELETE FROM vectors WHERE key IN (SELECT key FROM vectors ORDER BY added_at"
                " LIMIT (SELECT count(*) / 4 + 1 FROM vectors))"
            )

    def _give_up(self, error: Exception) -> None:
        self._usable = False
        _LOG.warning("The vector cache %s cannot be used and is left aside: %s", self.path, error)
