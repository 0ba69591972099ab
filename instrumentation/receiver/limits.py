"""How much a receiver takes: of one request, of all that are under way, and of what waits on disk."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tierscope.instrumentation.receiver.refusal import RefusedError

__all__ = ["DEFAULT_SPAN_BYTES", "Allowance", "Limits"]

_MIB: Final = 1024 * 1024
DEFAULT_SPAN_BYTES: Final = 16 * _MIB
_RETRY_AFTER_S: Final = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, and a time, beyond which a receiver refuses."""

    request_bytes: int = 64 * _MIB
    """Of one request, before and after decompression; what OpenTelemetry's SDKs send at most."""
    span_bytes: int = DEFAULT_SPAN_BYTES
    """Of one span; a larger one is left out, and the rest of its request is taken."""
    under_way_bytes: int = 256 * _MIB
    """Of all requests that are being received, decoded or written."""
    spool_bytes: int | None = None
    """Of acknowledged spans that wait to enter the database; None for what the settings say."""
    receive_s: float = 60.0
    """For one request to arrive: a sender that is gone without a word must not hold its share for ever."""


class Allowance:
    """A number of bytes that requests under way share.

    Args:
        total_bytes: for all of them together.
    """

    def __init__(self, total_bytes: int) -> None:
        self._left_bytes = total_bytes

    @contextmanager
    def open_share(self) -> Generator[Callable[[int], None]]:
        """One request's part, given back at the end of the block.

        Yields:
            Takes a number of bytes, or raises ``RefusedError`` where too few are left.
        """
        taken_bytes = 0

        def take(size_bytes: int) -> None:
            nonlocal taken_bytes
            if size_bytes > self._left_bytes:
                raise RefusedError(503, "too much is being received at once; send it again", _RETRY_AFTER_S)
            self._left_bytes -= size_bytes
            taken_bytes += size_bytes

        try:
            yield take
        finally:
            self._left_bytes += taken_bytes
