"""The command line: one module per command or command group, loaded when it is called."""

from tierscope.cli._app import main

__all__ = ["main"]
