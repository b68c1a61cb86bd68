"""Whoever collects the messages for translation must find every one of them."""

import ast
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCES = sorted(
    path for package in ("hotline", "credit", "web") for path in (_ROOT / package).rglob("*.py")
)


def test_there_are_sources() -> None:
    assert len(_SOURCES) > 300


@pytest.mark.parametrize("source", ["f'{N_(1)}'", "f'{t.text(N_(2))}x'"])
def test_a_message_inside_of_a_formatted_text_is_seen(source: str) -> None:
    assert _inside(ast.parse(source)) == [1]


def test_no_message_stands_inside_of_a_formatted_text() -> None:
    """There it is not found: it would lose its translation without anybody being told."""
    found = [
        f"{path.relative_to(_ROOT)}:{line}"
        for path in _SOURCES
        if "N_(" in (text := path.read_text())
        for line in _inside(ast.parse(text))
    ]
    assert found == []


def _inside(tree: ast.AST) -> list[int]:
    return [
        call.lineno
        for formatted in ast.walk(tree)
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "N_"
    ]
