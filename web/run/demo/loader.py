"""Reads the invented demo city from its data files and proves that it hangs together."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from string import Formatter
from typing import Any, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from hotline.people.permissions import Role

RequestType = Literal["consult", "help", "complaint", "report", "suggestion", "praise"]
Urgency = Literal["p0", "p1", "p2", "p3"]
Channel = Literal[
    "phone",
    "wechat",
    "app",
    "web",
    "sms",
    "email",
    "mayor_mailbox",
    "upper_level",
    "on_site",
    "snap",
    "meeting",
]
DepartmentKind = Literal[
    "authority",
    "hotline",
    "bureau",
    "utility",
    "district",
    "county",
    "street",
    "town",
    "institution",
]

SLOTS = ("road", "community", "shop", "n", "date")

_EXACT = ConfigDict(extra="forbid")


class DemoContentError(ValueError):
    """The demo files contradict each other or name something that does not exist."""


@dataclass(frozen=True, config=_EXACT)
class PeerGroup:
    """Units that are compared with each other."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, config=_EXACT)
class Department:
    """A responsible unit; `categories` are the second-level subjects it usually handles."""

    code: str
    name: str
    name_en: str
    kind: DepartmentKind
    phone: str
    categories: tuple[str, ...]
    peer_group: str | None = None
    parent: str | None = None
    is_hotline: bool = False


@dataclass(frozen=True, config=_EXACT)
class Category:
    """One subject of the three-level tree; `steps` is the service list a second level promises."""

    code: str
    name: str
    name_en: str
    level: Literal[1, 2, 3]
    parent: str | None = None
    lead: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, config=_EXACT)
class User:
    """An account with a fixed name."""

    username: str
    roles: tuple[Role, ...]
    name: str
    name_en: str


@dataclass(frozen=True, config=_EXACT)
class UnitStaff:
    """Names of the generated accounts `handler.<code>` and `leader.<code>`."""

    handler: str
    handler_en: str
    leader: str
    leader_en: str


@dataclass(frozen=True, config=_EXACT)
class TicketTemplate:
    """A matter as callers bring it and as a unit handles it; texts may hold slots in braces."""

    key: str
    title: str
    content: str
    request_type: RequestType
    category: str
    department: str
    channels: dict[Channel, int]
    promise: str
    contact: str
    progress: str
    reply: str
    reject: str
    visit: str
    urgency: Urgency = "p2"
    co_departments: tuple[str, ...] = ()
    area: str | None = None
    matter: str | None = None
    direct: bool = False
    enterprise: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that may hold slots."""
        return (
            self.title,
            self.content,
            self.promise,
            self.contact,
            self.progress,
            self.reply,
            self.reject,
            self.visit,
        )


@dataclass(frozen=True, config=_EXACT)
class Slots:
    """What fills the slots; roads and communities are listed by district code."""

    shops: tuple[str, ...]
    roads: dict[str, tuple[str, ...]]
    communities: dict[str, tuple[str, ...]]


@dataclass(frozen=True, config=_EXACT)
class Requesters:
    """Parts of invented callers; numbers run from `phone_first` to `phone_last`, four digits."""

    surnames: tuple[str, ...]
    given_names: tuple[str, ...]
    enterprises: tuple[str, ...]
    phone_prefix: str
    phone_first: int
    phone_last: int


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class StoryText:
    """A text for one procedure; without `categories` it suits any subject."""

    categories: tuple[str, ...] = ()

    def suits(self, category: str) -> bool:
        """Whether this text was written for the subject."""
        return any(category == code or category.startswith(f"{code}.") for code in self.categories)


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Supplement(StoryText):
    """A checklist told to the requester once."""

    items: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class ReturnRequest(StoryText):
    """Why a unit disputes an assignment and whom it names instead."""

    reason: Literal[
        "not_my_duty",
        "wrong_area",
        "unclear",
        "duplicate",
        "legal_route",
        "higher_level",
    ]
    legal_basis: str
    suggested: str
    explanation: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class ReturnDecision(StoryText):
    """What the dispatcher answers to a return request."""

    uphold: bool
    explanation: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Consultation(StoryText):
    """A talk with several units before the dispatch."""

    units: tuple[str, ...]
    note: str
    decision: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Arbitration(StoryText):
    """A binding choice of unit."""

    designated: str
    note: str


@dataclass(frozen=True, config=_EXACT)
class Milestone:
    """A step of a rectification plan, due `days` natural days after its approval."""

    text: str
    days: int
    evidence: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Rectification(StoryText):
    """A plan for what cannot be fixed soon."""

    reason: str
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Suspension(StoryText):
    """Why the clock should stop; reviewed after `review_days` natural days."""

    reason: Literal[
        "waiting_requester",
        "statutory_step",
        "force_majeure",
        "external_dependency",
    ]
    explanation: str
    review_days: int


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class FinalReply(StoryText):
    """Why a matter cannot go further."""

    reason: Literal[
        "policy_forbids",
        "no_legal_basis",
        "properly_solved_repeated",
        "unreasonable",
        "legal_route",
    ]
    explanation: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class RatingCheck(StoryText):
    """What the check of a bad rating found."""

    founded: bool
    note: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Refusal(StoryText):
    """Why a matter is not accepted and where to go instead."""

    reason: str
    explanation: str
    route: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class TransferOut(StoryText):
    """A matter handed to a body outside the hotline."""

    target: str
    note: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Extension(StoryText):
    """A request for `days` more working days."""

    reason: Literal[
        "awaiting_parts",
        "complex_investigation",
        "multi_unit",
        "weather",
        "requester_schedule",
        "procurement",
    ]
    days: int
    explanation: str
    requester_told: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Decision(StoryText):
    """A yes or no with its reason."""

    approve: bool
    explanation: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Urge(StoryText):
    """A call for speed."""

    note: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class SupervisionOrder(StoryText):
    """A formal order, the unit's answer and its verification."""

    demand: str
    reply: str
    verification: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Whistle(StoryText):
    """A call for units to come together, with what they decided."""

    units: tuple[str, ...]
    subject: str
    decision: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Interview(StoryText):
    """A formal talk with the head of a unit."""

    reason: str
    minutes: str
    promises: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class Reopen(StoryText):
    """Why a requester comes back."""

    reason: str


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class CreditAppeal(StoryText):
    """A unit's objection to a credit event and its decision."""

    explanation: str
    decision: str
    uphold: bool


@dataclass(frozen=True, kw_only=True, config=_EXACT)
class CreditRepair(StoryText):
    """A unit's pledge for credit repair and its decision."""

    pledge: str
    decision: str
    approve: bool


@dataclass(frozen=True, config=_EXACT)
class Story:
    """Texts of everything that happens beside the main line."""

    supplement: tuple[Supplement, ...]
    return_request: tuple[ReturnRequest, ...]
    return_decision: tuple[ReturnDecision, ...]
    consultation: tuple[Consultation, ...]
    arbitration: tuple[Arbitration, ...]
    rectification: tuple[Rectification, ...]
    suspension: tuple[Suspension, ...]
    final_reply: tuple[FinalReply, ...]
    rating_check: tuple[RatingCheck, ...]
    refusal: tuple[Refusal, ...]
    transfer_out: tuple[TransferOut, ...]
    extension: tuple[Extension, ...]
    extension_decision: tuple[Decision, ...]
    urge: tuple[Urge, ...]
    supervision_order: tuple[SupervisionOrder, ...]
    whistle: tuple[Whistle, ...]
    interview: tuple[Interview, ...]
    reopen: tuple[Reopen, ...]
    credit_appeal: tuple[CreditAppeal, ...]
    credit_repair: tuple[CreditRepair, ...]


@dataclass(frozen=True, config=_EXACT)
class DemoCity:
    """The whole invented city; mappings are keyed by code."""

    name: str
    name_en: str
    peer_groups: dict[str, PeerGroup]
    departments: dict[str, Department]
    categories: dict[str, Category]
    users: dict[str, User]
    staff: dict[str, UnitStaff]
    tickets: tuple[TicketTemplate, ...]
    type_mix: dict[RequestType, int]
    slots: Slots
    requesters: Requesters
    story: Story

    def area_of(self, department: str) -> str | None:
        """The district or county a unit belongs to, or None for a unit of the whole city."""
        code: str | None = department
        while code is not None:
            unit = self.departments[code]
            if unit.kind in {"district", "county"}:
                return code
            code = unit.parent
        return None

    def leads_of(self, category: str) -> tuple[str, ...]:
        """The units usually in charge of a subject, first choice first."""
        entry = self.categories[category]
        if entry.lead or entry.parent is None:
            return entry.lead
        return self.leads_of(entry.parent)


_Text = TypeVar("_Text", bound=StoryText)
_Value = TypeVar("_Value")


def suited(texts: Sequence[_Text], category: str) -> tuple[_Text, ...]:
    """Texts written for the subject, or else those that suit any; possibly none."""
    special = tuple(text for text in texts if text.suits(category))
    return special or tuple(text for text in texts if not text.categories)


def slots_in(text: str) -> tuple[str, ...]:
    """Names of the slots a text holds."""
    return tuple(slot for _, slot, _, _ in Formatter().parse(text) if slot is not None)


def load() -> DemoCity:
    """Read and check the demo city.

    Raises:
        DemoContentError: a file has a wrong shape, a duplicate or a reference to nothing.
    """
    units = _read("departments.toml")
    people = _read("users.toml")
    matters = _read("tickets.toml")
    mixes = matters["channel_mixes"]
    city = DemoCity(
        name=units["city"],
        name_en=units["city_en"],
        peer_groups=_keyed(_build(tuple[PeerGroup, ...], units["peer_groups"]), "code"),
        departments=_keyed(_build(tuple[Department, ...], units["departments"]), "code"),
        categories=_keyed(tuple(_categories(_read("categories.toml"))), "code"),
        users=_keyed(_build(tuple[User, ...], people["users"]), "username"),
        staff=_build(dict[str, UnitStaff], people["departments"]),
        tickets=_build(
            tuple[TicketTemplate, ...],
            [raw | {"channels": _channels(raw, mixes)} for raw in matters["tickets"]],
        ),
        type_mix=_build(dict[RequestType, int], matters["type_mix"]),
        slots=_build(Slots, matters["slots"]),
        requesters=_build(Requesters, matters["requesters"]),
        story=_build(Story, _read("story.toml")),
    )
    _check_units(city)
    _check_tickets(city)
    _check_story(city)
    return city


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _build(shape: type[_Value], raw: object) -> _Value:
    try:
        return TypeAdapter(shape).validate_python(raw)
    except ValidationError as error:
        raise DemoContentError(str(error)) from error


def _keyed(values: tuple[_Value, ...], attribute: str) -> dict[str, _Value]:
    codes = [getattr(value, attribute) for value in values]
    repeated = [code for code, count in Counter(codes).items() if count > 1]
    if repeated:
        raise DemoContentError(f"given twice: {repeated}")
    return dict(zip(codes, values, strict=True))


def _channels(raw: Mapping[str, Any], mixes: Mapping[str, Any]) -> object:
    chosen = raw.get("channels", "default")
    return mixes.get(chosen, chosen) if isinstance(chosen, str) else chosen


def _categories(raw: Mapping[str, Any]) -> Iterable[Category]:
    for first, tree in raw.items():
        yield Category(code=first, name=tree["name"], name_en=tree["name_en"], level=1)
        for second, branch in tree.items():
            if isinstance(branch, dict):
                yield from _branch(first, f"{first}.{second}", branch)


def _branch(parent: str, code: str, raw: Mapping[str, Any]) -> Iterable[Category]:
    yield Category(
        code=code,
        name=raw["name"],
        name_en=raw["name_en"],
        level=2,
        parent=parent,
        lead=tuple(raw["lead"]),
        steps=tuple(raw["steps"]),
    )
    for third, name, name_en, *lead in raw["leaves"]:
        yield Category(
            code=f"{code}.{third}",
            name=name,
            name_en=name_en,
            level=3,
            parent=code,
            lead=tuple(lead),
        )


def _require(known: Iterable[str], wanted: Iterable[str | None], where: str) -> None:
    missing = {code for code in wanted if code is not None} - set(known)
    if missing:
        raise DemoContentError(f"{where} names what does not exist: {sorted(missing)}")


def _check_units(city: DemoCity) -> None:
    for unit in city.departments.values():
        _require(city.categories, unit.categories, f"department {unit.code}")
        _require(city.departments, [unit.parent], f"department {unit.code}")
        _require(city.peer_groups, [unit.peer_group], f"department {unit.code}")
    for category in city.categories.values():
        _require(city.departments, category.lead, f"category {category.code}")
    _require(city.departments, city.staff, "users.toml")
    _require(city.staff, city.departments, "departments.toml")


def _check_tickets(city: DemoCity) -> None:
    leaves = set(city.categories) - {category.parent for category in city.categories.values()}
    _keyed(city.tickets, "key")
    for ticket in city.tickets:
        where = f"ticket {ticket.key}"
        _require(leaves, [ticket.category], where)
        _require(city.departments, [ticket.department, *ticket.co_departments], where)
        _require(city.slots.roads, [ticket.area], where)
        _require(SLOTS, (slot for text in ticket.texts for slot in slots_in(text)), where)
        if city.area_of(ticket.department) not in {None, ticket.area}:
            raise DemoContentError(f"{where} lies outside the area of {ticket.department}")


def _check_story(city: DemoCity) -> None:
    story = city.story
    named = [
        *(text.suggested for text in story.return_request),
        *(text.designated for text in story.arbitration),
        *(unit for text in story.consultation for unit in text.units),
        *(unit for text in story.whistle for unit in text.units),
    ]
    _require(city.departments, named, "story.toml")
    subjects = [
        code
        for texts in vars(story).values()
        if isinstance(texts, tuple)
        for text in texts
        for code in text.categories
    ]
    _require(city.categories, subjects, "story.toml")
