"""The arithmetic of the formula's page: recomputed with fractions, held against the golden files."""

import ast
import json
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/credit-formula.md").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parent / "golden"

_OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _value(node: ast.expr, text: str) -> Fraction:
    match node:
        case ast.BinOp(left, by, right):
            return _OPERATORS[type(by)](_value(left, text), _value(right, text))
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, text)
        case ast.Constant():
            return Fraction(ast.get_source_segment(text, node) or "")
        case _:
            raise AssertionError(text)


def _lines() -> list[str]:
    blocks = re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("line", _lines())
def test_every_line_is_right(line: str) -> None:
    text, _, printed = line.partition(" = ")
    exact = _value(ast.parse(text, mode="eval").body, text)
    digits = len(printed.partition(".")[2])
    # What is added up was rounded before it was added: half a unit of the last place of each.
    slack = Fraction(6, 2 * 10**4) if text.count(" + ") > 1 and "(" not in text else 0
    assert abs(exact - Fraction(printed)) <= Fraction(1, 2 * 10**digits) + slack, line


def _cases() -> list[tuple[str, str]]:
    return re.findall(r"^`(\w+)`: S = (\d+\.\d\d)", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("name", "score"), _cases())
def test_every_case_ends_where_its_golden_file_does(name: str, score: str) -> None:
    assert json.loads((GOLDEN / f"v1_{name}.json").read_text(encoding="utf-8"))["score"] == score


def test_the_page_works_out_every_golden_case_but_the_empty_one() -> None:
    assert {name for name, _ in _cases()} == {
        path.stem.removeprefix("v1_") for path in GOLDEN.glob("v1_*.json")
    } - {"no_activity"}
    assert len(_lines()) > 60  # the page shows its arithmetic
