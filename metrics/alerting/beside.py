"""Sending alerts beside a server."""

import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tierscope.errors import StoreLockedError, TierscopeError
from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.instrumentation.keeper import Watch, keeping
from tierscope.instrumentation.settings import load_settings

__all__ = ["alerting"]

_EVERY_S: Final = 1.0
_log = logging.getLogger(__name__)


@contextmanager
def alerting(path: Path, settings: AlertSettings) -> Generator[None]:
    """Send the alerts of a store from a process of its own, until the block ends; nothing without a channel.

    Args:
        path: of the store.
        settings: those of the working folder, which the process reads again.

    Raises:
        SettingsError: what the settings name does not exist.
        StoreError: the store cannot be used, other than that somebody holds it.
    """
    if not settings.has_channel:
        yield
        return
    # Loaded here: a server that alerts nobody needs none of it.
    from tierscope.instrumentation.alert_ledger import AlertLedger
    from tierscope.instrumentation.store import Store
    from tierscope.metrics.alerting.channels import open_channels
    from tierscope.metrics.alerting.rules import check_alert_settings

    check_alert_settings(settings)
    open_channels(settings)
    with suppress(StoreLockedError):  # the process does it, once the store is free
        AlertLedger(Store(path)).begin()
    with keeping(_send, path, "sending alerts"):
        yield


def _send(path: Path, watch: Watch) -> None:
    from tierscope.instrumentation.alert_ledger import AlertLedger
    from tierscope.instrumentation.store import Store
    from tierscope.metrics.alerting.channels import open_channels
    from tierscope.metrics.alerting.dispatcher import Dispatcher

    settings = load_settings().settings.alerts
    store = Store(path)
    dispatcher = Dispatcher(store, settings, open_channels(settings))
    has_begun = is_failing = False
    while not watch.wait(_EVERY_S):
        try:
            if not has_begun:
                AlertLedger(store).begin()
                has_begun = True
            dispatcher.step(lambda: watch.wait(0))
            is_failing = False
        except TierscopeError as error:
            if not is_failing:
                _log.warning("alerts cannot be sent for now: %s", error)
            is_failing = True
        except Exception:
            # Whatever it was, what is recorded is sent by a later round.
            if not is_failing:
                _log.exception("alerts could not be sent")
            is_failing = True
