"""The words of the product, each explained in a sentence: states, clocks, holds, rates, grades, roles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit.rulebook import Grade, Indicator
from hotline.kernel.errors import N_
from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind, Level
from hotline.tickets.lifecycle import Hold, Status
from web.i18n import LANGUAGES, Translator, translate
from web.labels import label

STATES: Mapping[Status, str] = {
    Status.SUBMITTED: N_("Taken down; nobody has decided yet whether the hotline takes it."),
    Status.ACCEPTED: N_("The hotline takes it and has promised an answer by a day."),
    Status.DISPATCHED: N_("Sent to a unit, which has not signed for it yet."),
    Status.PROCESSING: N_("The unit has signed for it and works on it."),
    Status.FEEDBACK_SUBMITTED: N_(
        "The unit has replied; an auditor checks whether the reply answers."
    ),
    Status.PENDING_VISIT: N_("The reply has passed; the requester is asked whether it is solved."),
    Status.CLOSED: N_("Asked and ended. The requester may still have it reopened."),
    Status.ARCHIVED: N_("Put away for good; it can only be read."),
    Status.NOT_ACCEPTED: N_("Not the hotline's: the requester was told why and where to turn to."),
    Status.TRANSFERRED_OUT: N_("Given to another authority, which answers by itself."),
    Status.MERGED: N_("It is the same matter as another, and ends with that one."),
    Status.CANCELLED: N_(
        "Taken back by the requester, or ended because nothing could be found out."
    ),
}
HOLDS: Mapping[Hold, str] = {
    Hold.SUPPLEMENT: N_(
        "Waits for something that only the requester can add; the clocks stand still."
    ),
    Hold.CONSULTATION: N_("Units meet about whose it is; a clock of two working hours runs."),
    Hold.RETURN_REVIEW: N_("The unit says it is not its own; a dispatcher decides."),
    Hold.ARBITRATION: N_(
        "Two units disagree; the authority above both decides, and that is final."
    ),
    Hold.RECTIFICATION: N_("It takes long: a plan with milestones runs instead of the limit."),
    Hold.SUSPENSION: N_(
        "It waits for something that nobody here can hurry; looked at again every thirty days."
    ),
    Hold.FINAL_REPLY: N_(
        "The same was asked again and again: a final reply is checked by a second person."
    ),
    Hold.RATING_CHECK: N_(
        "The requester was dissatisfied; whether that is founded is being checked."
    ),
}
CLOCKS: Mapping[ClockKind, str] = {
    ClockKind.ACCEPT: N_("From the submission until the hotline has decided."),
    ClockKind.DISPATCH: N_("From the acceptance until a unit has it."),
    ClockKind.SIGN: N_("Until the unit has signed that it has it."),
    ClockKind.FIRST_CONTACT: N_("Until the unit has spoken with the requester for the first time."),
    ClockKind.COMPLETE: N_("Until the unit has replied: this is what the requester was promised."),
    ClockKind.CO_OPINION: N_("Until a co-handling unit has given its opinion."),
    ClockKind.AUDIT: N_("Until an auditor has checked the reply."),
    ClockKind.VISIT: N_("Until the requester was asked."),
    ClockKind.VISIT_LINK: N_("As long as the requester may rate by the link in the message."),
    ClockKind.REWORK_COMPLETE: N_("Until a reply that was sent back is mended."),
    ClockKind.SUPPLEMENT: N_("Until the requester has added what was asked for; then it ends."),
    ClockKind.CONSULTATION: N_("Until the units that were called have decided."),
    ClockKind.DISPUTE_REVIEW: N_("Until somebody has decided about giving a matter back."),
    ClockKind.ARBITRATION: N_("Until the authority has decided between units."),
    ClockKind.MILESTONE: N_("Until the next milestone of a plan."),
    ClockKind.CLOSE_OUT: N_("After the last milestone: until the plan is said to be done."),
    ClockKind.CLOSE_OUT_REVIEW: N_("Until somebody has checked that a plan is done."),
    ClockKind.SUSPENSION_REVIEW: N_("Until a suspended matter is looked at again."),
    ClockKind.FINAL_REPLY: N_("Until a final reply is decided about."),
    ClockKind.BAD_RATING_CONTACT: N_("After a bad rating: until the unit has called."),
    ClockKind.BAD_RATING_DECISION: N_("Until it is decided whether a bad rating is founded."),
    ClockKind.BAD_RATING_FIX: N_("Until what a founded bad rating complained of is mended."),
    ClockKind.SUPERVISION_REPLY: N_("Until a supervision order is answered."),
    ClockKind.REPORT_IN: N_("Until a unit that was called has said when it comes."),
    ClockKind.MEETING_TASK: N_("Until a unit has done what was agreed in a meeting."),
    ClockKind.URGE_REPLY: N_("Until the unit has answered an urge."),
}
LEVELS: Mapping[Level, str] = {
    Level.GREEN: N_("There is time."),
    Level.YELLOW: N_("Over half of the time is gone: whoever works on it is told."),
    Level.ORANGE: N_("Little time is left: the leader is told as well."),
    Level.RED: N_("The limit is over. It is counted, and it climbs: leader, supervisor, an order."),
}
RATES: Mapping[Indicator, str] = {
    Indicator.SIGN: N_("How many matters were signed for within their limit."),
    Indicator.CONTACT: N_("How many requesters were called within the limit."),
    Indicator.PROMISE: N_("How many promises were kept: answered by the day that was said."),
    Indicator.RESOLVED: N_("How many requesters said that it is solved."),
    Indicator.SATISFIED: N_("How content those were who were asked."),
    Indicator.QUALITY: N_("How many replies passed the check at the first try."),
}
GRADES: Mapping[Grade, str] = {
    Grade.A: N_("Very good; the unit decides more by itself and is checked less."),
    Grade.B: N_("Good; nothing changes."),
    Grade.C: N_("To be watched: more of its matters are checked, and it is spoken to."),
    Grade.D: N_("Not good enough: its leader is called, and it has to mend by a plan."),
}
ROLES: Mapping[Role, str] = {
    Role.OPERATOR: N_("Takes calls and letters, writes matters down, accepts or answers them."),
    Role.DISPATCHER: N_("Decides which unit gets a matter, and about returns."),
    Role.AUDITOR: N_("Checks replies before the requester is asked."),
    Role.VISITOR: N_("Calls requesters back and writes down what they say."),
    Role.SUPERVISOR: N_("Watches limits, issues orders, calls units to account."),
    Role.AUTHORITY: N_("Stands above the hotline: decides between units, reads everything."),
    Role.ADMIN: N_("Keeps accounts, units, categories, limits and the house itself."),
    Role.OBSERVER: N_("Somebody from outside who looks at how matters are worked off."),
    Role.DISCIPLINE: N_("The discipline inspection: reads the clues that were handed to it."),
    Role.HANDLER: N_("Works matters off in a unit."),
    Role.LEADER: N_("Answers for a unit and signs what it asks for."),
    Role.REQUESTER: N_("Whoever has turned to the hotline. He has no account."),
    Role.SYSTEM: N_("The house itself, where it acts by rule and without a person."),
}
OTHERS: Sequence[tuple[str, str, str]] = (
    (
        "promise",
        N_("Promise"),
        N_("What the requester is told when a matter is accepted: what will be done, and by when."),
    ),
    (
        "clock",
        N_("Clock"),
        N_(
            "A limit that runs on a matter. It can be paused by a hold, and every change "
            "of it is written down."
        ),
    ),
    (
        "hold",
        N_("Hold"),
        N_("The one thing that keeps a matter from going on. There is never more than one."),
    ),
    (
        "policy",
        N_("Time-limit policy"),
        N_("Which limits a matter gets. The version of its first day holds to its end."),
    ),
    (
        "urge",
        N_("Urge"),
        N_(
            "The requester asks again. The unit has a day to answer; several urges raise the level."
        ),
    ),
    (
        "order",
        N_("Supervision order"),
        N_("A demand of the supervisor with a limit, an answer and a second look."),
    ),
    (
        "credit",
        N_("Credit"),
        N_("How well a unit keeps its word, from 0 to 100, worked out every night from facts."),
    ),
    ("peer-group", N_("Peer group"), N_("Units of like kind, which alone may be compared.")),
    (
        "round",
        N_("Round"),
        N_("A matter that is reopened begins another round; the first one stays as it was."),
    ),
    (
        "query-code",
        N_("Query code"),
        N_("With the number it lets a requester look up his matter. It is told only to him."),
    ),
)
"""Words that no enumeration holds: code, word, meaning."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word: what it is called, in both languages, and what it means."""

    code: str
    name: str
    other: str
    meaning: str


@dataclass(frozen=True, slots=True)
class WordGroup:
    """Words of one kind."""

    code: str
    name: str
    words: Sequence[Word]


_GROUPS: Sequence[tuple[str, str, Mapping[Any, str]]] = (
    ("states", N_("States of a matter"), STATES),
    ("holds", N_("What holds a matter up"), HOLDS),
    ("clocks", N_("Clocks"), CLOCKS),
    ("levels", N_("Warning levels"), LEVELS),
    ("rates", N_("Rates of credit"), RATES),
    ("grades", N_("Grades of credit"), GRADES),
    ("roles", N_("Roles"), ROLES),
)


def word_groups(t: Translator) -> list[WordGroup]:
    """Return every word in the reader's language, with its name in the other one."""
    other = next(code for code in LANGUAGES if code != t.language)
    groups = [
        WordGroup(
            "words",
            t.text(N_("General")),
            [
                Word(code, t.text(name), translate(other, name), t.text(meaning))
                for code, name, meaning in OTHERS
            ],
        )
    ]
    for code, name, meanings in _GROUPS:
        words = [
            Word(
                str(member.value),
                t.text(label(member)),
                translate(other, label(member)),
                t.text(meaning),
            )
            for member, meaning in meanings.items()
        ]
        groups.append(WordGroup(code, t.text(name), words))
    return groups
