"""Each package's ``__init__`` is its table of contents."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order that ruff sorts by."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def test_every_package_with_code_says_what_lives_there_and_lists_it_sorted(packages: list[str]) -> None:
    folders = [ROOT.joinpath(*package.split(".")) for package in packages]
    with_code = [folder for folder in folders if any(folder.glob("*.py"))]
    assert with_code
    for folder in with_code:
        module = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(module), f"{folder} does not say what lives there"
        assert _listed(module) == sorted(_listed(module), key=_order), f"{folder} lists its names out of order"


def _listed(module: ast.Module) -> list[str]:
    for statement in module.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(statement.value)
            return names
    pytest.fail("there is no __all__")


def test_datasets_is_no_package() -> None:
    found = list((ROOT / "datasets").rglob("*.py"))
    assert found == [], "with an __init__.py, a clone on sys.path would shadow the library named datasets"
