"""Rows of callers as they are pasted: a number, perhaps a name, perhaps a word of their own - pure."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotline.intake.recognition.phones import find_phones

MOST_ROWS = 200
CHUNK = 20
"""So many rows are written in one transaction, so that whoever waits sees it go on."""

NAME_MAX = 80
NOTE_MAX = 500


class RowProblem(enum.StrEnum):
    """Why a row becomes no ticket."""

    NO_NUMBER = "no_number"
    TWICE = "twice"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class CallerRow:
    """One caller.

    Attributes:
        line: his place among the lines that are not empty, from 1.
        phone: the digits that are dialled.
        name: as he gave it.
        note: what he said beside the matter itself.
        problem: why he becomes no ticket; None when he does.
    """

    line: int
    phone: str = ""
    name: str | None = None
    note: str | None = None
    problem: RowProblem | None = None


_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: " "}
"""Full-width letters, digits and marks, as Chinese keyboards type them, to plain ones."""

_DIALLED = re.compile(r"[+\d][\d\s()-]{1,24}\d", re.ASCII)
_SEPARATORS = re.compile(r"[\t,，;；|、]")
_FEWEST_DIGITS, _MOST_DIGITS = 3, 20


def parse_rows(text: str) -> list[CallerRow]:
    """Return the callers in pasted lines; empty lines are none.

    Tabs, commas, semicolons and bars part the cells, blanks do where there is nothing else. Who
    stands there twice is taken down once.
    """
    rows: list[CallerRow] = []
    seen: set[str] = set()
    lines = (line for line in text.translate(_NARROW).splitlines() if line.strip())
    for line, words in enumerate(lines, start=1):
        row = _row(line, words.strip(), seen)
        seen.add(row.phone)
        rows.append(row)
    return rows


def _row(line: int, words: str, seen: set[str]) -> CallerRow:
    phone, rest = _phone(words)
    if not phone:
        return CallerRow(line, problem=RowProblem.NO_NUMBER)
    name, note = _cells(rest)
    problem = None
    if phone in seen:
        problem = RowProblem.TWICE
    elif len(name) > NAME_MAX or len(note) > NOTE_MAX:
        problem = RowProblem.TOO_LONG
    return CallerRow(line, phone, name or None, note or None, problem)


def _phone(words: str) -> tuple[str, str]:
    found = find_phones(words)
    if found:
        first = found[0]
        return first.value, f"{words[: first.start]}\t{words[first.end :]}"
    match = _DIALLED.match(words)
    digits = re.sub(r"[^\d+]", "", match[0]) if match else ""
    if match and _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return digits, words[match.end() :]
    return "", words


def _cells(rest: str) -> tuple[str, str]:
    cells = [cell.strip() for cell in _SEPARATORS.split(rest)]
    while cells and not cells[0]:
        cells.pop(0)
    if len(cells) == 1:
        cells = cells[0].split(maxsplit=1)
    name, *notes = cells or [""]
    return name, " ".join(note for note in notes if note)


def takeable(rows: Sequence[CallerRow]) -> list[CallerRow]:
    """Return the rows that become tickets."""
    return [row for row in rows if row.problem is None]
