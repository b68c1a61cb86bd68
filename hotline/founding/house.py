"""Whether a house is ready for its first matter: step by step, what is there, what is missing - pure."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hotline.kernel.errors import N_
from hotline.people.permissions import Role

DEFAULT_NAME = "12345热线中心"
"""What the hotline's own unit is called before anybody has named it."""

NEXT_YEAR_KNOWN_FROM = (11, 15)
"""By then the State Council has said which days of the next year are free and which are made up."""

NEEDED_ROLES = (
    Role.OPERATOR,
    Role.DISPATCHER,
    Role.AUDITOR,
    Role.VISITOR,
    Role.SUPERVISOR,
    Role.ADMIN,
)
"""Without one of these a matter comes to rest somewhere between submission and its end."""


class SetupStep(enum.StrEnum):
    """A step of founding a house, in order."""

    HOTLINE = "hotline"
    CALENDARS = "calendars"
    DEPARTMENTS = "departments"
    PEOPLE = "people"
    CATEGORIES = "categories"
    CATALOGUE = "catalogue"
    POLICIES = "policies"
    PORTS = "ports"
    FIRST_MATTER = "first_matter"


class StepState(enum.StrEnum):
    """How a step stands."""

    DONE = "done"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class HouseFacts:
    """What is there, as it was counted.

    Attributes:
        hotline_name: of the hotline's own unit; "" when it has none.
        hotline_phone: its office telephone.
        areas: units that serve an area.
        units: units that take tickets, the hotline aside.
        units_without_phone: of those, without an office telephone.
        units_without_group: without a peer group.
        units_without_handler: codes of those where nobody can sign for a matter.
        units_without_duty: where nobody is told when nobody reacts.
        roles: active accounts by role.
        without_password: active accounts that nobody can sign in to.
        categories: categories in use.
        with_steps: of those, with a service list.
        questions: questions in use.
        catalogue: lines of the dispatch catalogue in force.
        uncovered: first-level categories that no line speaks for.
        policies: time-limit policies in force.
        lost_calendars: calendars that a policy counts on and nobody keeps.
        covered_until: how far the official calendar is announced.
        makeup_days: make-up working days by year.
        tickets: matters that were ever taken down.
        texts: text messages can leave the house.
        mails: e-mails can leave the house.
        letters: a mailbox is read.
        exchange: a telephone exchange is connected.
        public_address: the address under which the public reaches the house is set.
    """

    hotline_name: str = ""
    hotline_phone: str | None = None
    areas: int = 0
    units: int = 0
    units_without_phone: int = 0
    units_without_group: int = 0
    units_without_handler: Sequence[str] = ()
    units_without_duty: int = 0
    roles: Mapping[str, int] = field(default_factory=dict)
    without_password: int = 0
    categories: int = 0
    with_steps: int = 0
    questions: int = 0
    catalogue: int = 0
    uncovered: Sequence[str] = ()
    policies: int = 0
    lost_calendars: Sequence[str] = ()
    covered_until: date | None = None
    makeup_days: Mapping[int, int] = field(default_factory=dict)
    tickets: int = 0
    texts: bool = False
    mails: bool = False
    letters: bool = False
    exchange: bool = False
    public_address: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about a step.

    Attributes:
        state: whether it is well, should be looked at, or is missing.
        text: message id.
        params: values for it.
        href: where something can be done about it.
    """

    state: StepState
    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    href: str | None = None


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step and everything about it; the worst remark decides how it stands."""

    step: SetupStep
    remarks: Sequence[Remark]

    @property
    def state(self) -> StepState:
        """How the step stands."""
        states = {remark.state for remark in self.remarks}
        for state in (StepState.MISSING, StepState.WARNING):
            if state in states:
                return state
        return StepState.DONE


_UNITS = "/admin/setup/sheets/departments"
_PEOPLE = "/admin/setup/sheets/people"
_PASSWORDS = "/admin/setup/passwords"
_CATEGORIES = "/admin/setup/sheets/categories"
_QUESTIONS = "/admin/setup/sheets/questions"
_CATALOGUE = "/admin/setup/sheets/catalogue"
_CALENDARS = "/admin/setup/sheets/calendars"
_POLICIES = "/admin/policies"
_GUIDE = "/help/administrator"
_HOTLINE_UNIT = "/admin/departments/hotline"


def _done(text: str, **params: object) -> Remark:
    return Remark(StepState.DONE, text, params)


def _warn(text: str, href: str | None, **params: object) -> Remark:
    return Remark(StepState.WARNING, text, params, href)


def _miss(text: str, href: str, **params: object) -> Remark:
    return Remark(StepState.MISSING, text, params, href)


def _hotline(facts: HouseFacts, _today: date) -> list[Remark]:
    found = []
    if not facts.hotline_name:
        found.append(_miss(N_("The hotline has no unit of its own"), _HOTLINE_UNIT))
    elif facts.hotline_name == DEFAULT_NAME:
        found.append(_warn(N_("The hotline still bears the name it came with"), _HOTLINE_UNIT))
    else:
        found.append(_done(N_("The hotline is called {name}"), name=facts.hotline_name))
    if not facts.hotline_phone:
        found.append(_warn(N_("The hotline has no office telephone"), _HOTLINE_UNIT))
    found.append(_done(N_("All times are those of {zone}"), zone="Asia/Shanghai"))
    if facts.areas:
        found.append(_done(N_("{n} areas, named after their units"), n=facts.areas))
    else:
        found.append(
            _warn(
                N_(
                    "No areas: put the units that serve one into the peer group `districts` or `towns`"
                ),
                _UNITS,
            )
        )
    return found


def _calendars(facts: HouseFacts, today: date) -> list[Remark]:
    if facts.covered_until is None:
        return [_miss(N_("There is no official working calendar"), _CALENDARS)]
    found = [_year(facts, today.year, is_needed=True)]
    is_announced = (today.month, today.day) >= NEXT_YEAR_KNOWN_FROM
    if is_announced or facts.covered_until.year > today.year:
        found.append(_year(facts, today.year + 1, is_needed=False))
    else:
        found.append(_done(N_("The days of {year} are announced in November"), year=today.year + 1))
    return found


def _year(facts: HouseFacts, year: int, *, is_needed: bool) -> Remark:
    covered = facts.covered_until
    if covered is None or covered.year < year:
        text = N_("The holidays and make-up days of {year} are not loaded")
        remark = _miss if is_needed else _warn
        return remark(text, _CALENDARS, year=year)
    days = facts.makeup_days.get(year, 0)
    if not days:
        return _warn(N_("{year} has no make-up working day: is that right?"), _CALENDARS, year=year)
    return _done(N_("{year}: {n} make-up working days"), year=year, n=days)


def _departments(facts: HouseFacts, _today: date) -> list[Remark]:
    if not facts.units:
        return [_miss(N_("There is no unit yet that a matter could go to"), _UNITS)]
    found = [_done(N_("{n} units take matters"), n=facts.units)]
    if facts.units_without_phone:
        found.append(
            _warn(N_("{n} units have no office telephone"), _UNITS, n=facts.units_without_phone)
        )
    if facts.units_without_group:
        found.append(
            _warn(
                N_("{n} units are in no peer group: their credit is compared with nobody's"),
                _UNITS,
                n=facts.units_without_group,
            )
        )
    return found


def _people(facts: HouseFacts, _today: date) -> list[Remark]:
    found = [
        _miss(N_("Nobody is {role}"), _PEOPLE, role=role)
        for role in NEEDED_ROLES
        if not facts.roles.get(role.value)
    ]
    if not found:
        found.append(_done(N_("Every desk of the hotline has somebody")))
    if facts.units_without_handler:
        found.append(
            _miss(
                N_("{n} units have nobody who can sign: {units}"),
                _PEOPLE,
                n=len(facts.units_without_handler),
                units=", ".join(facts.units_without_handler[:5]),
            )
        )
    if facts.units_without_duty:
        found.append(
            _warn(
                N_("{n} units have nobody who answers when nobody else does"),
                _PEOPLE,
                n=facts.units_without_duty,
            )
        )
    if facts.without_password:
        found.append(
            _warn(N_("{n} accounts have no password yet"), _PASSWORDS, n=facts.without_password)
        )
    return found


def _categories(facts: HouseFacts, _today: date) -> list[Remark]:
    if not facts.categories:
        return [_miss(N_("There is no category yet"), _CATEGORIES)]
    found = [_done(N_("{n} categories"), n=facts.categories)]
    if not facts.with_steps:
        found.append(
            _warn(N_("No category has a service list: the general one is used"), _CATEGORIES)
        )
    if facts.questions:
        found.append(_done(N_("{n} questions to callers"), n=facts.questions))
    else:
        found.append(_warn(N_("No category asks a question"), _QUESTIONS))
    return found


def _catalogue(facts: HouseFacts, _today: date) -> list[Remark]:
    if not facts.catalogue:
        return [
            _warn(
                N_("No dispatch catalogue: dispatchers choose the unit of every matter"), _CATALOGUE
            )
        ]
    found = [_done(N_("{n} lines in force"), n=facts.catalogue)]
    if facts.uncovered:
        found.append(
            _warn(
                N_("Nobody is named for: {categories}"),
                _CATALOGUE,
                categories=", ".join(facts.uncovered[:8]),
            )
        )
    return found


def _policies(facts: HouseFacts, _today: date) -> list[Remark]:
    if not facts.policies:
        return [_miss(N_("No time-limit policy is in force"), _POLICIES)]
    found = [_done(N_("{n} policies in force"), n=facts.policies)]
    if facts.lost_calendars:
        found.append(
            _miss(
                N_("A policy counts on a calendar that nobody keeps: {calendars}"),
                "/admin/calendars",
                calendars=", ".join(facts.lost_calendars),
            )
        )
    return found


def _ports(facts: HouseFacts, _today: date) -> list[Remark]:
    ports = (
        (
            facts.texts,
            N_("Text messages can be sent"),
            N_("No text messages: HOTLINE_SMS_URL is not set"),
        ),
        (facts.mails, N_("E-mails can be sent"), N_("No e-mails: HOTLINE_SMTP_URL is not set")),
        (facts.letters, N_("A mailbox is read"), N_("No letters: HOTLINE_MAILBOX is not set")),
        (
            facts.exchange,
            N_("A telephone exchange is connected"),
            N_("No telephone exchange: HOTLINE_EXCHANGE_SECRETS is not set"),
        ),
        (
            facts.public_address,
            N_("The public address is set"),
            N_("Links in messages lead to this machine: HOTLINE_PUBLIC_URL is not set"),
        ),
    )
    return [_done(good) if is_set else _warn(bad, _GUIDE) for is_set, good, bad in ports]


def _first_matter(facts: HouseFacts, _today: date) -> list[Remark]:
    if facts.tickets:
        return [_done(N_("{n} matters were taken down"), n=facts.tickets)]
    return [
        _warn(N_("Nobody has taken down a matter yet: try one, and withdraw it"), "/help/operator")
    ]


_STEPS: Mapping[SetupStep, Callable[[HouseFacts, date], list[Remark]]] = {
    SetupStep.HOTLINE: _hotline,
    SetupStep.CALENDARS: _calendars,
    SetupStep.DEPARTMENTS: _departments,
    SetupStep.PEOPLE: _people,
    SetupStep.CATEGORIES: _categories,
    SetupStep.CATALOGUE: _catalogue,
    SetupStep.POLICIES: _policies,
    SetupStep.PORTS: _ports,
    SetupStep.FIRST_MATTER: _first_matter,
}


def steps_of(facts: HouseFacts, today: date) -> list[StepReport]:
    """Return every step with how it stands, in order.

    Args:
        facts: what is there.
        today: in Shanghai.
    """
    return [StepReport(step, tuple(look(facts, today))) for step, look in _STEPS.items()]


def is_ready(steps: Sequence[StepReport]) -> bool:
    """Tell whether a matter can go all its way: nothing is missing, whatever may be warned of."""
    return all(step.state is not StepState.MISSING for step in steps)
