"""The dispatch catalogue, what it proposes, precedents and accuracy, as they are shown."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from hotline.dispatching.accuracy import NO_CATEGORY, AccuracyRow, DispatchRow, DispatchVerdict
from hotline.dispatching.checking import GUARD_LEVELS, Fault
from hotline.dispatching.queries import (
    CatalogueMove,
    CataloguePreview,
    LikePrecedent,
    PrecedentRow,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.levels import DepartmentLevel
from hotline.people.models import Department
from hotline.tickets.models import RequestType
from hotline.tickets.routing.models import DispatchRoad
from hotline.tickets.routing.queries import Routed
from hotline.tickets.routing.rules import Entry
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name
from web.views.fields import Field, Kind

OVERRIDE = Field(
    "override_reason",
    N_("Reason for going past the guard of levels"),
    Kind.LINE,
    required=False,
    hint=N_("Only where the dispatch catalogue keeps the matter from so low a level."),
    most=500,
)

ENTRY: Sequence[Field] = (
    Field("category", N_("Category"), Kind.LINE, most=96),
    Field("area", N_("Area"), Kind.LINE, required=False, most=64),
    Field("request_types", N_("Request type"), Kind.DEPARTMENTS, required=False),
    Field("department", N_("Lead department"), Kind.DEPARTMENT),
    Field("co_departments", N_("Co-handling departments"), Kind.DEPARTMENTS, required=False),
    Field("min_level", N_("Not below this level"), Kind.CHOICE, required=False, of=DepartmentLevel),
    Field("valid_from", N_("Valid from"), Kind.LINE, required=False, most=10),
    Field("valid_to", N_("Valid to"), Kind.LINE, required=False, most=10),
    Field("basis", N_("Basis"), Kind.WORDS, required=False, most=500),
    Field("is_sure", N_("Sure: may be dispatched directly"), Kind.CHECK, required=False),
)
"""The form of one entry."""


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called in the reader's language.

    Attributes:
        categories: full names by code.
        departments: names by code.
    """

    categories: Mapping[str, str]
    departments: Mapping[str, str]

    def category(self, code: str | None) -> str:
        """Return what a category is called."""
        return self.categories.get(code, code) if code else "–"

    def department(self, code: str | None) -> str:
        """Return what a department is called."""
        return self.departments.get(code, code) if code else "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry of the catalogue."""

    row: int
    code: str
    category: str
    area: str | None
    request_types: str
    department: str
    co_departments: str
    guard: str
    validity: str
    basis: str
    is_sure: bool
    is_valid: bool
    faults: Sequence[str] = ()


def entry_view(
    row: int, entry: Entry, names: Names, today: date, t: Translator, faults: Sequence[str] = ()
) -> EntryView:
    """Return an entry in words."""
    days = [day.isoformat() if day else "" for day in (entry.valid_from, entry.valid_to)]
    return EntryView(
        row=row,
        code=entry.category,
        category=names.category(entry.category),
        area=entry.area,
        request_types=t.listed(type_words(entry.request_types, t)),
        department=names.department(entry.department),
        co_departments=t.listed(names.department(code) for code in entry.co_departments),
        guard=t.text(label(entry.min_level)) if entry.min_level else "",
        validity=" – ".join(days) if any(days) else "",
        basis=entry.basis,
        is_sure=entry.is_sure,
        is_valid=entry.is_valid_on(today),
        faults=faults,
    )


def type_words(codes: Iterable[str], t: Translator) -> list[str]:
    """Return request types in words."""
    known = {word.value: word for word in RequestType}
    return [t.text(label(known[code])) if code in known else code for code in codes]


def guard_options(t: Translator) -> list[tuple[str, str]]:
    """Return the levels that a guard may ask for."""
    return [(level.value, t.text(label(level))) for level in GUARD_LEVELS]


def fault_words(fault: Fault, t: Translator) -> str:
    """Return what is wrong with a row."""
    words = t.text(label(fault.kind))
    return f"{words}: {fault.value}" if fault.value else words


def faults_by_row(faults: Iterable[Fault], t: Translator) -> dict[int, list[str]]:
    """Return what is wrong, by row."""
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.row, []).append(fault_words(fault, t))
    return found


def entry_values(entry: Entry) -> dict[str, str]:
    """Return an entry as the values of its form."""
    return {
        "category": entry.category,
        "area": entry.area or "",
        "request_types": " ".join(entry.request_types),
        "department": entry.department,
        "co_departments": " ".join(entry.co_departments),
        "min_level": entry.min_level.value if entry.min_level else "",
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else "",
        "basis": entry.basis,
        "is_sure": "true" if entry.is_sure else "",
    }


@dataclass(frozen=True, slots=True)
class MoveView:
    """A ticket that a draft would have proposed elsewhere."""

    number: str
    title: str
    went_to: str
    before: str
    after: str


def move_views(preview: CataloguePreview, names: Names) -> list[MoveView]:
    """Return the tickets that a draft would have proposed elsewhere, masked."""

    def view(move: CatalogueMove) -> MoveView:
        return MoveView(
            move.number,
            mask_text(move.title),
            *map(names.department, (move.went_to, move.before, move.after)),
        )

    return [view(move) for move in preview.moves]


# -- what is proposed ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentView:
    """A decision on duty."""

    id: str
    number: str
    title: str
    category: str
    area: str
    source: str
    department: str
    explanation: str
    decided_by: str
    decided_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    common: str = ""


def precedent_view(
    row: PrecedentRow, names: Names, t: Translator, common: str = ""
) -> PrecedentView:
    """Return a precedent in words, masked."""
    precedent = row.precedent
    return PrecedentView(
        id=str(precedent.id),
        number=precedent.ticket_number,
        title=mask_text(precedent.title),
        category=names.category(precedent.category_code),
        area=precedent.area or "–",
        source=t.text(label(precedent.source)),
        department=unit_name(row.department, t),
        explanation=mask_text(precedent.explanation),
        decided_by=row.decided_by or t.text(N_("the system")),
        decided_at=precedent.decided_at,
        ended_at=precedent.ended_at,
        end_reason=mask_text(precedent.end_reason) if precedent.end_reason else None,
        common=common,
    )


def likeness_words(like: LikePrecedent, t: Translator) -> str:
    """Return what a precedent has in common with the matter at hand."""
    common = like.likeness
    words = [
        t.text(N_("same category")) if common.is_same_category else t.text(N_("category above")),
        *([t.text(N_("same area"))] if common.is_same_area else []),
        *(
            [t.text(N_("words in common: {words}"), words=t.listed(common.words))]
            if common.words
            else []
        ),
    ]
    return " · ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """What the catalogue says of a ticket.

    Attributes:
        version: of the catalogue; None before there is any.
        department: who should lead; None when nothing speaks for anybody.
        doubts: why it is not sure.
        also: what else matched.
        guard: the level below which it may not go.
        precedents: the most like decisions.
    """

    version: int | None
    department: str | None
    co_departments: str
    is_sure: bool
    is_direct: bool
    entry: EntryView | None
    doubts: Sequence[str]
    also: Sequence[EntryView]
    guard: str
    precedents: Sequence[PrecedentView]


def proposal_view(
    routed: Routed, likes: Sequence[LikePrecedent], names: Names, now: datetime, t: Translator
) -> ProposalView:
    """Return what the catalogue says, with the reasons."""
    proposal, catalogue = routed.proposal, routed.catalogue
    today = now.astimezone(SHANGHAI).date()
    rows = {id(entry): n for n, entry in enumerate(catalogue.entries, 1)} if catalogue else {}

    def view(entry: Entry) -> EntryView:
        return entry_view(rows.get(id(entry), 0), entry, names, today, t)

    return ProposalView(
        version=catalogue.version if catalogue else None,
        department=names.department(proposal.department) if proposal else None,
        co_departments=t.listed(map(names.department, proposal.co_departments)) if proposal else "",
        is_sure=proposal is not None and proposal.is_sure,
        is_direct=routed.is_direct,
        entry=view(proposal.entry) if proposal and proposal.entry else None,
        doubts=[t.text(label(doubt)) for doubt in proposal.doubts] if proposal else (),
        also=[view(entry) for entry in proposal.also] if proposal else (),
        guard=t.text(label(routed.lowest)) if routed.lowest else "",
        precedents=[precedent_view(like.row, names, t, likeness_words(like, t)) for like in likes],
    )


# -- accuracy --------------------------------------------------------------------------------------

LIST = "/catalogue/dispatches"
SHOWN_CATEGORIES = 12
"""Those with the most that went elsewhere; the interface gives every one."""


@dataclass(frozen=True, slots=True)
class AccuracyLine:
    """A share with the lists behind its numbers."""

    name: str
    judged: int
    right: int
    judged_href: str
    wrong_href: str

    @property
    def percent(self) -> str:
        """The share that was right."""
        return f"{self.right * 100 / self.judged:.1f}%" if self.judged else "–"

    @property
    def wrong(self) -> int:
        """How many went elsewhere later."""
        return self.judged - self.right


@dataclass(frozen=True, slots=True)
class AccuracyTable:
    """Shares by one thing."""

    code: str
    text: str
    heading: str
    lines: Sequence[AccuracyLine]
    left_out: int = 0


def _line(name: str, rows: Iterable[AccuracyRow], **limits: str) -> AccuracyLine:
    counts: Counter[str] = Counter()
    for row in rows:
        counts["judged"] += row.judged
        counts["right"] += row.right
    return AccuracyLine(
        name,
        counts["judged"],
        counts["right"],
        f"{LIST}?{urlencode({'judged': 'true', **limits})}",
        f"{LIST}?{urlencode({'verdict': DispatchVerdict.WRONG.value, **limits})}",
    )


def accuracy_total(rows: Sequence[AccuracyRow], since: str, t: Translator) -> AccuracyLine:
    """Return the share of all of them."""
    return _line(t.text(N_("All")), rows, since=since)


def accuracy_tables(
    rows: Sequence[AccuracyRow], names: Names, since: str, t: Translator
) -> list[AccuracyTable]:
    """Return the shares by month, by road and by category."""

    def grouped(key: Callable[[AccuracyRow], str]) -> dict[str, list[AccuracyRow]]:
        found: dict[str, list[AccuracyRow]] = {}
        for row in rows:
            found.setdefault(key(row), []).append(row)
        return found

    by_month = grouped(lambda row: row.month)
    by_road = grouped(lambda row: row.road.value)
    by_category = grouped(lambda row: row.category or "")
    categories = sorted(
        (
            _line(names.category(code), found, category=code or NO_CATEGORY, since=since)
            for code, found in by_category.items()
        ),
        key=lambda line: (-line.wrong, -line.judged, line.name),
    )
    return [
        AccuracyTable(
            "months",
            N_("By month"),
            N_("Month"),
            [
                _line(month, by_month[month], month=month)
                for month in sorted(by_month, reverse=True)
            ],
        ),
        AccuracyTable(
            "roads",
            N_("By road"),
            N_("Road"),
            [
                _line(t.text(label(road)), by_road[road.value], road=road.value, since=since)
                for road in DispatchRoad
                if road.value in by_road
            ],
        ),
        AccuracyTable(
            "categories",
            N_("By category"),
            N_("Category"),
            categories[:SHOWN_CATEGORIES],
            max(len(categories) - SHOWN_CATEGORIES, 0),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchView:
    """A first dispatch."""

    number: str
    title: str
    category: str
    area: str
    at: datetime
    road: str
    department: str
    proposed: str
    is_sure: bool
    deviation: str | None
    verdict: DispatchVerdict


def dispatch_view(row: DispatchRow, names: Names, t: Translator) -> DispatchView:
    """Return a first dispatch in words, masked."""
    record = row.record
    return DispatchView(
        number=row.number,
        title=mask_text(row.title),
        category=names.category(record.category_code),
        area=record.area or "–",
        at=record.dispatched_at,
        road=t.text(label(record.road)),
        department=unit_name(row.department, t),
        proposed=unit_name(row.proposed, t) if row.proposed else "–",
        is_sure=record.is_sure,
        deviation=mask_text(record.deviation) if record.deviation else None,
        verdict=row.verdict,
    )


def department_words(departments: Sequence[Department], t: Translator) -> dict[str, str]:
    """Return every department's name by code."""
    return {row.code: unit_name(row, t) for row in departments}
