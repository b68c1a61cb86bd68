"""Why a limit ends when it does, and who held a ticket how long, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.escalation.explaining import ClockAccount, RungAccount, TicketAccount
from hotline.escalation.models import Escalation
from hotline.escalation.receivers import Receiver, SkipReason
from hotline.kernel.errors import N_
from hotline.people.models import Department
from hotline.sla.clocks import MICROSECONDS, Change, ClockState
from hotline.sla.explanation import LimitStep, RungFate, Slice, SliceKind, Stretch
from hotline.sla.policy import CalendarCode, ClockKind, Level, Rung
from hotline.tickets.holdings import Holder, Holdings
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Post
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name

_KEPT_REASONS = (
    N_("the warning would lie before the clock's start"),
    N_("imported: the instant lay in the past"),
)
"""Reasons that stand in the rows themselves, in the words of the source."""

_OTHER_REASONS: Mapping[str, str] = {
    "calendar": N_("Moved to a new version of the calendar"),
    "provisional": N_("The year's working days became known"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceView:
    """A stretch of a clock's life."""

    kind: SliceKind
    why: str | None
    since: datetime
    until: datetime
    counted: str
    version: str
    stretches: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RungView:
    """A rung and what became of it; `notes` say who was told and who was not."""

    rung: Rung
    nth: int
    fate: RungFate
    words: str
    notes: Sequence[str] = ()

    @property
    def level(self) -> Level:
        """Its colour."""
        return self.rung.level

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing has come of it."""
        return self.fate not in {RungFate.FIRED, RungFate.FIRED_LATE, RungFate.PARKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """One limit with its explanation; `used` and `limit` in words, counted on its calendar."""

    kind: ClockKind
    holder: str | None
    state: ClockState
    used: str
    limit: str
    due_at: datetime
    level: Level
    summary: Sequence[str]
    slices: Sequence[SliceView]
    limits: Sequence[str]
    rungs: Sequence[RungView]

    @property
    def is_running(self) -> bool:
        """Tell whether its time goes on."""
        return self.state is ClockState.RUNNING


_WHOLE = 100.0
_NARROWEST_WITH_NUMBER = 5.0
"""Parts of a bar are drawn in percent, so that it fits every width without distorting a number."""

_TONES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HopView:
    """One hop, as a piece of the bar and as a line below it: the number stands in both."""

    place: int
    unit: str
    person: str | None
    since: datetime
    until: datetime
    length: str
    x: float
    width: float
    tone: str
    is_numbered: bool

    @property
    def words(self) -> str:
        """What a piece of the bar is, for whoever points at it."""
        return f"{self.place}. {self.unit}: {self.length}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HopBar:
    """Who held a ticket, drawn in proportion."""

    hops: Sequence[HopView]
    total: str
    held: str | None


@dataclass(frozen=True, slots=True)
class ShareView:
    """What a unit had to do with a ticket."""

    unit: str
    held: str
    responsible: str


def on_calendar(seconds: int, calendar: str, day_seconds: int, t: Translator) -> str:
    """Return a length of a calendar's time; a working day is shorter than a day."""
    if calendar == CalendarCode.NATURAL or seconds < day_seconds:
        return t.duration(seconds)
    days, rest = divmod(seconds, day_seconds)
    words = [t.text(N_("{n} working d"), n=days)]
    if rest >= 60:  # noqa: PLR2004  # a minute
        words.append(t.duration(rest))
    return t.join(words)


def calendar_words(code: str, t: Translator) -> str:
    """Return what a calendar is called; one that an administrator made, by its code."""
    known = set(CalendarCode)
    return t.text(label(CalendarCode(code))) if code in known else code


def clock_view(account: ClockAccount, told: TicketAccount, t: Translator) -> ClockView:
    """Return a limit with why it ends when it does."""
    clock, explanation = account.clock, account.explanation
    unit = told.departments.get(clock.department_id or 0)
    said = _Clock(account, told, t)
    return ClockView(
        kind=clock.kind,
        holder=unit_name(unit, t) if unit else None,
        state=clock.state,
        used=said.length(explanation.used),
        limit=said.seconds(explanation.limit),
        due_at=clock.due_at,
        level=clock.level,
        summary=list(said.summary()),
        slices=[said.slice(piece) for piece in explanation.slices],
        limits=[said.limit(step) for step in explanation.limits],
        rungs=[said.rung(rung) for rung in account.rungs],
    )


def summary_of(account: ClockAccount, told: TicketAccount, t: Translator) -> str:
    """Say in a few sentences why a clock is due when it is."""
    return " ".join(_Clock(account, told, t).summary())


class _Clock:
    """Says things about one clock in one language."""

    def __init__(self, account: ClockAccount, told: TicketAccount, t: Translator) -> None:
        self._account, self._told, self._t = account, told, t

    def seconds(self, seconds: int) -> str:
        """Return a length on the clock's calendar."""
        clock = self._account.clock
        return on_calendar(seconds, clock.calendar, self._account.calendar.day_seconds, self._t)

    def length(self, microseconds: int) -> str:
        """Return a length on the clock's calendar."""
        return self.seconds(abs(microseconds) // MICROSECONDS)

    def summary(self) -> Iterator[str]:
        """Say in a few sentences why the clock is due when it is."""
        t, clock, explanation = self._t, self._account.clock, self._account.explanation
        yield t.text(
            N_("{limit} by policy {policy}, version {version}, counted in {calendar}."),
            limit=self.seconds(explanation.limit),
            policy=self._account.policy.policy.code,
            version=self._account.policy.version,
            calendar=f"{calendar_words(clock.calendar, t)} ({clock.calendar_version})",
        )
        if explanation.limits:
            yield t.text(
                N_("At first the limit was {limit}."),
                limit=self.seconds(explanation.first_limit),
            )
        if not explanation.is_logged:
            yield t.text(
                N_(
                    "Its figures are taken as they stand: what happened to it was not logged, or "
                    "another system set its end."
                )
            )
        yield t.text(
            _STANDING[explanation.state][explanation.remaining < 0],
            used=self.length(explanation.used),
            remaining=self.length(explanation.remaining),
            due=t.instant(clock.due_at),
            end=t.instant(clock.ended_at) if clock.ended_at else "",
        )
        if clock.is_provisional:
            yield t.text(N_("That day is provisional: its working days are not announced yet."))

    def slice(self, piece: Slice) -> SliceView:
        """Return a stretch of the clock's life."""
        return SliceView(
            kind=piece.kind,
            why=reason_words(piece.reason, self._t) if piece.reason else None,
            since=piece.since,
            until=piece.until,
            counted=self.length(piece.counted) if piece.counted else "–",
            version=piece.version,
            stretches=[self._stretch(stretch) for stretch in piece.stretches],
        )

    def _stretch(self, stretch: Stretch) -> str:
        t = self._t
        if stretch.days > 1:
            return t.text(
                N_("{from_day} to {to_day}: {days} days with {counted} of working time"),
                from_day=t.day(stretch.since),
                to_day=t.day(stretch.until),
                days=stretch.days,
                counted=self.length(stretch.counted),
            )
        return t.text(
            N_("{day} {from_time}-{to_time}"),
            day=t.day(stretch.since),
            from_time=t.clock_time(stretch.since),
            to_time=t.clock_time(stretch.until),
        )

    def limit(self, step: LimitStep) -> str:
        """Say how the limit changed."""
        t = self._t
        return t.text(
            N_("{at} {change} ({why}): from {before} to {after}, due {due}"),
            at=t.instant(step.at),
            change=t.text(label(Change(step.change))),
            why=reason_words(step.reason, t),
            before=self.seconds(step.before),
            after=self.seconds(step.after),
            due=t.instant(step.due_at),
        )

    def rung(self, account: RungAccount) -> RungView:
        """Return a rung and what became of it."""
        t, rung = self._t, account.rung
        return RungView(
            rung=Rung(rung.rung),
            nth=rung.nth,
            fate=account.fate,
            words=t.text(
                _FATES[account.fate],
                due=t.instant(rung.due_at),
                fired=t.instant(rung.fired_at) if rung.fired_at else "",
                late=t.duration(rung.late_by_seconds or 0),
                reason=t.text(rung.reason or ""),
            ),
            notes=list(self._notes(account)),
        )

    def _notes(self, account: RungAccount) -> Iterator[str]:
        t, outage, fired = self._t, account.outage, account.escalation
        if outage is not None:
            yield t.text(
                N_("nobody watched from {since} to {until}"),
                since=t.instant(outage.began_at),
                until=t.instant(outage.ended_at),
            )
        if fired is not None:
            yield from self._told_whom(fired)
            yield from self._acknowledgement(fired)

    def _told_whom(self, fired: Escalation) -> Iterator[str]:
        t = self._t
        people = [self._person(user_id) for user_id in fired.told]
        if people:
            yield t.text(N_("told: {people}"), people=", ".join(people))
        for skipped in fired.skipped:
            yield t.text(
                N_("passed over: {receiver} ({reason})"),
                receiver=t.text(label(Receiver(skipped["receiver"]))),
                reason=t.text(label(SkipReason(skipped["reason"]))),
            )
        if fired.outcome == "done":
            yield t.text(N_("the system has acted"))
        elif fired.outcome is not None:
            yield t.text(N_("the system has not acted: {reason}"), reason=fired.outcome)

    def _acknowledgement(self, fired: Escalation) -> Iterator[str]:
        t = self._t
        if fired.acknowledged_at is not None:
            yield t.text(
                N_("acknowledged {at} by {who}"),
                at=t.instant(fired.acknowledged_at),
                who=self._person(fired.acknowledged_by),
            )
        elif fired.raised_at is not None:
            yield t.text(
                N_("raised one level {at}: nobody had acknowledged it"),
                at=t.instant(fired.raised_at),
            )
        elif fired.ack_due_at is not None:
            yield t.text(N_("to be acknowledged by {at}"), at=t.instant(fired.ack_due_at))

    def _person(self, user_id: object) -> str:
        found = next((user for user in self._told.users.values() if user.id == user_id), None)
        return found.display_name if found else "–"


_STANDING: Mapping[ClockState, tuple[str, str]] = {
    ClockState.RUNNING: (
        N_("{used} used, {remaining} left: due {due}."),
        N_("{used} used, {remaining} too much: it was due {due}."),
    ),
    ClockState.PAUSED: (
        N_("It waits: {used} used, {remaining} left for when it goes on."),
        N_("It waits: {used} used, {remaining} too much; it was due {due}."),
    ),
    ClockState.SUBMITTED: (
        N_("The work was handed in with {remaining} left; due {due} if it is sent back."),
        N_("The work was handed in {remaining} too late; it was due {due}."),
    ),
    ClockState.MET: (
        N_("It ended {end} with {remaining} left; it was due {due}."),
        N_("It ended {end}; it was due {due}."),
    ),
    ClockState.MISSED: (
        N_("It ended {end}, too late; it was due {due}."),
        N_("It ended {end}, {remaining} too late; it was due {due}."),
    ),
    ClockState.CANCELLED: (
        N_("It ended {end} without a verdict: nobody owed it any more."),
        N_("It ended {end} without a verdict: nobody owed it any more."),
    ),
}
"""By state: while something remains, and when the limit is overrun."""

_FATES: Mapping[RungFate, str] = {
    RungFate.FIRED: N_("fired {fired}"),
    RungFate.FIRED_LATE: N_("fired {fired}, {late} after it fell due {due}"),
    RungFate.AHEAD: N_("will fire {due} unless the clock ends before"),
    RungFate.UNSWEPT: N_("fell due {due} and is about to fire"),
    RungFate.PAUSED: N_("does not fire while the clock waits"),
    RungFate.SUBMITTED: N_("does not fire while the audit judges the work"),
    RungFate.ENDED_BEFORE: N_("did not fire: the clock ended before {due}"),
    RungFate.SKIPPED: N_("was passed over: {reason}"),
    RungFate.PARKED: N_("could not be handled and was set aside: {reason}"),
}


def reason_words(reason: str, t: Translator) -> str:
    """Return the reason of a change to a clock: an action, as a rule."""
    if reason in set(Action):
        return t.text(label(Action(reason)))
    return t.text(_OTHER_REASONS.get(reason, reason))


# -- who held it -----------------------------------------------------------------------------------


def hop_bar(
    holdings: Holdings,
    departments: Mapping[int, Department],
    t: Translator,
    people: Mapping[object, str] | None = None,
) -> HopBar:
    """Return who held a ticket, as a bar with its lines.

    Args:
        holdings: the hops.
        departments: units by id.
        t: the reader's language.
        people: names by account; without them only units are named, and neighbouring hops of one
            unit are one.
    """
    tones: dict[int | None, str] = {}
    hops: list[HopView] = []
    x, total = 0.0, holdings.total or 1
    for holder, since, until in _pieces(holdings, by_unit=people is None):
        unit = holder.department_id if holder else None
        if unit is not None and unit not in tones:
            tones[unit] = f"hop-{len(tones) % _TONES + 1}"
        width = round(_WHOLE * (until - since).total_seconds() * MICROSECONDS / total, 2)
        hops.append(
            HopView(
                place=len(hops) + 1,
                unit=_unit(unit, departments, t),
                person=_person(holder, people, t) if holder and people is not None else None,
                since=since,
                until=until,
                length=t.duration(until - since),
                x=round(x, 2),
                width=width,
                tone=tones.get(unit, "hop-none"),
                is_numbered=width >= _NARROWEST_WITH_NUMBER,
            )
        )
        x += width
    held = holdings.held
    return HopBar(
        hops=hops,
        total=t.duration(holdings.total // MICROSECONDS),
        held=t.duration(held // MICROSECONDS) if held is not None else None,
    )


def _pieces(
    holdings: Holdings, *, by_unit: bool
) -> Sequence[tuple[Holder | None, datetime, datetime]]:
    pieces: list[tuple[Holder | None, datetime, datetime]] = []
    for hop in holdings.hops:
        holder = hop.holder
        if by_unit and holder is not None:
            holder = Holder(holder.department_id, None, None)
        if pieces and pieces[-1][0] == holder:
            pieces[-1] = (holder, pieces[-1][1], hop.until)
        else:
            pieces.append((holder, hop.since, hop.until))
    return pieces


def _unit(unit: int | None, departments: Mapping[int, Department], t: Translator) -> str:
    if unit is None:
        return t.text(N_("Closed, until it was opened again"))
    return unit_name(departments[unit], t)


def _person(holder: Holder, people: Mapping[object, str], t: Translator) -> str | None:
    if holder.user_id is not None:
        return people.get(holder.user_id)
    return t.text(label(Post(holder.post))) if holder.post else None


def share_views(told: TicketAccount, t: Translator) -> Sequence[ShareView]:
    """Return what each unit had to do with a ticket."""
    return [
        ShareView(
            _unit(share.department_id, told.departments, t),
            t.duration(share.held // MICROSECONDS),
            t.duration(share.responsible // MICROSECONDS),
        )
        for share in told.shares
        if share.department_id is not None
    ]


# -- as plain text ---------------------------------------------------------------------------------


def as_text(told: TicketAccount, t: Translator) -> str:
    """Return a ticket's time as text for a terminal."""
    return "\n".join(_lines(told, t))


def _lines(told: TicketAccount, t: Translator) -> Iterator[str]:
    people: dict[object, str] = {user.id: user.display_name for user in told.users.values()}
    bar = hop_bar(told.holdings, told.departments, t, people)
    yield t.text(N_("The requester has been waiting for {length}."), length=bar.total)
    for hop in bar.hops:
        who = f"{hop.unit} · {hop.person}" if hop.person else hop.unit
        yield f"  {hop.place}. {t.instant(hop.since)} – {t.instant(hop.until)}  {hop.length}  {who}"
    for share in share_views(told, t):
        yield "  " + t.text(
            N_("{unit}: held for {held}, {responsible} of it its own time"),
            unit=share.unit,
            held=share.held,
            responsible=share.responsible,
        )
    for account in told.clocks:
        yield ""
        yield from _clock_lines(clock_view(account, told, t), t)


def _clock_lines(clock: ClockView, t: Translator) -> Iterator[str]:
    yield " · ".join(
        part
        for part in (t.text(label(clock.kind)), clock.holder, t.text(label(clock.state)))
        if part
    )
    yield from (f"  {sentence}" for sentence in clock.summary)
    for piece in clock.slices:
        why = f" ({piece.why})" if piece.why else ""
        kind = t.text(label(piece.kind))
        when = f"{t.instant(piece.since)} – {t.instant(piece.until)}"
        yield f"  {when}  {kind}{why}: {piece.counted}"
        yield from (f"      {stretch}" for stretch in piece.stretches)
    yield from (f"  {step}" for step in clock.limits)
    for rung in clock.rungs:
        place = f" {rung.nth}" if rung.nth > 1 else ""
        yield f"  {t.text(label(rung.rung))}{place}: {rung.words}"
        yield from (f"      {note}" for note in rung.notes)
