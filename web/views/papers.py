"""Papers in words: on the page, in Word, and for whoever verifies one."""

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import segno

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.papers.content import CONTENTS, RulingContent, as_json, content_digest, list_names
from hotline.papers.kinds import OF_REQUESTER, PaperKind, Ruling, may_issue, spoken_code
from hotline.papers.queries import PaperRow, TemplateRow
from hotline.papers.subjects import Subject, concerns
from hotline.people.principal import Principal
from hotline.procedures.rules import ReturnReason
from hotline.supervision.rules import OrderLevel, OrderReason
from hotline.tickets.models import CommitmentState
from web.i18n import Translator, translator
from web.labels import label

_COUNTED = frozenset({PaperKind.RECTIFICATION_NOTICE, PaperKind.FINAL_REPLY})
"""Papers whose subject is known by how manieth it is."""

_WORDS: Mapping[str, str] = {
    "ticket": N_("Ticket number"),
    "title": N_("The matter"),
    "category": N_("Category"),
    "department": N_("Department"),
    "reference": N_("Reference"),
    "promise": N_("Promise"),
    "promised_at": N_("Promised at"),
    "due_at": N_("To be done by"),
    "state": N_("State"),
    "level": N_("Level of the order"),
    "reason": N_("Reason"),
    "demand": N_("Demand"),
    "ordered_at": N_("Ordered at"),
    "grounds": N_("Grounds"),
    "decision": N_("Decision"),
    "decided_at": N_("Decided at"),
    "ruling": N_("Ruling"),
    "suggested": N_("Suggested department"),
    "assigned": N_("Department in charge"),
    "reply": N_("Reply to the requester"),
    "place": N_("Place"),
    "matter": N_("Account of the matter"),
    "note": N_("Note"),
    "position": N_("No."),
    "text": N_("Step"),
    "done_at": N_("Done at"),
}
_OWN_WORDS: Mapping[tuple[PaperKind, str], str] = {
    (PaperKind.ORDER, "due_at"): N_("Reply by"),
}
_HINTS: Mapping[PaperKind, str] = {
    PaperKind.FIELD_TASK: N_(
        "Reach the requester through the hotline only; do not ask or tell who it is."
    ),
}
_APART = frozenset({"issuer"})
"""Shown at the head and the foot of a paper, not among its lines."""

_QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class Qr:
    """A picture that leads to the verification page, as the path of an SVG.

    Attributes:
        size: modules to a side.
        path: the dark ones.
    """

    size: int
    path: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list on a paper."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A paper as a page shows it."""

    number: str
    ticket: str
    kind: PaperKind
    revision: str
    issuer: str
    requester: str | None
    issued_at: datetime
    issued_on: str
    issued_by: str
    code: str
    plain_code: str
    hash: str
    digest: str
    history_count: int
    is_newest: bool
    newest: str
    facts: Sequence[tuple[str, str]]
    lists: Sequence[Listing]
    hint: str | None
    qr: Qr
    verify_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A paper as a list shows it."""

    number: str
    ticket: str
    kind: PaperKind
    revision: str
    issued_at: datetime
    issued_by: str
    is_newest: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A paper that can be issued now.

    Attributes:
        kind: of the paper.
        subject_id: what it is about.
        reference: by which people know that.
        revision: which one it would be.
    """

    kind: PaperKind
    subject_id: uuid.UUID
    reference: str
    revision: int


@dataclass(frozen=True, slots=True)
class Panel:
    """The papers of a ticket: what was issued, what can be."""

    issued: Sequence[PaperLine]
    offers: Sequence[Offer]


def qr_of(url: str) -> Qr:
    """Return the picture of an address."""
    code = segno.make(url, error="m", micro=False)
    parts = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            length = 1
            while x + length < len(row) and row[x + length] == row[x]:
                length += 1
            if row[x]:
                parts.append(f"M{x + _QUIET_ZONE} {y + _QUIET_ZONE}h{length}v1h-{length}z")
            x += length
    return Qr(len(code.matrix) + 2 * _QUIET_ZONE, "".join(parts))


def qr_png(url: str) -> bytes:
    """Return the same for Word."""
    written = io.BytesIO()
    segno.make(url, error="m", micro=False).save(written, kind="png", scale=6, border=_QUIET_ZONE)
    return written.getvalue()


def _instant(text: str, t: Translator) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    if t.language == "en":
        return t.instant(at)
    return f"{_day(at, t)} {at:%H:%M}"


def _day(at: datetime, t: Translator) -> str:
    """Return a day as papers write it."""
    local = at.astimezone(SHANGHAI)
    return t.text(N_("{year}-{month}-{day}"), year=local.year, month=local.month, day=local.day)


def _coded(kind: PaperKind, name: str, value: Any) -> str | None:  # noqa: ANN401  # JSON
    """Return the message id of a coded value."""
    if name == "state":
        return label(CommitmentState(value))
    if name == "level":
        return label(OrderLevel(value))
    if name == "ruling":
        return label(Ruling(value))
    if name == "reason":
        reasons = OrderReason if kind is PaperKind.ORDER else ReturnReason
        return label(reasons(value)) if value in set(reasons) else None
    return None


def _said(kind: PaperKind, name: str, value: Any, t: Translator) -> str:  # noqa: ANN401  # JSON
    if value is None:
        return ""
    if name.endswith("_at"):
        return _instant(value, t)
    words = _coded(kind, name, value)
    return t.text(words) if words else str(value)


def revision_words(revision: int, t: Translator) -> str:
    """Return which revision a paper is; nothing for the first."""
    return t.text(N_("Revision {n}"), n=revision) if revision > 1 else ""


def requester_words(name: str | None, t: Translator) -> str:
    """Return how a paper speaks to the requester."""
    return t.text(N_("Requester {name}"), name=name) if name else t.text(N_("The requester"))


def _facts(kind: PaperKind, content: Mapping[str, Any], t: Translator) -> list[tuple[str, str]]:
    lists = list_names(kind)
    return [
        (t.text(_OWN_WORDS.get((kind, name), _WORDS[name])), words)
        for name in _order(kind)
        if name not in lists
        and name not in _APART
        and (words := _said(kind, name, content.get(name), t))
    ]


def _order(kind: PaperKind) -> list[str]:
    return [field.name for field in fields(CONTENTS[kind])]


def _lists(kind: PaperKind, content: Mapping[str, Any], t: Translator) -> list[Listing]:
    return [
        Listing(
            [t.text(_WORDS[column]) for column in columns],
            [[_said(kind, column, row[column], t) for column in columns] for row in content[name]],
        )
        for name, columns in list_names(kind).items()
        if content.get(name)
    ]


def paper_view(
    row: PaperRow, t: Translator, *, verifying_url: str, requester: str | None = None
) -> PaperView:
    """Return a paper as a page shows it.

    Args:
        row: the paper.
        t: the reader's language.
        verifying_url: of the verification page.
        requester: his name, masked, where the paper is for him.
    """
    paper = row.paper
    url = f"{verifying_url}/{paper.code}"
    return PaperView(
        number=paper.number,
        ticket=row.ticket_number,
        kind=paper.kind,
        revision=revision_words(paper.revision, t),
        issuer=paper.content["issuer"],
        requester=requester_words(requester, t) if paper.kind in OF_REQUESTER else None,
        issued_at=paper.issued_at,
        issued_on=_day(paper.issued_at, t),
        issued_by=issuer_words(row, t),
        code=spoken_code(paper.code),
        plain_code=paper.code,
        hash=paper.history_head.hex(),
        digest=paper.digest.hex(),
        history_count=paper.history_count,
        is_newest=row.is_newest,
        newest=row.newest,
        facts=_facts(paper.kind, paper.content, t),
        lists=_lists(paper.kind, paper.content, t),
        hint=t.text(_HINTS[paper.kind]) if paper.kind in _HINTS else None,
        qr=qr_of(url),
        verify_url=url,
    )


def issuer_words(row: PaperRow, t: Translator) -> str:
    """Return who had a paper made."""
    return row.issuer.display_name if row.issuer else t.text(N_("The requester"))


def paper_line(row: PaperRow, t: Translator) -> PaperLine:
    """Return a paper as a list shows it."""
    return PaperLine(
        number=row.paper.number,
        ticket=row.ticket_number,
        kind=row.paper.kind,
        revision=revision_words(row.paper.revision, t),
        issued_at=row.paper.issued_at,
        issued_by=issuer_words(row, t),
        is_newest=row.is_newest,
    )


def _reference(subject: Subject, t: Translator) -> str:
    """Return what tells a paper's subject from others of its kind on the same ticket."""
    content = subject.content
    if isinstance(content, RulingContent):  # a return and its arbitration are both the first
        return t.text(label(Ruling(content.ruling)))
    if subject.kind in _COUNTED:
        return t.text(N_("no. {n}"), n=subject.reference)
    return subject.reference


def papers_panel(
    issued: Sequence[PaperRow], subjects: Sequence[Subject], principal: Principal, t: Translator
) -> Panel:
    """Return what was issued on a ticket and what can be; what is on paper already is not offered."""
    latest: dict[tuple[PaperKind, uuid.UUID], PaperRow] = {}
    for row in issued:
        key = (row.paper.kind, row.paper.subject_id)
        if key not in latest or row.paper.revision > latest[key].paper.revision:
            latest[key] = row
    offers = []
    for subject in subjects:
        if not may_issue(subject.kind, principal.roles, is_concerned=concerns(subject, principal)):
            continue
        present = latest.get((subject.kind, subject.id))
        digest = content_digest(subject.kind, as_json(subject.content))
        if present is None or present.paper.digest != digest:
            revision = present.paper.revision + 1 if present else 1
            offers.append(Offer(subject.kind, subject.id, _reference(subject, t), revision))
    return Panel([paper_line(row, t) for row in issued], offers)


def word_values(row: PaperRow, *, verifying_url: str, requester: str | None) -> dict[str, Any]:
    """Return everything that a template may name, in Chinese: papers are official ones."""
    t = translator("zh_CN")
    paper = row.paper
    return {
        **_words_of(paper.kind, paper.content, t),
        "number": paper.number,
        "revision": revision_words(paper.revision, t),
        "issued_at": _day(paper.issued_at, t),
        "code": spoken_code(paper.code),
        "verify_url": verifying_url,
        "digest": paper.digest.hex(),
        "hash": paper.history_head.hex(),
        "history_count": paper.history_count,
        "requester": requester_words(requester, t),
    }


def _words_of(kind: PaperKind, content: Mapping[str, Any], t: Translator) -> dict[str, Any]:
    lists = list_names(kind)
    return {
        name: [
            {column: _said(kind, column, row[column], t) for column in lists[name]}
            for row in content[name]
        ]
        if name in lists
        else _said(kind, name, content.get(name), t)
        for name in _order(kind)
    }


_SAMPLE_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_SAMPLES: Mapping[str, Any] = {
    "ticket": "2603020000017",
    "reference": "2603020000017-1",
    "state": CommitmentState.ACTIVE.value,
    "level": OrderLevel.ORDER.value,
    "ruling": Ruling.UPHELD.value,
}
_SAMPLE_ROWS = 3


def sample_values(kind: PaperKind, *, verifying_url: str) -> dict[str, Any]:
    """Return invented values for everything that a template may name."""
    t = translator("zh_CN")
    lists = list_names(kind)
    content: dict[str, Any] = {}
    for name in _order(kind):
        content[name] = (
            [_sample_line(columns, place, t) for place in range(1, _SAMPLE_ROWS + 1)]
            if (columns := lists.get(name))
            else _sample(kind, name, t)
        )
    return {
        **_words_of(kind, content, t),
        "number": t.text(N_("Sample")) + "-000001",
        "revision": "",
        "issued_at": _day(_SAMPLE_AT, t),
        "code": spoken_code("SAMPLESAMPLE"),
        "verify_url": verifying_url,
        "digest": "0" * 64,
        "hash": "0" * 64,
        "history_count": 1,
        "requester": requester_words(None, t),
    }


def _sample(kind: PaperKind, name: str, t: Translator) -> Any:  # noqa: ANN401  # JSON
    if name.endswith("_at"):
        return _SAMPLE_AT.isoformat()
    if name == "reason":
        reason = OrderReason.BY_HAND if kind is PaperKind.ORDER else ReturnReason.NOT_MY_DUTY
        return reason.value
    if name == "issuer":
        return t.text(N_("Issuing unit"))
    return _SAMPLES.get(name) or t.text(N_("Sample of: {name}"), name=t.text(_WORDS[name]))


def _sample_line(columns: Sequence[str], place: int, t: Translator) -> dict[str, Any]:
    return {
        column: place
        if column == "position"
        else (_SAMPLE_AT + timedelta(days=place)).isoformat()
        if column.endswith("_at")
        else t.text(N_("Sample of: {name}"), name=t.text(_WORDS[column]))
        for column in columns
    }


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The versions of one kind's template, the newest first."""

    kind: PaperKind
    versions: Sequence[TemplateRow]
    names: Sequence[str]
    lists: Sequence[tuple[str, str]]


def template_views(
    rows: Sequence[TemplateRow], names: Mapping[PaperKind, Sequence[str]]
) -> list[TemplateView]:
    """Return the templates kind by kind, each with the placeholders that it may use."""
    return [
        TemplateView(
            kind,
            [row for row in rows if row.kind is kind],
            names[kind],
            [(name, ", ".join(columns)) for name, columns in list_names(kind).items()],
        )
        for kind in PaperKind
    ]
