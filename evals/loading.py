"""From a suite's file to a checked suite, or to one sentence that says which line to change and how."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tierscope.errors import InputError, UnreadableFileError
from tierscope.evals.fitting import find_misfits, suggest
from tierscope.evals.positions import KeyPath, find_duplicate_key, find_line, spell_path
from tierscope.evals.suite import Check, RunSource, StoredRuns, Suite, Tolerance

__all__ = ["export_schema", "load_suite"]

_MODELS: Final[Mapping[str, type[BaseModel]]] = {"runs": RunSource, "stored": StoredRuns, "tolerance": Tolerance}
"""Key -> the model that its mapping must fit."""


def load_suite(path: Path) -> Suite:
    """Read a suite and check it, its metrics and its columns.

    Args:
        path: a YAML file.

    Returns:
        The suite, with every metric known and every comparison fitting its column.

    Raises:
        UnreadableFileError: no such file, not UTF-8, or not YAML.
        InputError: it does not fit the schema or a metric; the message names file, line and key.
    """
    try:
        root, content = _parse(path)
        twice = find_duplicate_key(root)
    except RecursionError as error:
        raise UnreadableFileError(f"{path} cannot be read: it nests too deep, or a part holds itself.") from error
    if twice is not None:
        raise InputError(f"{path}:{twice[1]}: the key '{twice[0]}' stands twice; keep one.")
    try:
        suite = Suite.model_validate(content)
    except ValidationError as error:
        raise _input_error(path, root, (_explain(one) for one in error.errors())) from error
    misfits = list(_misfits(suite))
    if misfits:
        raise _input_error(path, root, iter(misfits))
    return suite


def export_schema() -> dict[str, Any]:
    """JSON Schema of a suite, for editors that complete and check YAML."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Suite.model_json_schema()}


def _parse(path: Path) -> tuple[yaml.Node, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UnreadableFileError(
            f"{path} cannot be read: {reason}; `tierscope eval init` writes a suite to start from."
        ) from error
    try:
        root, content = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UnreadableFileError(_explain_yaml(path, error)) from error
    if root is None:
        raise UnreadableFileError(f"{path} is empty; `tierscope eval init` writes a suite to start from.")
    if not isinstance(content, Mapping):
        raise InputError(f"{path}:1: a suite is a mapping with the keys {', '.join(Suite.model_fields)}.")
    return root, content  # pyright: ignore[reportUnknownVariableType]  # any mapping; pydantic checks it


def _explain_yaml(path: Path, error: yaml.YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    line = f":{mark.line + 1}" if mark else ""
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
    # YAML takes an unquoted > for the start of a folded text.
    hint = " Put a comparison in quotes: expect: '>= 0.8'." if "indentation indicators" in str(problem) else ""
    return f"{path}{line}: not YAML: {problem}.{hint}"


def _misfits(suite: Suite) -> Iterator[tuple[KeyPath, str]]:
    names: set[str] = set()
    for index, check in enumerate(suite.checks):
        if check.name in names:
            yield ("checks", index, "name"), f"'{check.name}' is the name of an earlier check; give each its own"
        names.add(check.name)
        for path, sentence in find_misfits(check):
            yield ("checks", index, *path), sentence


def _input_error(path: Path, root: yaml.Node, problems: Iterator[tuple[KeyPath, str]]) -> InputError:
    (where, sentence), *others = problems
    more = f" ({len(others)} more after this one)" if others else ""
    key = f"{spell_path(where)}: " if where else ""
    return InputError(f"{path}:{find_line(root, where)}: {key}{sentence}.{more}")


def _explain(error: ErrorDetails) -> tuple[KeyPath, str]:
    where = error["loc"]
    match error["type"]:
        case "extra_forbidden":
            keys = _model_at(where[:-1]).model_fields
            return where, f"unknown key '{where[-1]}'{suggest(str(where[-1]), keys)}; known are: {', '.join(keys)}"
        case "missing":
            meaning = _model_at(where[:-1]).model_fields[str(where[-1])].description or ""
            return where[:-1], f"the key '{where[-1]}' is missing: {meaning[:1].lower()}{meaning[1:].rstrip('.')}"
        case "tuple_type":
            return where, f"{error['input']!r} does not fit: write a list, [A, B], also of one"
        case _:
            given = "" if isinstance(error["input"], Mapping) else f"{error['input']!r} does not fit: "
            message = error["msg"].removeprefix("Value error, ")
            return where, f"{given}{message[:1].lower()}{message[1:].rstrip('.')}"


def _model_at(where: KeyPath) -> type[BaseModel]:
    """The model of the mapping at a path."""
    key = where[-1] if where else None
    if isinstance(key, int):
        return Check
    return _MODELS.get(key, Suite) if key else Suite
