"""Fields of a form: described once, drawn by a template, read back as values of the domain."""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.meetings.gathering import TaskGiven
from hotline.procedures.rules import Milestone
from hotline.sla.policy import Limit
from hotline.supervision.interviews.rules import InterviewPromise
from hotline.tickets.actions.intake import clean_phone, clean_text
from web.i18n import Translator
from web.labels import label
from web.views.forms import FormState
from web.views.problems import explain, limit_words


class Kind(enum.Enum):
    """How a field looks and what it becomes."""

    LINE = "line"
    WORDS = "words"
    CHOICE = "choice"
    YES_NO = "yes_no"
    CHECK = "check"
    LIMIT = "limit"
    DEPARTMENT = "department"
    DEPARTMENTS = "departments"
    INSTANT = "instant"
    DAY = "day"
    STEP = "step"
    LINES = "lines"
    RATING = "rating"
    PHONE = "phone"
    MILESTONES = "milestones"
    PROMISES = "promises"
    MILESTONE = "milestone"
    ITEMS = "items"
    TASKS = "tasks"
    SECRET = "secret"  # noqa: S105  # a kind of field


LIMITS = ("PT2H", "PT12H", "PT24H", "P2D", "P3D", "P5D", "P7D", "P10D", "P15D")
"""Limits that are offered for a promise; the policy still decides which of them are allowed."""

YES, NO = "true", "false"

PARTS, OPINIONS, ASKABLE = "parts", "opinions", "askable"
CONSULTED, WHISTLED, UNSCORED = "consulted", "whistled", "unscored"
COLLEAGUES = "colleagues"
"""Which departments of a ticket a field may choose among, instead of all."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: the argument of the action that it becomes.
        text: message id of its label.
        kind: how it looks and what it becomes.
        required: True when it may not be left empty.
        hint: message id of a line below it.
        of: the enumeration of a choice.
        words: message ids for yes and no, when plain yes and no would not say enough.
        most: the longest text.
        choices: what can be chosen or answered, as values and words, where the ticket says it.
        among: which departments of the ticket it chooses among; None for all of the directory.
    """

    name: str
    text: str
    kind: Kind = Kind.WORDS
    required: bool = True
    hint: str | None = None
    of: type[enum.Enum] | None = None
    words: tuple[str, str] = (N_("Yes"), N_("No"))
    most: int = 20_000
    choices: tuple[tuple[str, str], ...] = ()
    among: str | None = None

    def options(self, t: Translator) -> list[tuple[str, str]]:
        """Return what can be chosen, as values and words."""
        if self.choices:
            return list(self.choices)
        if self.of is not None:
            return [(str(member.value), t.text(label(member))) for member in self.of]
        if self.kind is Kind.YES_NO:
            return [(YES, t.text(self.words[0])), (NO, t.text(self.words[1]))]
        if self.kind is Kind.LIMIT:
            return [(limit, limit_words(Limit.parse(limit), t)) for limit in LIMITS]
        if self.kind is Kind.RATING:
            return [(str(stars), t.text(words)) for stars, words in RATINGS]
        return []


RATINGS: tuple[tuple[int, str], ...] = (
    (5, N_("Very satisfied")),
    (4, N_("Satisfied")),
    (3, N_("Fairly satisfied")),
    (2, N_("Dissatisfied")),
    (1, N_("Very dissatisfied")),
)


class _Wrong(Exception):
    """A value that cannot be used; its argument is a message id."""


def _line(field: Field, typed: Sequence[str]) -> str | None:
    text = clean_text(typed[0]) if typed else ""
    if len(text) > field.most:
        raise _Wrong(N_("This is too long"))
    return text or None


def _secret(field: Field, typed: Sequence[str]) -> str | None:
    # Blanks and every other character count in a password: it is taken as it was typed.
    if typed and len(typed[0]) > field.most:
        raise _Wrong(N_("This is too long"))
    return typed[0] if typed else None


def _choice(field: Field, typed: Sequence[str]) -> enum.Enum | None:
    if not typed or not typed[0]:
        return None
    if field.of is None:
        raise AssertionError(f"{field.name} is a choice of nothing")
    for member in field.of:
        if str(member.value) == typed[0]:
            return member
    raise _Wrong(N_("Choose one of the list"))


def _yes_no(_field: Field, typed: Sequence[str]) -> bool | None:
    return {YES: True, NO: False}.get(typed[0]) if typed else None


def _check(_field: Field, typed: Sequence[str]) -> bool:
    return bool(typed) and typed[0] == YES


def _limit(_field: Field, typed: Sequence[str]) -> Limit | None:
    return Limit.parse(typed[0]) if typed and typed[0] else None


def _several(_field: Field, typed: Sequence[str]) -> list[str]:
    return [text for text in typed if text]


def _lines(_field: Field, typed: Sequence[str]) -> list[str]:
    return [line for text in typed for line in clean_text(text).split("\n") if line.strip()]


def _instant(_field: Field, typed: Sequence[str]) -> datetime | None:
    if not typed or not typed[0]:
        return None
    try:
        return datetime.fromisoformat(typed[0]).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError as error:
        raise _Wrong(N_("Give a day and a time, such as 2026-11-21 18:00")) from error


def _day(_field: Field, typed: Sequence[str]) -> date | None:
    if not typed or not typed[0]:
        return None
    try:
        return date.fromisoformat(typed[0])
    except ValueError as error:
        raise _Wrong(N_("Give a day, such as 2026-11-21")) from error


def _number(_field: Field, typed: Sequence[str]) -> int | None:
    if not typed or not typed[0]:
        return None
    if not typed[0].isdecimal():
        raise _Wrong(N_("Choose one of the list"))
    return int(typed[0])


def _phone(_field: Field, typed: Sequence[str]) -> str | None:
    phone = clean_phone(typed[0]) if typed else None
    if typed and typed[0].strip() and (phone is None or not 3 <= len(phone) <= 20):  # noqa: PLR2004
        raise _Wrong(N_("This is not a telephone number"))
    return phone


_MILESTONE = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}))?\s+([^:：]{1,40})[:：]\s*(\S.*)"
)


def _milestones(field: Field, typed: Sequence[str]) -> list[Milestone]:
    found = []
    for line in _lines(field, typed):
        parts = _MILESTONE.fullmatch(line.strip())
        if parts is None:
            raise _Wrong(
                N_("One milestone a line: day, who answers, a colon, what is done by then")
            )
        found.append(Milestone(parts[4], _by_day(parts[1], parts[2]), parts[3].strip()))
    return found


_PROMISE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}))?\s+(\S.*)")


def _promises(field: Field, typed: Sequence[str]) -> list[InterviewPromise]:
    found = []
    for line in _lines(field, typed):
        parts = _PROMISE.fullmatch(line.strip())
        if parts is None:
            raise _Wrong(N_("One promise a line: day, then what is done by then"))
        found.append(InterviewPromise(parts[3], _by_day(parts[1], parts[2])))
    return found


_TASK = re.compile(r"(\S+)\s+(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}))?\s+(\S.*)")


def _tasks(field: Field, typed: Sequence[str]) -> list[TaskGiven]:
    found = []
    for line in _lines(field, typed):
        parts = _TASK.fullmatch(line.strip())
        if parts is None:
            raise _Wrong(N_("One task a line: unit, day, then what it has to do"))
        found.append(TaskGiven(parts[1], parts[4], _by_day(parts[2], parts[3])))
    return found


def _by_day(day: str, hour: str | None) -> datetime:
    try:
        at = datetime.strptime(f"{day} {hour or '18:00'}", "%Y-%m-%d %H:%M").replace(
            tzinfo=SHANGHAI
        )
    except ValueError as error:
        raise _Wrong(N_("Give a day and a time, such as 2026-11-21 18:00")) from error
    return at.astimezone(UTC)


MOST_ITEMS = 20
"""Items of a checklist; each is answered in a field of its own."""


def _items(field: Field, typed: Sequence[str]) -> list[str]:
    """Return what was answered to each item, in order; nothing at all when no item was."""
    answers = [_line(field, [text]) or "" for text in typed]
    return answers if any(answers) else []


_READERS: Mapping[Kind, Callable[[Field, Sequence[str]], Any]] = {
    Kind.LINE: _line,
    Kind.WORDS: _line,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
    Kind.CHECK: _check,
    Kind.LIMIT: _limit,
    Kind.DEPARTMENT: _line,
    Kind.DEPARTMENTS: _several,
    Kind.INSTANT: _instant,
    Kind.DAY: _day,
    Kind.STEP: _number,
    Kind.LINES: _lines,
    Kind.RATING: _number,
    Kind.PHONE: _phone,
    Kind.MILESTONES: _milestones,
    Kind.PROMISES: _promises,
    Kind.MILESTONE: _number,
    Kind.ITEMS: _items,
    Kind.TASKS: _tasks,
    Kind.SECRET: _secret,
}

Posted = Mapping[str, Sequence[str]]


def read(
    fields: Sequence[Field], posted: Posted, t: Translator
) -> tuple[dict[str, Any], FormState]:
    """Return the values of a sent form, and the form as it is to be shown again.

    The values are only complete when the form's `errors` are empty.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        typed = posted.get(field.name, ())
        if field.kind is Kind.ITEMS:
            typed = ["".join(posted.get(f"{field.name}-{n}", ())) for n in range(MOST_ITEMS)]
        try:
            values[field.name] = _READERS[field.kind](field, typed)
        except _Wrong as wrong:
            errors[field.name] = t.text(str(wrong.args[0]))
            continue
        except DomainError as error:
            errors[field.name] = explain(error, t.language)
            continue
        if field.required and values[field.name] in (None, [], ""):
            errors[field.name] = t.text(N_("This must be filled"))
    secrets = {field.name for field in fields if field.kind is Kind.SECRET}
    shown = {name: text for name, text in typed_values(posted).items() if name not in secrets}
    return values, FormState(shown, errors)


def typed_values(posted: Posted) -> dict[str, str]:
    """Return what was typed, several values of one name joined by blanks."""
    return {
        name: " ".join(values) if len(values) > 1 else "".join(values)
        for name, values in posted.items()
        if not name.startswith("_")
    }
