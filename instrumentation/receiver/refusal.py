"""Why a request is answered with something other than 200."""

from collections.abc import Mapping

__all__ = ["RefusedError"]


class RefusedError(Exception):
    """A request of which nothing was stored.

    Args:
        status: HTTP status code; 503 asks the sender to try again, every other tells it to give up.
        message: one sentence for the sender's developer.
        retry_after_s: when to try again, in seconds.
        headers: others that the status calls for.
    """

    def __init__(
        self, status: int, message: str, retry_after_s: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)
