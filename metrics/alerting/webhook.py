"""Alerts by POST, signed as https://www.standardwebhooks.com says."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from tierscope import __version__
from tierscope.metrics.alerting.channel import DeliveryError

__all__ = ["WebhookChannel", "sign"]

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what encoded secrets begin with


class WebhookChannel:
    """Sends each alert as one POST of JSON.

    Redirects are not followed: they would take the alert, and its signature, to whom nobody named.

    Args:
        url: where to.
        timeout_s: for connecting, and for each wait after that.
        secret: signs the body; no signature where None. ``whsec_...`` is base64, anything else is taken as it is.
        clock: Unix time in seconds.
    """

    def __init__(
        self, url: str, timeout_s: float, secret: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._secret = secret
        self._clock = clock
        self._opener = _make_opener()

    @property
    def name(self) -> str:
        """The host, and a hash of the address: its path is often a secret."""
        return f"webhook {urlsplit(self._url).netloc} {hashlib.sha256(self._url.encode()).hexdigest()[:8]}"

    def send(self, notice_id: str, body: str) -> None:
        """Send one alert.

        Raises:
            DeliveryError: no answer in time, or one other than 2xx.
        """
        content = body.encode()
        timestamp = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"tierscope/{__version__}",
            "webhook-id": notice_id,
            "webhook-timestamp": str(timestamp),
        }
        if self._secret is not None:
            headers["webhook-signature"] = sign(self._secret, notice_id, timestamp, content)
        request = Request(self._url, content, headers, method="POST")  # noqa: S310 - settings allow http and https only
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                answer.read(1)
        except HTTPError as error:
            with error:
                where = ", a redirect, which is not followed" if 300 <= error.code < 400 else ""
                raise DeliveryError(f"answered {error.code}{where}", _retry_after_s(error.headers)) from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise DeliveryError(f"not reached ({type(reason).__name__})") from None


def _make_opener() -> OpenerDirector:
    """Without the handlers for redirects, files and FTP that urllib has by default."""
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    return opener


def sign(secret: str, notice_id: str, timestamp: int, content: bytes) -> str:
    """The signature of Standard Webhooks: HMAC-SHA256 over id, time and body.

    Args:
        secret: shared with the receiver.
        notice_id: value of ``webhook-id``.
        timestamp: value of ``webhook-timestamp``, Unix seconds.
        content: the body.

    Returns:
        ``v1,`` and base64.
    """
    signed = f"{notice_id}.{timestamp}.".encode() + content
    return f"v1,{base64.b64encode(hmac.digest(_decode(secret), signed, 'sha256')).decode()}"


def _decode(secret: str) -> bytes:
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _retry_after_s(headers: Message) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
