"""Alerts to a program on this machine."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tierscope.metrics.alerting.channel import DeliveryError

__all__ = ["CommandChannel"]


class CommandChannel:
    """Starts a program for each alert, which gets it as JSON on its standard input; no shell is involved.

    Args:
        arguments: the program and its arguments.
        timeout_s: how long it may run; then it is killed with all that it started.
    """

    def __init__(self, arguments: Sequence[str], timeout_s: float) -> None:
        self._arguments = list(arguments)
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        """The program's name."""
        return f"command {Path(self._arguments[0]).name}"

    def send(self, notice_id: str, body: str) -> None:
        """Send one alert.

        Raises:
            DeliveryError: the program is missing, took too long, or ended with something other than 0.
        """
        environment = {**os.environ, "TIERSCOPE_ALERT_ID": notice_id}
        try:
            process = subprocess.Popen(  # noqa: S603 - what the settings say
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise DeliveryError(f"cannot be started ({error.strerror})") from None
        with process:
            try:
                process.communicate(body.encode(), timeout=self._timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise DeliveryError(f"did not end within {self._timeout_s:g} s") from None
        if process.returncode:
            raise DeliveryError(f"ended with {process.returncode}")
