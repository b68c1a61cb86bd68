"""What is practised by whom, and what proves that a step is done - pure."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.permissions import Role
from hotline.tickets.lifecycle import Action


class NoPractice(DomainError):
    """The house is no practice city: nothing here can be practised, and nothing begins again."""

    kind = ErrorKind.NOT_FOUND
    code = "no-practice"
    title = N_("This is no practice city")


class PracticeNotRenewable(DomainError):
    """The practice city cannot be begun again from here."""

    kind = ErrorKind.CONFLICT
    code = "practice-not-renewable"
    title = N_("Practice begins again only in a house that runs its own database: {command}")


class NotLate(DomainError):
    """The number that was found is of no matter that is late."""

    kind = ErrorKind.INVALID
    code = "practice-not-late"
    title = N_("This is not the number of an open matter that is late: look again")


class Mark(enum.StrEnum):
    """What is done in practice without a trace on a matter."""

    BEGAN = "began"
    CALL = "call"
    FOUND_LATE = "found_late"


@dataclass(frozen=True, slots=True)
class PracticeStep:
    """One step of a task.

    Attributes:
        code: stable, unique.
        text: message id of what to do.
        href: where it is done; None on the matter itself.
        by: any of these done by the person proves it.
        mark: or this mark does.
        times: how often it must have been done.
    """

    code: str
    text: str
    href: str | None = None
    by: frozenset[Action] = frozenset()
    mark: Mark | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class PracticeTask:
    """Something to practise."""

    code: str
    role: Role
    title: str
    about: str
    steps: Sequence[PracticeStep]


@dataclass(frozen=True, slots=True)
class OwnActs:
    """What a person has done since his practice began.

    Attributes:
        actions: how often each action.
        marks: what else.
    """

    actions: Mapping[str, int] = field(default_factory=dict)
    marks: Collection[str] = ()


def _by(
    code: str, text: str, *actions: Action, href: str | None = None, times: int = 1
) -> PracticeStep:
    return PracticeStep(code, text, href, frozenset(actions), times=times)


_A = Action

TASKS: tuple[PracticeTask, ...] = (
    PracticeTask(
        "take_call",
        Role.OPERATOR,
        N_("Take a call"),
        N_("Somebody calls. Write down what he wants, and decide whether the hotline takes it."),
        (
            PracticeStep(
                "ring", N_("Let the telephone ring, with the button below"), mark=Mark.CALL
            ),
            _by(
                "submit", N_("Take the matter down while he speaks"), _A.SUBMIT, href="/desk/intake"
            ),
            _by(
                "accept",
                N_("Accept it, or answer it on the spot"),
                _A.ACCEPT,
                _A.ANSWER,
                _A.DISPATCH,
                href="/queues/accept",
            ),
        ),
    ),
    PracticeTask(
        "urge",
        Role.OPERATOR,
        N_("Somebody asks where his matter is"),
        N_(
            "Find the matter by its number or telephone, read out where it stands, and "
            "urge the unit."
        ),
        (_by("urge", N_("Urge a matter that a unit works on"), _A.URGE, href="/search"),),
    ),
    PracticeTask(
        "dispatch",
        Role.DISPATCHER,
        N_("Send matters to the right unit"),
        N_("Look at what is proposed and why, then dispatch."),
        (
            _by("dispatch", N_("Dispatch a matter"), _A.DISPATCH, href="/queues/dispatch"),
            _by("two", N_("Dispatch a second one"), _A.DISPATCH, href="/queues/dispatch", times=2),
            _by(
                "return",
                N_("Decide whether a unit may give a matter back"),
                _A.DECIDE_RETURN,
                href="/queues/returns",
            ),
        ),
    ),
    PracticeTask(
        "handle",
        Role.HANDLER,
        N_("Work a matter off"),
        N_("From the signature to the reply, within its limits."),
        (
            _by("sign", N_("Sign for a matter"), _A.SIGN, href="/desk"),
            _by("contact", N_("Call the requester and write down what was said"), _A.CONTACT),
            _by("progress", N_("Report progress"), _A.PROGRESS),
            _by("feedback", N_("Submit the reply"), _A.SUBMIT_FEEDBACK),
        ),
    ),
    PracticeTask(
        "lead",
        Role.LEADER,
        N_("Look after your unit"),
        N_("See what burns, and answer for it."),
        (
            PracticeStep(
                "late",
                N_("Find a matter of your unit that is late, and type its number below"),
                "/desk",
                mark=Mark.FOUND_LATE,
            ),
            _by(
                "answer",
                N_("Acknowledge or answer a supervision order, or answer an urge"),
                _A.ACKNOWLEDGE_ORDER,
                _A.ANSWER_ORDER,
                _A.ANSWER_URGE,
                _A.EXPLAIN_DELAY,
            ),
        ),
    ),
    PracticeTask(
        "audit",
        Role.AUDITOR,
        N_("Check replies"),
        N_("Does the reply answer what was asked? Pass one, send one back."),
        (
            _by("pass", N_("Let a reply pass"), _A.PASS_AUDIT, href="/queues/audit"),
            _by(
                "reject",
                N_("Send a reply back, with the reason"),
                _A.REJECT_AUDIT,
                href="/queues/audit",
            ),
        ),
    ),
    PracticeTask(
        "visit",
        Role.VISITOR,
        N_("Ask the requester"),
        N_("Call back and write down whether it is solved and how content he is."),
        (
            _by("visit", N_("Record a return visit"), _A.RECORD_VISIT, href="/visits"),
            _by("two", N_("Record a second one"), _A.RECORD_VISIT, href="/visits", times=2),
        ),
    ),
    PracticeTask(
        "supervise",
        Role.SUPERVISOR,
        N_("Find what is late, and call to account"),
        N_("The board says what is late and who holds it."),
        (
            PracticeStep(
                "late",
                N_("Find a matter that is late, and type its number below"),
                "/supervision",
                mark=Mark.FOUND_LATE,
            ),
            _by("urge", N_("Urge it"), _A.URGE),
            _by("order", N_("Issue a supervision order"), _A.ISSUE_ORDER),
        ),
    ),
)
"""What is practised, by role."""


def tasks_for(roles: Collection[Role]) -> list[PracticeTask]:
    """Return the tasks of somebody who holds `roles`."""
    return [task for task in TASKS if task.role in roles]


def is_done(step: PracticeStep, acts: OwnActs) -> bool:
    """Tell whether a person has done a step: by what he did, not by what he says."""
    if step.mark is not None and step.mark.value in acts.marks:
        return True
    return sum(acts.actions.get(action.value, 0) for action in step.by) >= step.times > 0 and bool(
        step.by
    )


def is_practice(*, is_demo: bool, is_founded: bool) -> bool:
    """Tell whether a house is for practice: it was started as a demo, and its city was invented.

    A house that somebody filled himself has no such mark, and no setting gives it one.
    """
    return is_demo and is_founded
