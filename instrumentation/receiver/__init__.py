"""OTLP over HTTP and gRPC into a store: what arrives is on disk before it is acknowledged.

``collect`` is the server of ``tierscope collect``. ``endpoint.receiver_routes`` offers the same to another Starlette
app; it is imported from its module, since it needs the ``receiver`` extra.
"""

from tierscope.instrumentation.receiver.certificate import Certificate
from tierscope.instrumentation.receiver.exposure import Exposure
from tierscope.instrumentation.receiver.limits import Limits
from tierscope.instrumentation.receiver.server import collect

__all__ = ["Certificate", "Exposure", "Limits", "collect"]
