"""A connection on which what the server says arrives late."""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(slots=True)
class SlowLink:
    """Another address of a server."""

    address: str
    delay_s: float = 0.0
    """How much later its answers arrive; what it is told arrives at once."""


@contextmanager
def slow_link(address: str) -> Generator[SlowLink]:
    """Open a link to a server, at first without delay."""
    opened: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    link = SlowLink("")

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
        try:
            await asyncio.gather(_tell(reader, to_server), _answer(from_server, writer, link))
        except (asyncio.CancelledError, ConnectionError):
            pass  # one side has gone, or the link ends
        finally:
            to_server.close()
            writer.close()

    async def run() -> None:
        stop = asyncio.Event()
        server = await asyncio.start_server(accept, "127.0.0.1")
        link.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        opened.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    loop, stop = opened.result()
    try:
        yield link
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _tell(reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        to_server.write(data)
    to_server.close()


async def _answer(from_server: asyncio.StreamReader, writer: asyncio.StreamWriter, link: SlowLink) -> None:
    loop = asyncio.get_running_loop()
    while data := await from_server.read(1 << 16):
        loop.call_later(link.delay_s, writer.write, data)
    await asyncio.sleep(link.delay_s)
    writer.close()
