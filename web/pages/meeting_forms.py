"""The forms of co-handling, consultations and whistles: what is asked, and what does it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from hotline.kernel.errors import N_
from hotline.meetings.whistles import (
    blow_whistle,
    call_off_whistle,
    decide_whistle,
    finish_meeting_task,
    report_in,
    score_whistle,
)
from hotline.procedures.consultations import (
    call_units,
    decide_consultation,
    request_consultation,
    respond_consultation,
)
from hotline.tickets.actions.cohandling import (
    add_co_department,
    ask_again,
    explain_delay,
    propose_co_department,
    release_co_department,
    report_stage,
    sign_co,
)
from hotline.tickets.lifecycle import Action
from hotline.tickets.meetings import DutyOpinion, ResponseScore, WorkStage
from web.views.catalogue import OVERRIDE
from web.views.fields import ASKABLE, CONSULTED, PARTS, UNSCORED, WHISTLED, Field, Kind

_REASON = Field("reason", N_("Reason"))
_EXPLANATION = Field("explanation", N_("Explanation"))
_UNITS = Field("departments", N_("Units called"), Kind.DEPARTMENTS)
_HELD_AT = Field(
    "held_at",
    N_("When they meet"),
    Kind.INSTANT,
    required=False,
    hint=N_("Left empty, the answers in writing are enough."),
)
_PLACE = Field("place", N_("Where, or how they are connected"), Kind.LINE, False, most=200)
_EVIDENCE = Field(
    "evidence",
    N_("Evidence"),
    Kind.LINES,
    required=False,
    hint=N_("Photographs, minutes, documents: one reference a line."),
)
_TASKS = Field(
    "tasks",
    N_("Tasks"),
    Kind.TASKS,
    required=False,
    hint=N_("One a line: the unit, the day, what it has to do by then."),
)


def _among(name: str, text: str, kind: Kind, among: str, hint: str | None = None) -> Field:
    is_several = kind is Kind.DEPARTMENTS
    return Field(name, text, kind, required=not is_several, hint=hint, among=among)


_CAME = N_("Units that came")

Parts = tuple[Callable[..., Awaitable[Any]], Sequence[Field], str | None]

MEETING_FORMS: Mapping[Action, Parts] = MappingProxyType(
    {
        Action.SIGN_CO: (sign_co, (), None),
        Action.REPORT_STAGE: (
            report_stage,
            (
                Field("stage", N_("How far it is"), Kind.CHOICE, of=WorkStage),
                Field("note", N_("What was done"), hint=N_("For the lead and the hotline.")),
                _EVIDENCE,
            ),
            None,
        ),
        Action.EXPLAIN_DELAY: (
            explain_delay,
            (
                Field(
                    "reason",
                    N_("Why it takes longer"),
                    hint=N_("It is kept for the lead; your time runs on."),
                ),
            ),
            None,
        ),
        Action.PROPOSE_CO_DEPARTMENT: (
            propose_co_department,
            (
                Field("department", N_("Department that is needed"), Kind.DEPARTMENT),
                Field("reason", N_("What it is needed for"), hint=N_("The dispatcher decides.")),
            ),
            None,
        ),
        Action.ADD_CO_DEPARTMENT: (
            add_co_department,
            (
                Field("department", N_("Co-handling department"), Kind.DEPARTMENT),
                Field("note", N_("Words for the department"), required=False),
            ),
            None,
        ),
        Action.RELEASE_CO_DEPARTMENT: (
            release_co_department,
            (
                _among("department", N_("Co-handling department"), Kind.DEPARTMENT, PARTS),
                _REASON,
            ),
            N_("Release this co-handler? It does not see the ticket any more."),
        ),
        Action.ASK_AGAIN: (
            ask_again,
            (
                _among("department", N_("Co-handling department"), Kind.DEPARTMENT, ASKABLE),
                Field(
                    "reason",
                    N_("What is missing in its opinion"),
                    hint=N_("It is asked again once, with its full time."),
                ),
            ),
            None,
        ),
        Action.REQUEST_CONSULTATION: (
            request_consultation,
            (Field("reason", N_("Question to the units")), _UNITS, _HELD_AT, _PLACE),
            None,
        ),
        Action.CALL_UNITS: (call_units, (_UNITS, _HELD_AT, _PLACE), None),
        Action.RESPOND_CONSULTATION: (
            respond_consultation,
            (
                Field("opinion", N_("Whose duty it is"), Kind.CHOICE, of=DutyOpinion),
                Field("explanation", N_("Legal basis and explanation")),
            ),
            None,
        ),
        Action.DECIDE_CONSULTATION: (
            decide_consultation,
            (
                Field("department", N_("Lead department"), Kind.DEPARTMENT),
                Field(
                    "co_departments",
                    N_("Co-handling departments"),
                    Kind.DEPARTMENTS,
                    required=False,
                ),
                _EXPLANATION,
                _among("attended", _CAME, Kind.DEPARTMENTS, CONSULTED),
                _TASKS,
                OVERRIDE,
            ),
            None,
        ),
        Action.BLOW_WHISTLE: (
            blow_whistle,
            (
                _UNITS,
                Field("reason", N_("What they are called for")),
                Field(
                    "report_limit",
                    N_("Time to report in"),
                    Kind.LIMIT,
                    required=False,
                    hint=N_("Left empty: 2 working hours, 30 minutes for what is urgent."),
                ),
                Field("held_at", N_("When they meet"), Kind.INSTANT, required=False),
                _PLACE,
            ),
            None,
        ),
        Action.REPORT_IN: (
            report_in,
            (
                Field("attendee", N_("Who comes"), Kind.LINE, most=80),
                Field("deputy", N_("He stands in for the one who should come"), Kind.CHECK, False),
                Field("note", N_("What your unit brings or needs"), required=False),
            ),
            None,
        ),
        Action.DECIDE_WHISTLE: (
            decide_whistle,
            (
                _among("attended", _CAME, Kind.DEPARTMENTS, WHISTLED),
                Field("minutes", N_("Minutes"), required=False),
                Field("decision", N_("Decision")),
                _TASKS,
                _among(
                    "co_departments",
                    N_("Units that become co-handlers"),
                    Kind.DEPARTMENTS,
                    WHISTLED,
                ),
                Field(
                    "duty",
                    N_("Whose duty it was found to be"),
                    Kind.DEPARTMENT,
                    required=False,
                    hint=N_("Kept as a precedent for the next like case."),
                ),
            ),
            None,
        ),
        Action.SCORE_WHISTLE: (
            score_whistle,
            (
                _among("department", N_("Unit"), Kind.DEPARTMENT, UNSCORED),
                Field("score", N_("How it came"), Kind.CHOICE, of=ResponseScore),
                Field("explanation", N_("Why"), hint=N_("The unit reads it.")),
            ),
            None,
        ),
        Action.CALL_OFF_WHISTLE: (
            call_off_whistle,
            (_REASON,),
            N_("Call the whistle off? The units lose sight of the ticket."),
        ),
        Action.FINISH_MEETING_TASK: (
            finish_meeting_task,
            (Field("report", N_("What was done")), _EVIDENCE),
            None,
        ),
    }
)
