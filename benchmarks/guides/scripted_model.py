"""A model server on loopback that speaks OpenAI's chat completions and responses, and answers by a script.

Where a request offers tools and none was called yet, it calls each of them once, and a tool that delegates to a
coworker once for each; else it answers with a sentence that repeats what the tools returned. So any framework that
can talk to OpenAI runs a whole hierarchy without a model.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

USAGE: Final = {"input": 20, "output": 10}
"""Tokens that every answer claims to have cost."""

QUESTION: Final = "How is churn developing?"


@contextmanager
def serve_scripted_model() -> Iterator[str]:
    """Serve inside the block.

    Yields:
        The address for ``OPENAI_BASE_URL``.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = _answer_chat(request) if self.path.endswith("/chat/completions") else _answer_responses(request)
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the programs under test print enough."""


def _answer_chat(request: Mapping[str, Any]) -> dict[str, Any]:
    results = [str(message["content"]) for message in request["messages"] if message["role"] == "tool"]
    message: dict[str, Any] = {"role": "assistant", "content": None}
    tools = [tool["function"] for tool in request.get("tools") or ()]
    if tools and not results:
        message["tool_calls"] = [
            {
                "id": f"call_{index}",
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
            for index, (name, arguments) in enumerate(_calls(tools))
        ]
    else:
        message["content"] = _sentence(results)
    total = sum(USAGE.values())
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": request["model"],
        "choices": [
            {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
        ],
        "usage": {"prompt_tokens": USAGE["input"], "completion_tokens": USAGE["output"], "total_tokens": total},
    }


def _answer_responses(request: Mapping[str, Any]) -> dict[str, Any]:
    given = request["input"] if isinstance(request["input"], list) else []
    results = [str(item["output"]) for item in given if item.get("type") == "function_call_output"]
    tools = [tool for tool in request.get("tools") or () if tool["type"] == "function"]
    output: list[dict[str, Any]]
    if tools and not results:
        output = [
            {
                "type": "function_call",
                "id": f"fc_{index}",
                "call_id": f"call_{index}",
                "name": name,
                "arguments": arguments,
                "status": "completed",
            }
            for index, (name, arguments) in enumerate(_calls(tools))
        ]
    else:
        text = {"type": "output_text", "text": _sentence(results), "annotations": []}
        output = [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}]
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": request["model"],
        "status": "completed",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": USAGE["input"],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": USAGE["output"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sum(USAGE.values()),
        },
    }


def _calls(tools: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(name, JSON arguments) of each call: a sentence for every text that is required, else an empty or true value."""
    values: dict[str, Any] = {"array": [], "integer": 1, "number": 1, "boolean": True, "object": {}}
    for tool in tools:
        schema = tool.get("parameters") or {}
        properties = schema.get("properties", {})
        required = schema.get("required") or list(properties)
        arguments = {name: values.get(properties[name].get("type", "string"), QUESTION) for name in required}
        coworkers = (
            re.search(r"coworkers: ?\[?([^\]\n]*)", tool.get("description", "")) if "coworker" in required else None
        )
        for coworker in coworkers[1].split(", ") if coworkers else [None]:
            if coworker:
                arguments["coworker"] = coworker.strip()
            yield tool["name"], json.dumps(arguments)


def _sentence(results: list[str]) -> str:
    if not results:
        return "Churn fell from 5.9 to 5.1 percent quarter over quarter."
    return "Summary: " + " ".join(dict.fromkeys(results))
