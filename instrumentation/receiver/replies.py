"""Answers in the encoding of the request, as the OTLP specification asks for."""

from collections.abc import Mapping
from enum import Enum

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest  # type: ignore[import-untyped] # the package says nothing of types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # as above
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

from tierscope.instrumentation.receiver.intake import Intake
from tierscope.instrumentation.receiver.refusal import RefusedError

__all__ = ["Encoding", "build_response", "reply_refused", "reply_taken"]


class Encoding(Enum):
    """How requests and answers are written; the value is the media type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


def build_response(intake: Intake) -> ExportTraceServiceResponse:
    """The acknowledgement: everything that could be stored is on disk.

    Args:
        intake: what was taken and what was left out.
    """
    response = ExportTraceServiceResponse()
    if intake.rejected:
        response.partial_success.rejected_spans = intake.rejected
        response.partial_success.error_message = intake.reason
    return response


def reply_taken(intake: Intake, encoding: Encoding) -> Response:
    """200: the acknowledgement over HTTP.

    Args:
        intake: what was taken and what was left out.
        encoding: that of the request.
    """
    return _render(build_response(intake), 200, encoding, {})


def reply_refused(refused: RefusedError, encoding: Encoding) -> Response:
    """4xx or 5xx: nothing of the request is stored.

    Args:
        refused: the status and the reason.
        encoding: that of the request.
    """
    status = Status(message=str(refused))
    if refused.status == 400:
        violation = BadRequest.FieldViolation(field="body", description=str(refused))
        status.details.add().Pack(BadRequest(field_violations=[violation]))
    return _render(status, refused.status, encoding, refused.headers)


def _render(message: Message, status: int, encoding: Encoding, headers: Mapping[str, str]) -> Response:
    content = message.SerializeToString() if encoding is Encoding.PROTOBUF else MessageToJson(message, indent=None)
    return Response(content, status, headers, media_type=encoding.value)
