"""A listening socket on this machine, taken before anything heavy is imported, and the line that says so."""

import ipaddress
import socket

from tierscope.errors import InputError

__all__ = ["announce_line", "is_loopback", "open_listener"]


def announce_line(line: str) -> None:
    """Print a line that must be seen now, even through a pipe: the program goes on for hours."""
    print(line, flush=True)


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # some other name
        return False


def open_listener(host: str, port: int, option: str = "--port") -> socket.socket:
    """Take a port.

    Args:
        host: an address of this machine.
        port: TCP port; 0 takes a free one.
        option: how the user chooses the port.

    Raises:
        InputError: the port is taken, or the address is not one to listen on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(
            f"Port {port} on {host} cannot be used ({_reason(error)}): {_way_out(port, option)}"
        ) from error
    return listener


def _reason(error: OSError | OverflowError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.lower()


def _way_out(port: int, option: str) -> str:
    if 0 < port < 65535:
        return f"take another one, such as  {option} {port + 1}, or {option} 0 for any that is free."
    return f"take one between 1 and 65535, or {option} 0 for any that is free."
