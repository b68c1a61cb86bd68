"""Who is told when a clock climbs its ladder: receivers named by rule, tried in turn - pure.

Every receiver is a chain: whoever stands first is told, and where nobody stands there, the next. Each
place passed over is written down with its reason. A chain ends with people on duty; when even they
are missing, that is an alarm and never silence.
"""

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind, Rung


class Receiver(enum.StrEnum):
    """A receiver as the rules name him; the roster says who that is."""

    HOLDER = "holder"
    UNIT_WORKERS = "unit_workers"
    UNIT_DUTY = "unit_duty"
    UNIT_LEADERS = "unit_leaders"
    SUPERVISORS = "supervisors"
    HOTLINE_DUTY = "hotline_duty"
    AUTHORITY = "authority"
    ADMINS = "admins"


class SkipReason(enum.StrEnum):
    """Why a receiver was passed over."""

    NO_HOLDER = "no_holder"
    HOLDER_AWAY = "holder_away"
    NOBODY = "nobody"
    NO_DUTY_HOLDER = "no_duty_holder"
    COLLAPSED = "collapsed"


Chain = tuple[Receiver, ...]

_R = Receiver
_LAST: Chain = (_R.SUPERVISORS, _R.HOTLINE_DUTY, _R.ADMINS)
_WORKER: Chain = (_R.HOLDER, _R.UNIT_WORKERS, _R.UNIT_DUTY, _R.UNIT_LEADERS, *_LAST)
_LEADERS: Chain = (_R.UNIT_LEADERS, _R.UNIT_DUTY, *_LAST)
_CONTACT: Chain = (_R.UNIT_DUTY, _R.UNIT_LEADERS, *_LAST)
_SUPERVISORS: Chain = _LAST
_DUTY_HEAD: Chain = (_R.HOTLINE_DUTY, _R.SUPERVISORS, _R.ADMINS)
_AUTHORITY: Chain = (_R.AUTHORITY, *_LAST)

ON_CLOCK: Mapping[ClockKind, Role] = MappingProxyType(
    {
        ClockKind.ACCEPT: Role.OPERATOR,
        ClockKind.DISPATCH: Role.DISPATCHER,
        ClockKind.CONSULTATION: Role.DISPATCHER,
        ClockKind.DISPUTE_REVIEW: Role.DISPATCHER,
        ClockKind.AUDIT: Role.AUDITOR,
        ClockKind.BAD_RATING_CONTACT: Role.AUDITOR,
        ClockKind.BAD_RATING_DECISION: Role.AUDITOR,
        ClockKind.VISIT: Role.VISITOR,
        ClockKind.VISIT_LINK: Role.VISITOR,
        ClockKind.ARBITRATION: Role.AUTHORITY,
        ClockKind.FINAL_REPLY: Role.AUTHORITY,
        ClockKind.SUSPENSION_REVIEW: Role.SUPERVISOR,
        ClockKind.CLOSE_OUT_REVIEW: Role.SUPERVISOR,
    }
)
"""Which role is on the hotline's own clocks; every other clock is a department's."""

_HOTLINE: Mapping[Rung, tuple[Chain, ...]] = MappingProxyType(
    {
        Rung.YELLOW: (_WORKER,),
        Rung.ORANGE: (_WORKER, _SUPERVISORS),
        Rung.RED: (_WORKER, _SUPERVISORS, _DUTY_HEAD),
        Rung.URGE: (_WORKER, _DUTY_HEAD),
        Rung.ACT: (_SUPERVISORS, _DUTY_HEAD),
        Rung.ORDER: (_SUPERVISORS, _DUTY_HEAD),
        Rung.LISTING: (_SUPERVISORS, _DUTY_HEAD, _AUTHORITY),
    }
)
_DEPARTMENT: Mapping[Rung, tuple[Chain, ...]] = MappingProxyType(
    {
        Rung.YELLOW: (_WORKER,),
        Rung.ORANGE: (_WORKER, _CONTACT, _LEADERS),
        Rung.RED: (_WORKER, _CONTACT, _LEADERS, _SUPERVISORS),
        Rung.URGE: (_WORKER, _LEADERS, _SUPERVISORS),
        Rung.ACT: (_WORKER, _LEADERS),
        Rung.ORDER: (_LEADERS, _CONTACT, _SUPERVISORS),
        Rung.LISTING: (_LEADERS, _SUPERVISORS, _AUTHORITY),
    }
)

RAISED_TO: Mapping[Rung, tuple[Chain, ...]] = MappingProxyType(
    dict.fromkeys(Rung, (_AUTHORITY, _DUTY_HEAD))
)
"""Who is told when nobody has acknowledged: one level up."""


def chains_for(kind: ClockKind, rung: Rung) -> tuple[Chain, ...]:
    """Return the receivers of a rung, each a chain to be tried in turn.

    That a requester has not answered by link is nobody's fault: only the visitors are told.
    """
    if kind is ClockKind.VISIT_LINK:
        return (_WORKER,)
    return (_HOTLINE if kind in ON_CLOCK else _DEPARTMENT)[rung]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who works where, as of now: active accounts only.

    Attributes:
        by_role: accounts by role and department.
        by_role_anywhere: accounts by role.
        duty: who answers for a department when nobody else does.
        hotline_id: the hotline's own department.
    """

    by_role: Mapping[tuple[str, int], Sequence[uuid.UUID]]
    by_role_anywhere: Mapping[str, Sequence[uuid.UUID]]
    duty: Mapping[int, uuid.UUID]
    active: frozenset[uuid.UUID]
    hotline_id: int


@dataclass(frozen=True, slots=True)
class Case:
    """What a rung is about.

    Attributes:
        kind: the clock.
        rung: the rung that fires.
        department_id: who is on the clock.
        holder_id: the named person who holds the ticket; only where he is of that department.
    """

    kind: ClockKind
    rung: Rung
    department_id: int | None
    holder_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told, and who was passed over why."""

    users: tuple[uuid.UUID, ...]
    skipped: tuple[tuple[Receiver, SkipReason], ...] = ()
    is_nobody: bool = field(default=False)


def resolve(case: Case, roster: Roster, chains: tuple[Chain, ...] | None = None) -> Told:
    """Return who is told of a rung.

    Args:
        case: what fired.
        roster: who works where.
        chains: the receivers, when not those of the rung itself.
    """
    users: dict[uuid.UUID, None] = {}
    skipped: dict[tuple[Receiver, SkipReason], None] = {}
    is_nobody = False
    for chain in chains or chains_for(case.kind, case.rung):
        for receiver in chain:
            found, reason = _find(receiver, case, roster)
            if found:
                users.update(dict.fromkeys(found))
                break
            skipped[receiver, reason] = None
        else:
            is_nobody = True
    return Told(tuple(users), tuple(skipped), is_nobody)


def _find(receiver: Receiver, case: Case, roster: Roster) -> tuple[Sequence[uuid.UUID], SkipReason]:
    """Return who stands at one place of a chain, and the reason to write when nobody does."""
    if receiver is Receiver.HOLDER:
        if case.holder_id is None:
            return (), SkipReason.NO_HOLDER
        return [user for user in (case.holder_id,) if user in roster.active], SkipReason.HOLDER_AWAY
    if receiver in {Receiver.UNIT_DUTY, Receiver.HOTLINE_DUTY}:
        unit = case.department_id if receiver is Receiver.UNIT_DUTY else roster.hotline_id
        return _on_duty(unit, roster), SkipReason.NO_DUTY_HOLDER
    if receiver in _ANYWHERE:
        return roster.by_role_anywhere.get(_ANYWHERE[receiver], ()), SkipReason.NOBODY
    role = (
        Role.LEADER if receiver is Receiver.UNIT_LEADERS else ON_CLOCK.get(case.kind, Role.HANDLER)
    )
    return roster.by_role.get((role.value, case.department_id or 0), ()), SkipReason.NOBODY


_ANYWHERE: Mapping[Receiver, str] = MappingProxyType(
    {
        Receiver.SUPERVISORS: Role.SUPERVISOR.value,
        Receiver.AUTHORITY: Role.AUTHORITY.value,
        Receiver.ADMINS: Role.ADMIN.value,
    }
)


def _on_duty(department_id: int | None, roster: Roster) -> Sequence[uuid.UUID]:
    holder = roster.duty.get(department_id or 0)
    return [user for user in (holder,) if user in roster.active]
