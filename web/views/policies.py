"""A time-limit policy as a form, a sent form as a policy's definition, and what a change would do."""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.kernel.errors import N_
from hotline.sla.codec import policy_from_json, share_or_limit
from hotline.sla.differences import Difference, differences
from hotline.sla.models import PolicyVersion
from hotline.sla.policy import (
    DEFAULT_WARNINGS,
    LADDER,
    MAX_URGES,
    REQUIRED_CLOCKS,
    STEP_RULES,
    Beyond,
    CalendarCode,
    ClockKind,
    InvalidPolicy,
    Limit,
    Rung,
)
from hotline.sla.queries import PinnedPolicy
from hotline.sla.spelled import read_limit
from hotline.tickets.actions.policies import Failure
from hotline.tickets.models import Channel, Programme, RequestType, Urgency
from hotline.tickets.reapplication import ClockMove, TicketMove
from hotline.workdays.models import CalendarVersion
from web.i18n import Translator, translate
from web.labels import label
from web.views.fields import Posted, typed_values
from web.views.forms import FormState
from web.views.problems import explain, limit_words, problem

MATCH_GROUPS: Sequence[tuple[str, str, type[enum.Enum]]] = (
    ("urgency", N_("Urgency"), Urgency),
    ("channel", N_("Channel"), Channel),
    ("programme", N_("Line of work"), Programme),
    ("request_type", N_("Request type"), RequestType),
)
MATCH_WORDS: Sequence[tuple[str, str]] = (("category", N_("Category codes")), ("area", N_("Areas")))
SHOWN_LIMITS = (ClockKind.ACCEPT, ClockKind.SIGN, ClockKind.COMPLETE)
LADDER_RUNGS: Sequence[tuple[Rung, str]] = (
    (Rung.URGE, N_("Urge every")),
    (Rung.ACT, N_("Act by itself after")),
    (Rung.ORDER, N_("Supervision order after")),
    (Rung.LISTING, N_("List on the board after")),
)
_TIMES = "urge-times"
_QUIET = "quiet"
_NONE = "-"
_DASHES = frozenset("-–—")
_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+")


# -- lists -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One line of the list of policies."""

    code: str
    name: str
    version: int
    match: str
    limits: Sequence[str]
    is_default: bool
    is_active: bool


def policy_row(row: PolicyVersion, t: Translator) -> PolicyRow:
    """Return the newest version of a policy as a line."""
    policy = policy_from_json(row.code, row.name, row.definition, is_default=row.is_default)
    words = list(_match_words(row.definition.get("match", {}), t))
    limits = []
    for kind in SHOWN_LIMITS:
        rule = policy.clocks.get(kind)
        limits.append(limit_words(rule.limit, t) if rule else "–")
    return PolicyRow(
        row.code,
        row.name,
        row.version,
        ", ".join(words) or t.text(N_("Every ticket")),
        limits,
        row.is_default,
        row.is_active,
    )


def _match_words(match: Mapping[str, Any], t: Translator) -> Iterator[str]:
    for group, _, members in MATCH_GROUPS:
        for value in match.get(group, ()):
            yield t.text(label(members(value)))
    yield from match.get("category", ())
    yield from match.get("area", ())
    if match.get("secret"):
        yield t.text(N_("Requester secret"))


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One part that a version changed, in words."""

    part: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with what it changed; nothing for the first."""

    version: int
    at: datetime
    by: str
    is_active: bool
    changes: Sequence[DifferenceView]
    is_first: bool


def version_views(rows: Sequence[PolicyVersion], t: Translator) -> list[VersionView]:
    """Return every version, newest first, with what it changed against the one before."""
    earlier = [*rows[1:], *([None] if rows else [])]
    return [
        VersionView(
            row.version,
            row.created_at,
            row.created_by,
            row.is_active,
            [difference_view(found, t) for found in differences(whole(before), whole(row))]
            if before
            else (),
            before is None,
        )
        for row, before in zip(rows, earlier, strict=True)
    ]


def whole(row: PolicyVersion) -> dict[str, Any]:
    """Return everything that a version says, for holding two of them against each other."""
    return {"name": row.name, "is_active": row.is_active, **row.definition}


_PARTS: Mapping[str, str] = {
    "name": N_("Designation"),
    "is_active": N_("In use"),
    "return_window": N_("Time to give a ticket back"),
    "secret": N_("Only when the requester asked for secrecy"),
    "limit": N_("Limit"),
    "calendar": N_("Counted in"),
    "warnings": N_("Warnings"),
    "beyond": N_("What follows red"),
    "times": N_("times"),
    **{group: text for group, text, _ in MATCH_GROUPS},
    **dict(MATCH_WORDS),
}


def difference_view(found: Difference, t: Translator) -> DifferenceView:
    """Return a changed part with what stood there before and what stands there now."""
    return DifferenceView(
        ": ".join(_part_words(found.part.split("."), t)),
        _value_words(found.before, t),
        _value_words(found.after, t),
    )


def _part_words(names: Sequence[str], t: Translator) -> Iterator[str]:
    rungs = {rung.value: text for rung, text in LADDER_RUNGS}
    for above, name in zip(("", *names), names, strict=False):
        if name in {"match", "clocks", "by_type", "after"} or (
            name == "beyond" and name != names[-1]
        ):
            continue
        if above == "clocks":
            yield t.text(label(ClockKind(name)))
        elif above == "by_type":
            yield t.text(label(RequestType(name)))
        elif above == "beyond":
            yield t.text(rungs[name])
        else:
            yield t.text(_PARTS.get(name, name))


_VALUES = {
    str(member.value): member
    for members in (Urgency, Channel, Programme, RequestType, CalendarCode)
    for member in members
}


def _value_words(value: Any, t: Translator) -> str:  # noqa: ANN401  # a part of a definition
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, list):
        return ", ".join(_value_words(part, t) for part in value)
    if isinstance(value, bool):
        return t.text(N_("Yes")) if value else t.text(N_("No"))
    if isinstance(value, float):
        return percent(Decimal(str(value)))
    return _word(str(value), t)


def _word(text: str, t: Translator) -> str:
    if text in _VALUES:
        return t.text(label(_VALUES[text]))
    if re.fullmatch(r"P(?=[\dT])\S+", text):
        return limit_words(Limit.parse(text), t)
    return text


def percent(share: Decimal) -> str:
    """Return a share as a percentage without needless zeros."""
    return f"{(share * 100).normalize():f}%"


def failure_words(failure: Failure, language: str) -> str:
    """Return why a ticket could not be put under its policy."""
    if failure.error is None:
        return translate(language, problem(503).title)
    return explain(failure.error, language)


# -- the form --------------------------------------------------------------------------------------


def general_limits(t: Translator) -> dict[str, str]:
    """Return the limits that hold for a step where a policy sets none of its own."""
    return {kind.value: _spelled(rule.limit, t) for kind, rule in STEP_RULES.items()}


def usual_ladder(t: Translator) -> dict[str, str]:
    """Return what follows red where a policy does not say, by field of the form."""
    return {
        name: text
        for kind, rungs in LADDER.items()
        for name, text in _ladder_values(kind.value, rungs.items(), t)
    }


def ladder_rungs(kind: ClockKind) -> list[Rung]:
    """Return the rungs that a policy may set for a clock."""
    return [
        rung for rung, _ in LADDER_RUNGS if rung is not Rung.ACT or Rung.ACT in LADDER.get(kind, {})
    ]


def opened_clocks(form: FormState) -> set[str]:
    """Return the clocks of which more than limit and warnings is filled in, or wrong."""
    asked = {*form.errors, *(name for name, value in form.values.items() if value)}
    tails = [*(rung.value for rung, _ in LADDER_RUNGS), _TIMES, _QUIET]
    tails += [f"type-{word.value}" for word in RequestType]
    return {
        kind.value for kind in ClockKind if any(f"{kind.value}-{tail}" in asked for tail in tails)
    }


def calendar_options(
    calendars: Sequence[CalendarVersion], used: Iterable[str], t: Translator
) -> list[tuple[str, str]]:
    """Return the calendars that can be chosen; one that is in use is offered whatever became of it."""
    names = {CalendarCode.NATURAL.value: t.text(label(CalendarCode.NATURAL))}
    names |= {row.code: row.name for row in calendars if row.is_active}
    if CalendarCode.WORKING.value not in names:
        names[CalendarCode.WORKING.value] = t.text(label(CalendarCode.WORKING))
    return list((names | {code: code for code in used if code and code not in names}).items())


_LENGTHS = ((3600, N_("{n} h")), (60, N_("{n} min")), (1, N_("{n} s")))


def _spelled(limit: Limit, t: Translator) -> str:
    """Return a limit as it may be typed again: hours stay hours, for a day is the calendar's."""
    words = [t.text(N_("{n} d"), n=f"{limit.days.normalize():f}")] if limit.days else []
    rest = limit.seconds
    for size, text in _LENGTHS:
        count, rest = divmod(rest, size)
        if count:
            words.append(t.text(text, n=count))
    return t.join(words)


def _written(value: Decimal | Limit, t: Translator) -> str:
    return _spelled(value, t) if isinstance(value, Limit) else percent(value)


def _ladder_values(
    key: str, rungs: Iterable[tuple[Rung, Beyond]], t: Translator
) -> Iterator[tuple[str, str]]:
    for rung, beyond in rungs:
        yield f"{key}-{rung.value}", _written(beyond.after, t)
        if rung is Rung.URGE:
            yield f"{key}-{_TIMES}", str(beyond.times)


def policy_form(row: PolicyVersion | None, t: Translator) -> FormState:
    """Return the form of a version; an empty one for a new policy."""
    values: dict[str, str] = {
        f"{kind.value}-calendar": STEP_RULES[kind].calendar
        if kind in STEP_RULES
        else CalendarCode.NATURAL.value
        for kind in ClockKind
    }
    if row is None:
        return FormState(values | {"is_active": "true"})
    policy = policy_from_json(row.code, row.name, row.definition, is_default=row.is_default)
    match = policy.match
    values |= {"name": row.name, "is_active": "true" if row.is_active else ""}
    values |= {group: " ".join(getattr(match, group)) for group, _, _ in MATCH_GROUPS}
    values |= {
        "category": " ".join(match.category),
        "area": ", ".join(match.area),
        "secret": "true" if match.secret else "",
        "return_window": _spelled(policy.return_window, t) if policy.return_window else "",
    }
    for kind, rule in policy.clocks.items():
        key = kind.value
        values |= {
            f"{key}-limit": _spelled(rule.limit, t),
            f"{key}-calendar": str(rule.calendar),
            f"{key}-yellow": _written(rule.warnings[0], t),
            f"{key}-orange": _written(rule.warnings[1], t),
            **{f"{key}-type-{word}": _spelled(limit, t) for word, limit in rule.by_type.items()},
        }
        if rule.beyond:
            left_out = {f"{key}-{rung.value}": _NONE for rung in LADDER.get(kind, {})}
            values |= left_out | dict(_ladder_values(key, rule.beyond.items(), t))
        elif rule.beyond is not None:
            values[f"{key}-{_QUIET}"] = "true"
    return FormState(values)


def read_policy(posted: Posted, t: Translator) -> tuple[dict[str, Any], FormState]:
    """Return the definition that a sent form describes, and the form as it is to be shown again.

    Args:
        posted: what was sent.
        t: speaks the errors.
    """
    values = typed_values(posted)
    reader = _Reader(values, t)
    if not values.get("name", "").strip():
        reader.errors["name"] = t.text(N_("This must be filled"))
    rules = {kind.value: reader.rule(kind) for kind in ClockKind}
    match: dict[str, Any] = {
        group: list(posted[group]) for group, _, _ in MATCH_GROUPS if posted.get(group)
    }
    for group, between in (("category", r"[\s,、，]+"), ("area", r"[\r\n,、，]+")):  # full-width
        words = [word.strip() for word in re.split(between, values.get(group, ""))]
        if any(words):
            match[group] = [word for word in words if word]
    if values.get("secret"):
        match["secret"] = True
    definition: dict[str, Any] = {
        "match": match,
        "clocks": {word: rule for word, rule in rules.items() if rule is not None},
    }
    window = reader.limit("return_window")
    if window is not None:
        definition["return_window"] = window
    return definition, FormState(values, reader.errors)


class _Reader:
    """Reads one field after the other and keeps what is wrong."""

    def __init__(self, values: Mapping[str, str], t: Translator) -> None:
        self.errors: dict[str, str] = {}
        self._values = values
        self._t = t

    def _typed(self, name: str) -> str:
        return self._values.get(name, "").strip()

    def limit(self, name: str) -> str | None:
        """Return the limit that was typed, None when nothing was."""
        text = self._typed(name)
        if not text:
            return None
        try:
            return str(read_limit(text))
        except InvalidPolicy:
            self.errors[name] = self._t.text(
                N_("Give a time longer than zero and at most a year, such as 30m, 4h or 5d")
            )
            return text

    def rule(self, kind: ClockKind) -> dict[str, Any] | None:
        """Return the rule of a clock, None when the policy leaves it out."""
        key = kind.value
        limit = self.limit(f"{key}-limit")
        if limit is None:
            if kind in REQUIRED_CLOCKS:
                self.errors[f"{key}-limit"] = self._t.text(N_("No policy may leave out this limit"))
            return None
        rule: dict[str, Any] = {
            "limit": limit,
            "calendar": self._typed(f"{key}-calendar") or CalendarCode.NATURAL.value,
            "warnings": self._warnings(key),
        }
        by_type = {word.value: self.limit(f"{key}-type-{word.value}") for word in RequestType}
        if any(by_type.values()):
            rule["by_type"] = {word: text for word, text in by_type.items() if text}
        beyond = self._beyond(kind)
        if beyond is not None:
            rule["beyond"] = beyond
        return rule

    def _warnings(self, key: str) -> list[float | str]:
        typed = [self._typed(f"{key}-{level}") for level in ("yellow", "orange")]
        if not any(typed):
            return [float(share) for share in DEFAULT_WARNINGS if isinstance(share, Decimal)]
        yellow, orange = (_share_or_limit(text) for text in typed)
        rises = yellow is not None and orange is not None
        if isinstance(yellow, Limit) and isinstance(orange, Limit):
            rises = yellow.on_calendar(86400) > orange.on_calendar(86400)
        elif isinstance(yellow, Decimal) and isinstance(orange, Decimal):
            rises = 0 < yellow < orange < 1
        elif rises:
            rises = all(0 < share < 1 for share in (yellow, orange) if isinstance(share, Decimal))
        if not rises:
            self.errors[f"{key}-yellow"] = self._t.text(
                N_(
                    "Two shares that rise, such as 60% and 80%, or times before the end that shrink, "
                    "such as 1d and 2h"
                )
            )
            return []
        return [_to_json(value) for value in (yellow, orange) if value is not None]

    def _beyond(self, kind: ClockKind) -> dict[str, Any] | None:
        """Return what follows red; where nothing was typed at a rung, what is usual there."""
        key, found = kind.value, {}
        typed = {rung: self._typed(f"{key}-{rung.value}") for rung in ladder_rungs(kind)}
        usual = dict(_ladder_values(key, LADDER.get(kind, {}).items(), self._t))
        is_own = any(typed.values()) or bool(self._typed(f"{key}-{_TIMES}"))
        for rung, own in typed.items():
            name = f"{key}-{rung.value}"
            text = own or (usual.get(name, "") if is_own else "")
            if not text or text in _DASHES:
                continue
            after = _share_or_limit(text)
            if after is None or (isinstance(after, Decimal) and after < 0):
                self.errors[name] = self._t.text(
                    N_("A share of the limit such as 50%, a time such as 2h, or 0% for at once")
                )
                continue
            found[rung.value] = {"after": _to_json(after)}
            if rung is Rung.URGE:
                found[rung.value]["times"] = self._times(key, usual)
        if self._typed(f"{key}-{_QUIET}"):
            if found:
                self.errors[f"{key}-{_QUIET}"] = self._t.text(
                    N_("Either nothing follows red, or what is filled in here")
                )
            return {}
        return found if is_own else None

    def _times(self, key: str, usual: Mapping[str, str]) -> int:
        text = self._typed(f"{key}-{_TIMES}") or usual.get(f"{key}-{_TIMES}", "1")
        if not text.isdecimal() or not 1 <= int(text[:4]) <= MAX_URGES:
            self.errors[f"{key}-{_TIMES}"] = self._t.text(
                N_("A number from 1 to {most}"), most=MAX_URGES
            )
            return 1
        return int(text)


def _share_or_limit(text: str) -> Decimal | Limit | None:
    """Return what a share (60% or 0.6) or a length of time says; None when it is neither."""
    try:
        if text.endswith("%"):
            return share_or_limit(str(Decimal(text[:-1].strip()) / 100))
        return share_or_limit(text) if _NUMBER.fullmatch(text) else read_limit(text)
    except (InvalidPolicy, InvalidOperation, ValueError):
        return None


def _to_json(value: Decimal | Limit) -> float | str:
    return str(value) if isinstance(value, Limit) else float(value)


# -- what a change would do ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClockMoveView:
    """What becomes of one clock, in words."""

    kind: str
    due_at: datetime
    new_due_at: datetime
    gained: str
    is_later: bool
    is_overdue_at_once: bool
    was_overdue: bool


@dataclass(frozen=True, slots=True)
class MoveView:
    """What becomes of one ticket."""

    number: str
    before: str
    after: str
    clocks: Sequence[ClockMoveView]
    promise_due_at: datetime | None
    new_promise_due_at: datetime | None


def move_view(move: TicketMove, t: Translator) -> MoveView:
    """Return what becomes of a ticket, in words."""
    return MoveView(
        move.number,
        _version_words(move.before, t),
        _version_words(move.after, t),
        [_clock_view(clock, t) for clock in move.clocks],
        move.promise_due_at,
        move.new_promise_due_at,
    )


def _version_words(pinned: PinnedPolicy, t: Translator) -> str:
    version = t.text(N_("version {n}"), n=pinned.version)
    return f"{pinned.policy.name} {version}"


def _clock_view(move: ClockMove, t: Translator) -> ClockMoveView:
    gained = move.gained_seconds
    words = t.duration(gained)
    if gained > 0:
        words = t.text(N_("{duration} more"), duration=words)
    elif gained < 0:
        words = t.text(N_("{duration} less"), duration=words)
    else:
        words = t.text(N_("as before"))
    return ClockMoveView(
        t.text(label(move.kind)),
        move.due_at,
        move.new_due_at,
        words,
        gained > 0,
        move.is_overdue_at_once,
        move.was_overdue,
    )
