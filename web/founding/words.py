"""What may be written above a column and into a cell: codes, and words of both languages."""

import functools
from collections.abc import Mapping

from hotline.founding.actions import Reading
from hotline.founding.cells import fold
from hotline.founding.columns import Column, Subject
from hotline.founding.sheets import SHEETS
from hotline.kernel.errors import N_
from web.i18n import LANGUAGES, translate
from web.labels import label

SUBJECT_ABOUT: Mapping[Subject, str] = {
    Subject.GROUPS: N_("Groups of units that may be compared with one another"),
    Subject.DEPARTMENTS: N_("Every unit that a matter may go to, with what stands above it"),
    Subject.PEOPLE: N_("Who may sign in, as what, and for which unit"),
    Subject.CATEGORIES: N_("What matters are about, in up to three levels"),
    Subject.QUESTIONS: N_("What the operator asks about matters of a category"),
    Subject.CATALOGUE: N_("Which unit leads for which category, area and request type"),
    Subject.POLICIES: N_("How long each step may take, and for which matters"),
    Subject.CALENDARS: N_("Holidays and make-up working days"),
}
"""What each sheet is about, as message ids."""


def both(message: str) -> str:
    """Return a message in both languages, Chinese first, a line each."""
    chinese = translate("zh_CN", message)
    return chinese if chinese == message else f"{chinese}\n{message}"


@functools.cache
def headings_of(subject: Subject) -> Mapping[str, str]:
    """Return what may stand above the columns of a sheet."""
    found: dict[str, str] = {}
    for column in SHEETS[subject].columns:
        for word in (column.name, *(translate(code, column.text) for code in LANGUAGES)):
            found.setdefault(fold(word), column.name)
        found.setdefault(fold(both(column.text)), column.name)
    return found


@functools.cache
def _choices(subject: Subject) -> Mapping[str, Mapping[str, str]]:
    return {
        column.name: _words(column) for column in SHEETS[subject].columns if column.of is not None
    }


def _words(column: Column) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for member in column.members():
        for code in LANGUAGES:
            found[fold(translate(code, label(member)))] = member.value
    return (
        found
        | {fold(member.value): member.value for member in column.members()}
        | {
            fold(word): value
            for word, value in _ALSO.get(column.name, {}).items()
            if value in {member.value for member in column.members()}
        }
    )


_ALSO: Mapping[str, Mapping[str, str]] = {
    "kind": {
        "休": "holiday",
        "放假": "holiday",
        "班": "workday",
        "上班": "workday",
        "调休": "workday",
    }
}
"""How the State Council's own list says it."""


@functools.cache
def reading_of(subject: Subject) -> Reading:
    """Return how a sheet is read."""
    return Reading(headings_of(subject), _choices(subject))


def readings() -> Mapping[Subject, Reading]:
    """Return how every sheet is read."""
    return {subject: reading_of(subject) for subject in SHEETS}


def shown_value(value: str) -> str:
    """Return a value as it is written into a workbook."""
    return value.replace("\n", "；")
