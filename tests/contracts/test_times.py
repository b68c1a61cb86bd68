"""Instants have a zone, and words are those of the field: read off the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.test_imports import ROOT

SOURCES = sorted(
    path
    for folder in ("hotline", "credit", "web", "migrations", "bench")
    for path in (ROOT / folder).rglob("*.py")
)
CLOCKS = {"hotline/kernel/clock.py"}
"""The one place where the time of day comes from."""

EDGES = ("web/run/", "bench/")
"""Programs that tell how long something took."""

SYNONYMS = re.compile(
    r"\b(work_?order|case_?id|complaint_order|ticket_id_number|gongdan|chengban|petitioner|"
    r"complainant|citizen_id|undertaker)\w*\b",
    re.IGNORECASE,
)
"""Words for things that the glossary calls otherwise."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_instant_without_a_zone(path: Path) -> None:
    for name, call in _calls(path):
        where = f"{_name(path)}:{call.lineno}"
        assert name not in {"utcnow", "utcfromtimestamp"}, where
        owner = ast.unparse(call.func)
        if owner in {"datetime.now", "datetime.datetime.now"}:
            assert call.args or call.keywords, where
        if owner in {"datetime.fromtimestamp", "datetime.datetime.fromtimestamp"}:
            assert len(call.args) + len(call.keywords) > 1, where
        assert owner not in {"datetime.today", "date.today", "datetime.date.today"}, where


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_the_time_of_day_comes_from_one_place(path: Path) -> None:
    name = _name(path)
    if name in CLOCKS or name.startswith(EDGES):
        return
    for called, call in _calls(path):
        owner = ast.unparse(call.func)
        assert owner not in {"datetime.now", "datetime.datetime.now", "time.time"}, (
            f"{name}:{call.lineno} {called}"
        )


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_the_words_are_those_of_the_field(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not (found := SYNONYMS.search(text)), f"{_name(path)}: {found}"
