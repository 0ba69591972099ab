"""Why a request is answered with a refusal, in words that every transport translates."""

from collections.abc import Mapping

__all__ = ["RefusedError"]


class RefusedError(Exception):
    """A request of which nothing was stored.

    Args:
        status: HTTP status code; 503 asks the sender to try again, every other tells it to give up. Other transports
            have a code of their own for each.
        message: one sentence for the sender's developer.
        retry_after_s: when to try again, in seconds.
        headers: others that the status calls for over HTTP.
    """

    def __init__(
        self, status: int, message: str, retry_after_s: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)
