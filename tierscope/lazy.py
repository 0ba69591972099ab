"""Packages whose names load when first asked for, so that a short command does not wait for what it never uses."""

from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["names_from"]


def names_from(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Make the ``__getattr__`` of a package out of a list of what lives where.

    Args:
        package: the package's ``__name__``.
        homes: name -> module of the package that has it.

    Returns:
        A function that imports the module of a name and returns what the name stands for.
    """

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return load
