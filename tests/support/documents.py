"""What documents read off the code, so that they cannot contradict it.

`python -m tests.support.documents` writes the generated parts anew; a contract test fails when one
of them is out of date.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel

import credit
import hotline
import web
from credit.entries.offering import PROACTIVE
from credit.entries.rules import needs_two
from credit.intake.events import CODES
from credit.rulebook import DEFAULT_BOOK, EventRule, Severity
from hotline.kernel.errors import DomainError
from hotline.people.permissions import Role
from hotline.sla.policy import LADDER, Beyond, ClockKind, Policy, Rung
from hotline.sla.presets import PRESETS
from hotline.tickets.lifecycle import (
    REACHABLE_STATES,
    TRANSITIONS,
    Action,
    Hold,
    Move,
    Outcome,
    State,
    Status,
    actions_from,
)
from web import errors
from web.api.v1.ticket_actions import ACTION_ROUTES
from web.i18n import translate
from web.labels import label, state_label
from web.views.credit_entries import points_words
from web.views.credit_words import EVENT_WORDS

ROOT = Path(__file__).parents[2]
BEGIN = "<!-- generated: python -m tests.support.documents -->"
END = "<!-- end of the generated part -->"

HTTP_CODES: Mapping[str, tuple[int, str]] = {
    "body-too-large": (413, "The body is larger than `HOTLINE_MAX_BODY_BYTES`"),
    "conflict": (409, "A constraint of the database refused: somebody did the same at once"),
    "forbidden": (403, "The framework refused"),
    "internal-error": (500, "A fault of ours; the log has it under `request_id`"),
    "invalid-request": (422, "A body or a parameter does not fit; `errors` names each field"),
    "malformed-request": (400, "The body is no JSON"),
    "method-not-allowed": (405, "The address is right, the method is not"),
    "not-found": (404, "Nothing is served at this address"),
    "refused": (400, "The framework refused for a reason of its own"),
    "temporarily-unavailable": (503, "The database is away; try again after `Retry-After` seconds"),
    "too-many-requests": (429, "The framework refused"),
    "unsupported-media-type": (415, "The body is of a type that is not read"),
}
"""Codes that belong to no error class, with what they mean."""


def _zh(message: str) -> str:
    return translate("zh_CN", message)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return _row(*head) + _row(*("---" for _ in head)) + "".join(_row(*row) for row in rows)


def _code(*words: object) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _ordered(states: Iterable[State]) -> list[State]:
    statuses, holds = list(Status), [None, *Hold]
    return sorted(states, key=lambda s: (statuses.index(s.status), holds.index(s.hold)))


# -- the machine ---------------------------------------------------------------------------------


def _edges() -> Iterator[tuple[Status, Status, Action]]:
    for action, row in TRANSITIONS.items():
        for source in _ordered(row.sources):
            for move in row.moves.values():
                target = move.applied_to(source).status
                if target is not source.status:
                    yield source.status, target, action


def _diagram() -> str:
    labels: dict[tuple[Status, Status], dict[Action, None]] = {}
    for source, target, action in _edges():
        labels.setdefault((source, target), {})[action] = None
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Status.SUBMITTED.value}: submit"]
    lines += [f"    {status.value}: {status.value} {_zh(label(status))}" for status in Status]
    lines += [
        f"    {source.value} --> {target.value}: {', '.join(a.value for a in actions)}"
        for (source, target), actions in labels.items()
    ]
    lines += [
        f"    {status.value} --> [*]"
        for status in Status
        if status not in {source for source, _ in labels}
    ]
    return "\n".join([*lines, "```", ""])


def _clocks(move: Move) -> str:
    parts = (
        ("starts", move.starts),
        ("settles", move.settles),
        ("hands in", move.submits),
        ("goes on with", move.resubmits),
        ("pauses", move.pauses),
        ("resumes", move.resumes),
        ("resumes or starts", move.revives),
        ("cancels", move.cancels),
    )
    return "; ".join(f"{word} {_code(*kinds)}" for word, kinds in parts if kinds) or "-"


def _targets(action: Action, move: Move) -> str:
    sources = TRANSITIONS[action].sources
    if TRANSITIONS[action].creates:
        return _code(move.status)
    if all(move.applied_to(source) == source for source in sources):
        return "as before"
    targets = _ordered({move.applied_to(source) for source in sources})
    return _code(*targets) + (", round + 1" if move.next_round else "")


def _moves() -> Iterator[tuple[str, ...]]:
    for action, row in TRANSITIONS.items():
        first = True
        for outcome, move in row.moves.items():
            yield (
                f"`{action.value}` {_zh(label(action))}" if first else "",
                _sources(row.sources, creates=row.creates) if first else "",
                _code(*(role for role in Role if role in row.roles)) if first else "",
                _code(*sorted(row.needs)) or "-" if first else "",
                "" if outcome is Outcome.DONE else f"`{outcome.value}` {_zh(label(outcome))}",
                _targets(action, move),
                _clocks(move),
            )
            first = False


def _sources(sources: frozenset[State], *, creates: bool) -> str:
    if creates:
        return "(a new ticket)"
    if len(sources) > 8:
        missing = _ordered(REACHABLE_STATES - sources)
        if len(missing) <= 8:
            return f"every state but {_code(*missing)}"
    return _code(*_ordered(sources))


def _places() -> Iterator[tuple[str, ...]]:
    for state in _ordered(REACHABLE_STATES):
        here = actions_from(state)
        yield (
            f"`{state}`",
            _zh(state_label(state)),
            "<br>".join(
                f"`{action.value}`: "
                + ", ".join(role.value for role in Role if role in TRANSITIONS[action].roles)
                for action in here
            )
            or "nothing",
        )


def machine() -> str:
    """Return the diagram and both tables of the ticket's machine."""
    return (
        f"{_diagram()}\n## What every action does\n\n"
        + _table(
            ("Action", "From", "Who", "Needs", "Outcome", "To", "Clocks"),
            _moves(),
        )
        + "\n## What may be done in each state, and by whom\n\n"
        + _table(("State", "中文", "Action: roles"), _places())
    )


# -- limits --------------------------------------------------------------------------------------

_SHOWN = (
    ClockKind.ACCEPT,
    ClockKind.DISPATCH,
    ClockKind.SIGN,
    ClockKind.FIRST_CONTACT,
    ClockKind.COMPLETE,
    ClockKind.CO_OPINION,
    ClockKind.AUDIT,
    ClockKind.VISIT,
    ClockKind.REWORK_COMPLETE,
)


def _limit(policy: Policy, kind: ClockKind) -> str:
    rule = policy.clocks.get(kind)
    if rule is None:
        return "-"
    mark = " w" if rule.calendar == "working" else ""
    special = "".join(f"<br>{word} {limit}" for word, limit in rule.by_type.items())
    return f"{rule.limit}{mark}{special}"


def _match(policy: Policy) -> str:
    match = policy.match
    parts = [
        f"{name} {_code(*words)}"
        for name, words in (
            ("urgency", match.urgency),
            ("channel", match.channel),
            ("programme", match.programme),
            ("request type", match.request_type),
            ("category", match.category),
        )
        if words
    ]
    parts += ["secrecy asked for"] if match.secret else []
    return "; ".join(parts) or "every other ticket"


_LADDER_WORDS = {
    Rung.URGE: "urged again",
    Rung.ACT: "the system acts",
    Rung.ORDER: "supervision order",
    Rung.LISTING: "listed",
}


def _beyond(beyond: Beyond | None) -> str:
    if beyond is None:
        return "-"
    after = f"{beyond.after:%} of the limit" if isinstance(beyond.after, Decimal) else beyond.after
    if beyond.seconds(86400, 86400) == 0:
        return "at the limit"
    times = f", {beyond.times} times" if beyond.times > 1 else ""
    return f"{'every ' if times else ''}{after} later{times}".replace(".00%", "%").replace(
        ".000000%", "%"
    )


def _ladder() -> str:
    return _table(
        ("Clock", *_LADDER_WORDS.values()),
        (
            (f"`{kind.value}`", *(_beyond(LADDER[kind].get(rung)) for rung in _LADDER_WORDS))
            for kind in ClockKind
            if kind in LADDER
        ),
    )


def limits() -> str:
    """Return the tables of what follows red, and of the presets."""
    return f"{_ladder()}\n## Presets\n\n{_PRESETS_WORDS}\n\n{_presets()}"


_PRESETS_WORDS = """What a new installation starts with; `w` means working time, `-` no such limit. *no*
means: there, but switched off until an administrator switches it on."""


def _presets() -> str:
    return _table(
        ("Policy", "For", "In use", *(f"`{kind.value}`" for kind in _SHOWN)),
        (
            (
                f"`{policy.code}` {policy.name}",
                _match(policy),
                "default" if policy.is_default else "yes" if preset.is_active else "no",
                *(_limit(policy, kind) for kind in _SHOWN),
            )
            for preset in PRESETS
            for policy in (preset.policy,)
        ),
    )


# -- the interface -------------------------------------------------------------------------------


def _fields(body: type[BaseModel]) -> str:
    names = [
        f"`{name}`{'' if field.is_required() else '?'}"
        for name, field in body.model_fields.items()
        if name != "expected_version"
    ]
    return ", ".join(names) or "nothing"


def interface() -> str:
    """Return the table of the actions on a ticket."""
    return _table(
        ("After `/api/v1/tickets/{number}/`", "Action", "Body"),
        (
            (f"`{route.path}`", _zh(label(route.action)), _fields(route.body))
            for route in ACTION_ROUTES
        ),
    )


# -- errors --------------------------------------------------------------------------------------


def _family(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def domain_errors() -> list[type[DomainError]]:
    """Return every error class of the program, by code."""
    for package in (hotline, credit, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    ours = [
        error
        for error in _family(DomainError)
        if error.__module__.partition(".")[0] in {"hotline", "credit", "web"}
    ]
    return sorted(ours, key=lambda error: error.code)


def problems() -> str:
    """Return the table of every code that an answer can carry."""
    return (
        _table(
            ("Code", "Status", "Meaning", "Said in Chinese"),
            (
                (
                    f"`{error.code}`",
                    str(errors.status_of(error.__new__(error))),
                    (error.__doc__ or "").partition("\n")[0],
                    _zh(error.title),
                )
                for error in domain_errors()
            ),
        )
        + "\n## Codes of the HTTP layer\n\n"
        + _table(
            ("Code", "Status", "Meaning"),
            (
                (f"`{code}`", str(status), meaning)
                for code, (status, meaning) in sorted(HTTP_CODES.items())
            ),
        )
    )


# -- credit ----------------------------------------------------------------------------------------


def _weighed(rule: EventRule) -> str:
    if rule.severity is Severity.RATE:
        return "-"
    points = points_words(rule.points)
    if rule.cap is None:
        return points
    days = rule.cap_days or DEFAULT_BOOK.decays[rule.severity].end_days
    return f"{points}, cap {points_words(rule.cap)} within {days} days"


def _source(code: str, rule: EventRule) -> str:
    if rule.severity is Severity.RATE:
        return "counts in a rate only"
    topics = sorted(topic for topic, codes in CODES.items() if code in codes)
    if topics:
        return f"fact {_code(*topics)}"
    if code == PROACTIVE:
        return "offered each quarter, confirmed by people"
    return "the authority" if rule.severity is Severity.CANCELS else "people"


def credit_events() -> str:
    """Return the table of events as the first version of the rules has it."""
    return _table(
        ("Code", "Event", "中文", "Class", "Points", "Two persons", "Comes from"),
        (
            (
                f"`{code}`",
                EVENT_WORDS[code],
                _zh(EVENT_WORDS[code]),
                rule.severity.value,
                _weighed(rule),
                "yes" if needs_two(rule) else "no",
                _source(code, rule),
            )
            for code, rule in DEFAULT_BOOK.events.items()
        ),
    )


GENERATED: Mapping[str, Callable[[], str]] = {
    "docs/machine.md": machine,
    "docs/limits.md": limits,
    "docs/errors.md": problems,
    "docs/api.md": interface,
    "docs/credit-events.md": credit_events,
}
"""Documents with a generated part, and what makes it."""


def renewed(path: str) -> str:
    """Return a document with its generated part as it has to be."""
    text = (ROOT / path).read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, f"{path} has lost the marks of its generated part"
    return f"{before}{BEGIN}\n\n{GENERATED[path]()}\n{END}{after}"


if __name__ == "__main__":
    for name in GENERATED:
        (ROOT / name).write_text(renewed(name), encoding="utf-8")
