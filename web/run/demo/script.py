"""The life of one demo ticket as a list of deeds, each some time after the one before.

Delays are shares of the limit that governs the step, on the limit's own calendar: so "late" is a
share above one, whatever the policy.
"""

import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from hotline.followup.actions import record_visit
from hotline.followup.rules import VisitAnswer
from hotline.kernel.clock import SHANGHAI
from hotline.people.levels import DepartmentLevel
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, SYSTEM, Principal, Tx
from hotline.procedures.consultations import decide_consultation
from hotline.procedures.returns import request_return
from hotline.procedures.rules import ReturnReason
from hotline.sla.clocks import setting_of
from hotline.sla.policy import CalendarCode, ClockKind, rule_for
from hotline.sla.timers import calendar_of
from hotline.tickets.access import find_readable
from hotline.tickets.actions.acceptance import accept_ticket, answer_ticket
from hotline.tickets.actions.closing import archive_ticket
from hotline.tickets.actions.dispatch import dispatch_ticket
from hotline.tickets.actions.feedback import (
    NoContactReason,
    pass_audit,
    reject_audit,
    submit_feedback,
)
from hotline.tickets.actions.handling import (
    ContactMethod,
    record_contact,
    report_progress,
    sign_ticket,
    submit_opinion,
)
from hotline.tickets.lifecycle import Hold
from hotline.workdays.workcalendar import Calendar
from web.run.demo.asking import ask_everybody
from web.run.demo.directory import Cast, level_of
from web.run.demo.loader import DemoCity, ReturnRequest, suited
from web.run.demo.matters import Matter

Act = Callable[[Tx, str], Awaitable[object]]
"""Does something to the ticket with the given number."""

_BEDTIME = time(21, 30)
_URGENT = frozenset({"p0", "p1"})
_HABITS = ((0.06, 0.5), (0.62, 0.78), (0.82, 0.97), (1.05, 1.4))
_HABITS_OF_HUNDRED = (87, 7, 4, 2)
_WAITING = ((1.03, 1.8), (0.82, 0.98), (0.62, 0.79), (0.04, 0.57))
_WAITING_IN_TIME = (0.15, 0.19, 0.66)
_EVIDENCE = ("部门权责清单摘录", "派单目录对应条目", "现场照片两张")
_ELSEWHERE = "来电人指明由该单位处理，先行派出核实。"
"""Said where the catalogue is sure of another unit; kept only there."""
_OPINION = "已核实本单位职责范围内的情况，同意主办单位意见，将按分工配合落实。"


@dataclass(frozen=True, slots=True)
class Delay:
    """Some time on a calendar, and then, for what nobody does at night, until the morning."""

    calendar: Calendar
    microseconds: int
    wakes: time | None = None

    def after(self, instant: datetime) -> datetime:
        """Return when it is over; the later it begins, the later it ends."""
        at = self.calendar.add(instant, self.microseconds)
        if self.wakes is None:
            return at
        local = at.astimezone(SHANGHAI)
        if local.time() >= _BEDTIME:
            local += timedelta(days=1)
        elif local.time() >= self.wakes:
            return at
        return datetime.combine(local.date(), self.wakes, SHANGHAI).astimezone(at.tzinfo)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody does.

    Attributes:
        is_certain: False for what is left out when its time has not come yet.
    """

    delay: Delay
    actor: Principal
    act: Act
    is_certain: bool = True


class Script:
    """A ticket's life, written deed by deed.

    Attributes:
        deeds: what follows the submission.
        lead: code of the department that has the ticket.
        age: how long ago the deed before `anchor` was done.
        anchor: how many deeds were written when the age was set.
        days_ago: how many days before the call it happened.
        id: the ticket's, once it is submitted.
        number: likewise.
        parent: the life of the ticket that this one is merged into.
    """

    def __init__(self, city: DemoCity, cast: Cast, matter: Matter, rng: random.Random) -> None:
        self.city, self.cast, self.matter, self.rng = city, cast, matter, rng
        self.deeds: list[Deed] = []
        self.lead = matter.template.department
        self.age = Delay(calendar_of(CalendarCode.NATURAL), 0)
        self.anchor = 0
        self.days_ago = rng.randint(1, 4)
        self.id: uuid.UUID | None = None
        self.number = ""
        self.parent: Script | None = None

    # -- time ----------------------------------------------------------------------------------

    def share(self) -> float:
        """Return a share of a limit as people use it: mostly little, now and then too much."""
        return self.rng.uniform(*self.rng.choices(_HABITS, _HABITS_OF_HUNDRED)[0])

    def limit(self, kind: ClockKind) -> tuple[Calendar, int]:
        """Return the calendar of a clock and its limit in seconds."""
        policy = self.matter.policy
        rule = rule_for(policy, kind) or rule_for(policy, ClockKind.COMPLETE)
        if rule is None:
            raise AssertionError("every policy limits the work")
        calendar = calendar_of(rule.calendar)
        setting = setting_of(rule, self.matter.template.request_type, calendar)
        return calendar, setting.limit_seconds

    def after(self, kind: ClockKind, share: float, *, by_day: bool = False) -> Delay:
        """Return a delay of a share of a limit; `by_day` for what waits for the morning."""
        calendar, seconds = self.limit(kind)
        wakes = None
        if by_day and self.matter.template.urgency not in _URGENT:
            minutes = self.rng.randint(5, 95)
            wakes = time(8 + minutes // 60, minutes % 60, self.rng.randint(0, 59))
        noise = self.rng.randint(0, 999_999)
        return Delay(calendar, max(20, int(share * seconds)) * 1_000_000 + noise, wakes)

    def days(self, low: float, high: float) -> Delay:
        """Return a delay of natural days, until a waking hour."""
        days = self.rng.uniform(low, high)
        wakes = time(self.rng.randint(8, 11), self.rng.randint(0, 59), self.rng.randint(0, 59))
        return Delay(calendar_of(CalendarCode.NATURAL), int(days * 86_400_000_000), wakes)

    def waits(self, kind: ClockKind, *, late: float = 0.14) -> None:
        """Let the present moment come when some share of a limit is used since the last deed."""
        weights = (late, *(share * (1 - late) for share in _WAITING_IN_TIME))
        share = self.rng.uniform(*self.rng.choices(_WAITING, weights)[0])
        self.age, self.anchor = self.after(kind, share), len(self.deeds)

    def ended(self, days: float) -> None:
        """Let the last deed have been done so many natural days ago."""
        self.age = Delay(calendar_of(CalendarCode.NATURAL), int(days * 86_400_000_000))
        self.anchor = len(self.deeds)

    # -- who and what --------------------------------------------------------------------------

    def staff(self, role: Role, but: Principal | None = None) -> Principal:
        """Return one of the hotline's people."""
        return self.cast.staff(role, self.rng, but)

    @property
    def handler(self) -> Principal:
        """The handler of the leading department."""
        return self.cast.handler(self.lead)

    @property
    def leader(self) -> Principal:
        """The leader of the leading department."""
        return self.cast.leader(self.lead)

    def do(self, delay: Delay, actor: Principal, act: Act, *, is_certain: bool = True) -> None:
        """Write the next deed."""
        self.deeds.append(Deed(delay, actor, act, is_certain))

    def strangers(self, count: int) -> Sequence[str]:
        """Return departments that the matter is none of."""
        own = {self.matter.template.department, *self.matter.template.co_departments}
        return self.rng.sample(
            [
                unit.code
                for unit in self.city.departments.values()
                if unit.peer_group is not None
                and unit.code not in own
                and level_of(unit) is not DepartmentLevel.STREET  # some of it is kept from them
            ],
            count,
        )

    # -- the main line -------------------------------------------------------------------------

    def accept(self) -> None:
        """An operator accepts, with the promise."""
        words = self.matter.template.promise
        self.do(
            self.after(ClockKind.ACCEPT, self.share()),
            self.staff(Role.OPERATOR),
            lambda tx, number: accept_ticket(tx, number, promise=self.matter.say(words)),
        )

    def answer(self, *, is_confirmed: bool, share: float | None = None) -> None:
        """An operator answers without a department."""
        words = self.matter.template.reply
        self.do(
            self.after(ClockKind.ACCEPT, share or self.share()),
            self.staff(Role.OPERATOR),
            lambda tx, number: answer_ticket(
                tx, number, reply=self.matter.say(words), is_confirmed=is_confirmed
            ),
        )

    def dispatch(self, department: str | None = None) -> None:
        """A dispatcher gives the ticket away; to the right department unless another is named.

        When it is so late that the system has called for a consultation, he ends that with it.
        """
        template = self.matter.template
        lead = self.lead = department or template.department
        others = template.co_departments if department is None else ()

        async def act(tx: Tx, number: str) -> None:
            ticket = await find_readable(tx.session, tx.actor, number)
            if ticket.hold is Hold.CONSULTATION:
                await decide_consultation(
                    tx,
                    number,
                    department=lead,
                    co_departments=others,
                    explanation=_ELSEWHERE,
                    override_reason=_ELSEWHERE,
                )
            else:
                await dispatch_ticket(
                    tx, number, department=lead, co_departments=others, deviation=_ELSEWHERE
                )

        self.do(self.after(ClockKind.DISPATCH, self.share()), self.staff(Role.DISPATCHER), act)

    def sign(self, share: float | None = None) -> None:
        """The department signs."""
        self.do(self.after(ClockKind.SIGN, share or self.share()), self.handler, sign_ticket)

    def contact(self, *, is_certain: bool = True) -> None:
        """The department speaks with the requester, if he can be spoken with."""
        matter = self.matter
        if matter.is_secret or matter.requester is None:
            return
        self.do(
            self.after(ClockKind.FIRST_CONTACT, self.rng.uniform(0.06, 0.5), by_day=True),
            self.handler,
            lambda tx, number: record_contact(
                tx,
                number,
                method=ContactMethod.PHONE,
                reached=True,
                note=matter.say(matter.template.contact),
            ),
            is_certain=is_certain,
        )

    def progress(self, *, is_certain: bool = True) -> None:
        """The department reports what it has done so far."""
        self.do(
            self.after(ClockKind.COMPLETE, self.rng.uniform(0.02, 0.08), by_day=True),
            self.handler,
            lambda tx, number: report_progress(
                tx, number, note=self.matter.say(self.matter.template.progress), done_step=1
            ),
            is_certain=is_certain,
        )

    def opinions(self) -> None:
        """The co-handlers give their opinions."""
        for code in self.matter.template.co_departments:
            self.do(
                self.after(ClockKind.CO_OPINION, self.rng.uniform(0.05, 0.2), by_day=True),
                self.cast.handler(code),
                lambda tx, number: submit_opinion(tx, number, opinion=_OPINION),
            )

    @property
    def no_contact_reason(self) -> NoContactReason | None:
        """Why nobody can speak with the requester, if so."""
        if self.matter.is_secret:
            return NoContactReason.SECRET
        return NoContactReason.ANONYMOUS if self.matter.requester is None else None

    def feedback(self, share: float | None = None, *, resolved: bool = True) -> None:
        """The department hands in its result after `share` of the limit since its last deed."""
        matter = self.matter
        self.do(
            self.after(ClockKind.COMPLETE, share or self.rng.uniform(0.05, 0.3), by_day=True),
            self.handler,
            lambda tx, number: submit_feedback(
                tx,
                number,
                result=matter.say(matter.template.progress),
                reply=matter.reply,
                resolved=resolved,
                evidence=("现场照片", "处理记录"),
                no_contact_reason=self.no_contact_reason,
            ),
        )

    def take_up(self) -> None:
        """Accepted, dispatched, signed, contacted, worked on."""
        self.accept()
        self.dispatch()
        self.begin_work()

    def begin_work(self) -> None:
        """The department signs, speaks with the requester and begins."""
        self.sign()
        self.contact()
        self.progress()

    def hand_in(self) -> None:
        """The department finishes in time."""
        self.opinions()
        self.feedback()

    def pass_audit(self) -> None:
        """An auditor finds the result good."""
        self.do(self.after(ClockKind.AUDIT, self.share()), self.staff(Role.AUDITOR), pass_audit)

    def reject_audit(self) -> None:
        """An auditor sends the result back."""
        self.do(
            self.after(ClockKind.AUDIT, self.rng.uniform(0.1, 0.5)),
            self.staff(Role.AUDITOR),
            lambda tx, number: reject_audit(
                tx, number, reason=self.matter.say(self.matter.template.reject)
            ),
        )

    def visit(self, answer: VisitAnswer | None = None, note: str | None = None) -> None:
        """The requester is asked, or answers by link; without an answer given he is content."""
        rng, matter = self.rng, self.matter
        by_link = answer is None and rng.choice((True, False, False, False))
        rating = rng.choices((5, 4, 3, None), (58, 27, 9, 6))[0]
        said = answer or VisitAnswer(reached=True, solved=True, rating=rating, was_contacted=True)
        words = note or (matter.template.visit if said.reached else None)
        self.do(
            self.after(ClockKind.VISIT, rng.uniform(0.06, 0.4), by_day=True),
            REQUESTER if by_link else self.staff(Role.VISITOR),
            lambda tx, number: self._ask(
                tx, number, said, matter.say(words) if words and not by_link else None
            ),
        )

    async def _ask(self, tx: Tx, number: str, said: VisitAnswer, note: str | None) -> None:
        if Role.REQUESTER in tx.actor.roles:
            await record_visit(tx, number, said, note=note)
        else:
            await ask_everybody(tx, number, said, note)

    def redo(self) -> None:
        """The department handles the matter again, in a further round."""
        self.contact()
        self.progress()
        self.feedback()

    def finish(self) -> None:
        """Audited, visited, closed."""
        self.pass_audit()
        self.visit()

    def archive(self) -> None:
        """The ticket is frozen after its thirty days."""
        natural = calendar_of(CalendarCode.NATURAL)
        self.do(Delay(natural, 30 * 86_400_000_000 + 60_000_000), SYSTEM, archive_ticket)

    # -- returns -------------------------------------------------------------------------------

    def ask_return(self, suggested: str) -> None:
        """The leading department says that the matter is another's."""
        text = next(
            (
                one
                for one in suited(self.city.story.return_request, self.matter.template.category)
                if one.suggested == suggested
            ),
            None,
        )
        reason, words = self._return_words(text, suggested)
        self.do(
            # The window may be two hours, and signing late has used most of it.
            self.after(ClockKind.COMPLETE, self.rng.uniform(0.005, 0.015)),
            self.leader,
            lambda tx, number: request_return(
                tx,
                number,
                reason=reason,
                suggested_department=suggested,
                explanation=words,
                legal_basis=text.legal_basis if text else None,
                evidence=_EVIDENCE,
            ),
        )

    def _return_words(self, text: ReturnRequest | None, suggested: str) -> tuple[ReturnReason, str]:
        if text is not None:
            return ReturnReason(text.reason), text.explanation
        name = self.city.departments[suggested].name
        return (
            ReturnReason.NOT_MY_DUTY,
            f"经核对派单目录和职责分工，该事项由{name}负责，本单位无相应职责，建议改派。",
        )
