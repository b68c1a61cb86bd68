"""One cell of a sheet, as people and office programs leave it, as a plain value - pure.

Every value is kept as text in one spelling, so that what a file says and what the house knows can be
compared. What cannot be read says what to do instead.
"""

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hotline.founding.columns import NO, YES, Column, Subject, Value
from hotline.sla.policy import InvalidPolicy
from hotline.sla.spelled import read_limit

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""What a reader of workbooks finds in a cell."""

CLEARED = "-"
"""What one writes into a cell to empty a field; an empty cell leaves it as it is."""


class CellFault(enum.StrEnum):
    """What is wrong with a line of a sheet."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    BAD_CODE = "bad_code"
    BAD_USERNAME = "bad_username"
    BAD_PHONE = "bad_phone"
    LOST_ZERO = "lost_zero"
    LOST_DIGITS = "lost_digits"
    BAD_FLAG = "bad_flag"
    NOT_OF_LIST = "not_of_list"
    UNKNOWN_NAME = "unknown_name"
    AMBIGUOUS_NAME = "ambiguous_name"
    BAD_DAY = "bad_day"
    BAD_NUMBER = "bad_number"
    BAD_LIMIT = "bad_limit"
    BAD_HOURS = "bad_hours"
    BROKEN_CELL = "broken_cell"
    MERGED = "merged"
    TWICE = "twice"
    CIRCLE = "circle"
    ORPHAN = "orphan"
    CANNOT_BE = "cannot_be"


class WrongCell(Exception):
    """A cell that cannot be used; its argument is the fault."""

    def __init__(self, fault: CellFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that stand for something.

    Attributes:
        choices: by column, what each word that may be chosen means, folded.
        names: by sheet, the codes that a code or a name may mean, folded.
    """

    choices: Mapping[str, Mapping[str, str]]
    names: Mapping[Subject, Mapping[str, tuple[str, ...]]]


_YES = frozenset({"yes", "y", "true", "1", "是", "✓", "√", "on"})
_NO = frozenset({"no", "n", "false", "0", "否", "×", "off"})
_BROKEN = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,62}")
_PHONE = re.compile(r"\+?[0-9]{3,20}(?:(?:x|ext|转)[0-9]{1,6})?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s,，、;；/]+")
_PART_SEPARATORS = re.compile(r"[;；\n]+")
_HOURS = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}")
_DAYS = re.compile(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})\D?")
_SERIALS = (20_000, 80_000)
_SERIAL_ZERO = date(1899, 12, 30)
_EXACT_DIGITS = 15
_LANDLINE = (9, 11)
"""Digits of a telephone with its area code when the zero in front is gone."""


def fold(text: str) -> str:
    """Return a word as it is compared: half-width, small letters, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def as_text(cell: Cell) -> str:
    """Return a cell as text; numbers as they were typed, days as days.

    Raises:
        WrongCell: it holds the error of a formula, or a number whose last digits are lost.
    """
    if cell is None:
        return ""
    writer = next((write for kind, write in _WRITERS if isinstance(cell, kind)), None)
    return writer(cell) if writer else _clean(str(cell))


def _number_text(cell: float) -> str:
    if abs(cell) >= 10**_EXACT_DIGITS:
        raise WrongCell(CellFault.LOST_DIGITS)
    return str(int(cell)) if float(cell).is_integer() else repr(cell)


def _clean(text: str) -> str:
    if text.strip().upper() in _BROKEN:
        raise WrongCell(CellFault.BROKEN_CELL)
    kept = "".join(
        sign
        for sign in text.replace("\r\n", "\n").replace("\r", "\n")
        if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return kept.strip().removeprefix("'").strip()


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda cell: YES if cell else NO),
    (datetime, lambda cell: str(cell.date().isoformat())),
    (date, lambda cell: str(cell.isoformat())),
    (time, lambda cell: f"{cell:%H:%M}"),
    (timedelta, lambda cell: f"PT{int(cell.total_seconds() // 60)}M"),
    (int, _number_text),
    (float, _number_text),
)
"""In this order: a truth is a number to Python, an instant a day."""


def read_cell(column: Column, cell: Cell, words: Vocabulary) -> str | None:
    """Return the value of a cell in its one spelling, "" for what is to be emptied, None for nothing.

    Args:
        column: where it stands.
        cell: what stands there.
        words: what may be chosen or named.

    Raises:
        WrongCell: it cannot be used.
    """
    text = as_text(cell)
    if not text:
        return None
    if text == CLEARED and not column.required:
        return ""
    if len(text) > column.most:
        raise WrongCell(CellFault.TOO_LONG)
    if column.kind is Value.PHONE and isinstance(cell, int | float):
        return _phone_number(text)
    return _READERS[column.kind](column, text, words)


def _line(_column: Column, text: str, _words: Vocabulary) -> str:
    return " ".join(text.split())


def _code(column: Column, text: str, _words: Vocabulary) -> str:
    typed = unicodedata.normalize("NFKC", text).strip()
    for code in (typed, typed.lower()):
        if re.fullmatch(column.pattern, code):
            return code
    raise WrongCell(CellFault.BAD_CODE)


def _username(_column: Column, text: str, _words: Vocabulary) -> str:
    name = fold(text)
    if not _USERNAME.fullmatch(name):
        raise WrongCell(CellFault.BAD_USERNAME)
    return name


def _phone(_column: Column, text: str, _words: Vocabulary) -> str:
    typed = unicodedata.normalize("NFKC", text)
    digits = re.sub(r"[\s().‐‑‒–—-]", "", typed)
    if not _PHONE.fullmatch(digits):
        raise WrongCell(CellFault.BAD_PHONE)
    return " ".join(typed.split())


def _phone_number(text: str) -> str:
    """Return a telephone that was stored as a number, unless its leading zero is gone."""
    if not text.isdecimal():
        raise WrongCell(CellFault.BAD_PHONE)
    is_mobile = len(text) == _LANDLINE[1] and text.startswith("1")
    if _LANDLINE[0] <= len(text) <= _LANDLINE[1] and not is_mobile:
        raise WrongCell(CellFault.LOST_ZERO)
    return text


def _flag(_column: Column, text: str, _words: Vocabulary) -> str:
    word = fold(text)
    if word in _YES:
        return YES
    if word in _NO:
        return NO
    raise WrongCell(CellFault.BAD_FLAG)


def _choice(column: Column, text: str, words: Vocabulary) -> str:
    meant = words.choices.get(column.name, {}).get(fold(text))
    if meant is None:
        raise WrongCell(CellFault.NOT_OF_LIST)
    return meant


def _choices(column: Column, text: str, words: Vocabulary) -> str:
    known = words.choices.get(column.name, {})
    whole = known.get(fold(text))
    if whole is not None:
        return whole
    found = {_choice(column, word, words) for word in _SEPARATORS.split(text) if word}
    return " ".join(sorted(found))


def _reference(column: Column, text: str, words: Vocabulary) -> str:
    if column.refers is None:
        raise AssertionError(f"{column.name} refers to nothing")
    known = words.names.get(column.refers, {})
    meant = known.get(fold(text), ())
    if not meant:
        raise WrongCell(CellFault.UNKNOWN_NAME)
    if len(meant) > 1:
        raise WrongCell(CellFault.AMBIGUOUS_NAME)
    return meant[0]


def _references(column: Column, text: str, words: Vocabulary) -> str:
    found = {
        _reference(column, word, words) for word in re.split(r"[,，、;；\n]+", text) if word.strip()
    }
    return " ".join(sorted(found))


def _some_words(_column: Column, text: str, _words: Vocabulary) -> str:
    return " ".join(sorted({word for word in _SEPARATORS.split(text) if word}))


def _day(_column: Column, text: str, _words: Vocabulary) -> str:
    typed = unicodedata.normalize("NFKC", text)
    if typed.isdecimal() and _SERIALS[0] < int(typed) < _SERIALS[1]:
        return (_SERIAL_ZERO + timedelta(days=int(typed))).isoformat()
    parts = _DAYS.fullmatch(typed.split(" ")[0])
    if parts is None:
        raise WrongCell(CellFault.BAD_DAY)
    try:
        return date(int(parts[1]), int(parts[2]), int(parts[3])).isoformat()
    except ValueError:
        raise WrongCell(CellFault.BAD_DAY) from None


def _number(_column: Column, text: str, _words: Vocabulary) -> str:
    typed = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"\d{1,4}", typed) or not int(typed):
        raise WrongCell(CellFault.BAD_NUMBER)
    return str(int(typed))


def _parts(_column: Column, text: str, _words: Vocabulary) -> str:
    return "\n".join(
        " ".join(part.split()) for part in _PART_SEPARATORS.split(text) if part.strip()
    )


def _limit(_column: Column, text: str, _words: Vocabulary) -> str:
    try:
        return str(read_limit(text))
    except InvalidPolicy:
        raise WrongCell(CellFault.BAD_LIMIT) from None


def _hours(_column: Column, text: str, _words: Vocabulary) -> str:
    spans = _SEPARATORS.split(
        unicodedata.normalize("NFKC", text).replace("—", "-").replace("–", "-")
    )
    if not all(_HOURS.fullmatch(span) for span in spans if span):
        raise WrongCell(CellFault.BAD_HOURS)
    return " ".join(
        f"{span:0>11}" if len(span) < len("09:00-12:00") else span for span in spans if span
    )


_READERS: Mapping[Value, Callable[[Column, str, Vocabulary], str]] = {
    Value.CODE: _code,
    Value.USERNAME: _username,
    Value.LINE: _line,
    Value.PHONE: _phone,
    Value.FLAG: _flag,
    Value.CHOICE: _choice,
    Value.CHOICES: _choices,
    Value.REFERENCE: _reference,
    Value.REFERENCES: _references,
    Value.WORDS: _some_words,
    Value.DAY: _day,
    Value.NUMBER: _number,
    Value.PARTS: _parts,
    Value.LIMIT: _limit,
    Value.HOURS: _hours,
}
