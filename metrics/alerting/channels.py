"""The channels that the settings name."""

import os
from collections.abc import Mapping
from typing import Final

from tierscope.errors import SettingsError
from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.metrics.alerting.channel import Channel
from tierscope.metrics.alerting.command import CommandChannel
from tierscope.metrics.alerting.meter import open_meter_channel
from tierscope.metrics.alerting.webhook import WebhookChannel

__all__ = ["SECRET_VARIABLE", "open_channels"]

SECRET_VARIABLE: Final = "TIERSCOPE_ALERT_SECRET"  # noqa: S105 - a name
"""Environment variable with the secret that signs what webhooks get."""
_VARIABLE_PREFIX: Final = "env:"


def open_channels(settings: AlertSettings, environment: Mapping[str, str] | None = None) -> list[Channel]:
    """Make the channels, and connect to none yet.

    Args:
        settings: the section ``[alerts]``.
        environment: the process's where None.

    Raises:
        SettingsError: an environment variable is not set, or a package is missing.
    """
    environment = os.environ if environment is None else environment
    secret = environment.get(SECRET_VARIABLE) or None
    channels: list[Channel] = [
        WebhookChannel(_resolve(url, environment), settings.timeout_s, secret) for url in settings.webhooks
    ]
    if settings.command:
        channels.append(CommandChannel(settings.command, settings.timeout_s))
    if settings.meter:
        channels.append(open_meter_channel(settings.meter))
    return channels


def _resolve(url: str, environment: Mapping[str, str]) -> str:
    if not url.startswith(_VARIABLE_PREFIX):
        return url
    name = url.removeprefix(_VARIABLE_PREFIX)
    found = environment.get(name, "")
    if not found.startswith(("http://", "https://")):
        raise SettingsError(
            f"setting 'alerts.webhooks' = {url!r}: the environment variable {name} holds no address that begins with "
            "http:// or https://."
        )
    return found
