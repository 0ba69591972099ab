"""Alerts go out: what is wrong with a run that has ended is told to webhooks, a command, or a meter, once.

``alerting`` is what servers run beside themselves; ``Dispatcher`` does its work step by step.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.metrics.alerting.beside import alerting
    from tierscope.metrics.alerting.channel import Channel, DeliveryError
    from tierscope.metrics.alerting.channels import open_channels
    from tierscope.metrics.alerting.dispatcher import Dispatcher
    from tierscope.metrics.alerting.notice import Notice

__all__ = ["Channel", "DeliveryError", "Dispatcher", "Notice", "alerting", "open_channels"]

__getattr__ = names_from(
    __name__,
    {
        "Channel": "channel",
        "DeliveryError": "channel",
        "Dispatcher": "dispatcher",
        "Notice": "notice",
        "alerting": "beside",
        "open_channels": "channels",
    },
)
