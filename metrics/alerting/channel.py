"""What every channel is: a name, and a way to send."""

from typing import Any, Protocol

__all__ = ["Channel", "DeliveryError", "Payload"]

Payload = dict[str, Any]
"""A notice, as its JSON says."""


class DeliveryError(Exception):
    """An alert did not arrive; the text says why, without addresses and secrets.

    Args:
        message: for logs and ``tierscope alerts list``.
        retry_after_s: when the other side wants it again, where it said so.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Channel(Protocol):
    """One way for alerts to go out."""

    @property
    def name(self) -> str:
        """What deliveries are recorded under: the same as long as the settings stay the same."""
        ...

    def send(self, notice_id: str, body: str) -> None:
        """Send one alert.

        Args:
            notice_id: by which a receiver can tell a repetition.
            body: JSON.

        Raises:
            DeliveryError: it did not arrive, as far as one can tell.
        """
        ...
