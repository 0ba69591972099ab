"""Every error that tierscope raises on purpose, as one tree.

TierscopeError
+-- InputError               the user's mistake or unreadable input: one line, exit code 2
|   +-- SettingsError        a setting that does not exist or does not fit
|   +-- UnreadableFileError  a file that is not what it was taken for
|   +-- UnknownNameError     a run, metric, scenario or agent that does not exist
|   +-- MissingExtraError    a feature whose optional packages are not installed
|   `-- StoreError           the span store cannot be used
|       +-- StoreMissingError    there is no store at that path
|       +-- StoreNewerError      written by a newer tierscope
|       +-- StoreLockedError     another process held it past the deadline
|       `-- StoreFullError       the disk or the spool has no room left
+-- NotEnoughDataError       too little was recorded to judge: exit code 3
`-- OrchestrationError       a run of the orchestrator cannot go on (its subclasses live with it)
"""

__all__ = [
    "InputError",
    "MissingExtraError",
    "NotEnoughDataError",
    "OrchestrationError",
    "SettingsError",
    "StoreError",
    "StoreFullError",
    "StoreLockedError",
    "StoreMissingError",
    "StoreNewerError",
    "TierscopeError",
    "UnknownNameError",
    "UnreadableFileError",
]


class TierscopeError(Exception):
    """Base of all; its text is one sentence that says what, with which value, and what to do."""


class InputError(TierscopeError):
    """The user's mistake or unreadable input; the command line prints it as one line and exits with 2."""


class SettingsError(InputError):
    """A setting that does not exist, or whose value does not fit."""


class UnreadableFileError(InputError):
    """A file that is missing, empty, truncated or not of the expected format."""


class UnknownNameError(InputError):
    """A run, metric, scenario or agent name that does not exist."""


class MissingExtraError(InputError):
    """A feature whose optional packages are not installed.

    Args:
        extra: name of the extra in pyproject.toml, such as ``dashboard``.
        feature: what needs it, as the subject of the sentence.
    """

    def __init__(self, extra: str, feature: str) -> None:
        super().__init__(f"{feature} needs the '{extra}' extra: run  pip install 'tierscope[{extra}]'  and try again.")
        self.extra = extra


class StoreError(InputError):
    """The span store cannot be used."""


class StoreMissingError(StoreError):
    """There is no store at the path."""


class StoreNewerError(StoreError):
    """The store was written by a newer tierscope than this one."""


class StoreLockedError(StoreError):
    """Another process held the store past the deadline."""


class StoreFullError(StoreError):
    """The disk, or the spool's configured size, has no room for what should be recorded."""


class NotEnoughDataError(TierscopeError):
    """Too little was recorded to judge; the command line exits with 3."""


class OrchestrationError(TierscopeError):
    """A run of the orchestrator cannot go on; subclasses live in ``tierscope.orchestrator``."""
