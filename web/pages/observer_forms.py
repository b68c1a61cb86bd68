"""What is asked of observers and about them: the forms of surveys, visits, findings and reports."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from credit.observers.actions.register import (
    declare_conflict,
    end_observer,
    lift_conflict,
    register_observer,
    renew_observer,
)
from credit.observers.actions.snaps import SnapReport, send_snap
from credit.observers.actions.surveys import (
    change_survey,
    close_survey,
    draft_survey,
    publish_survey,
)
from credit.observers.actions.visits import (
    answer_finding,
    confirm_finding,
    plan_visit,
    record_own_visit,
    record_planned_visit,
    send_finding_back,
    set_finding_aside,
)
from credit.observers.errors import InvalidVisit
from credit.observers.models import ObserverSnap, ObserverVisit, Survey
from credit.observers.rules import (
    LEAST_ANSWERS,
    CheckItem,
    ConflictReason,
    ItemVerdict,
    ObserverCategory,
    Question,
    QuestionKind,
    SurveyKind,
    VisitRecord,
)
from hotline.kernel.errors import N_
from hotline.people.principal import Tx
from hotline.tickets.models import ADDRESS_MAX, TITLE_MAX
from web.labels import label
from web.pages.record_forms import RecordForm
from web.snaps import take_in_snap
from web.views.fields import Field, Kind

_REASON = Field("reason", N_("Reason"))
_CATEGORY = Field("category", N_("Observer's category"), Kind.CHOICE, of=ObserverCategory)
_VALID = Field("valid_until", N_("Card valid until"), Kind.DAY)

REGISTER = RecordForm(
    "register",
    N_("Put on the register"),
    register_observer,
    (
        Field(
            "username",
            N_("User name"),
            Kind.LINE,
            most=64,
            hint=N_("An account with the role of an external observer."),
        ),
        Field(
            "nickname",
            N_("Nickname"),
            Kind.LINE,
            most=20,
            hint=N_("Others know the observer by it; no name of a person."),
        ),
        _CATEGORY,
        _VALID,
    ),
    is_versioned=False,
)
RENEW = RecordForm("renew", N_("Renew the card"), renew_observer, (_CATEGORY, _VALID))
END = RecordForm("end", N_("Take off the register"), end_observer, (_REASON,))
LIFT = RecordForm(
    "lift", N_("Lift the conflict of interest"), lift_conflict, (_REASON,), is_versioned=False
)
DECLARE = RecordForm(
    "declare",
    N_("Keep out of a department's matters"),
    declare_conflict,
    (
        Field("department", N_("Department"), Kind.DEPARTMENT),
        Field("reason", N_("Reason"), Kind.CHOICE, of=ConflictReason),
    ),
    question=N_("Only a supervisor can lift this again. Declare it?"),
    is_versioned=False,
)

_KINDS = (
    ("scale", QuestionKind.SCALE),
    ("yes_no", QuestionKind.YES_NO),
    ("words", QuestionKind.WORDS),
)


def _survey_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form of a survey asks for: its questions as one list."""
    words = dict(values)
    words["questions"] = [
        Question(kind, text.strip()) for name, kind in _KINDS for text in words.pop(name)
    ]
    words["least_answers"] = words["least_answers"] or LEAST_ANSWERS
    return words


async def _draft(tx: Tx, **values: Any) -> Survey:  # noqa: ANN401  # what the fields give
    return await draft_survey(tx, **_survey_words(values))


async def _change(
    tx: Tx,
    survey_id: uuid.UUID,
    *,
    expected_version: int | None,
    **values: Any,  # noqa: ANN401  # what the fields give
) -> Survey:
    return await change_survey(
        tx, survey_id, **_survey_words(values), expected_version=expected_version
    )


_SURVEY = (
    Field("title", N_("Title of the survey"), Kind.LINE, most=120),
    Field("kind", N_("Kind of survey"), Kind.CHOICE, of=SurveyKind),
    Field("year", N_("Year"), Kind.MILESTONE),
    Field(
        "quarter",
        N_("Quarter"),
        Kind.MILESTONE,
        required=False,
        choices=tuple((str(n), str(n)) for n in range(1, 5)),
        hint=N_("Of a survey of a quarter only."),
    ),
    Field("opens_on", N_("First day for answers"), Kind.DAY),
    Field("closes_on", N_("Last day for answers"), Kind.DAY),
    Field(
        "scale",
        N_("Questions answered by one to five"),
        Kind.LINES,
        required=False,
        hint=N_("One question a line. They count for the score."),
    ),
    Field(
        "yes_no",
        N_("Questions answered by yes or no"),
        Kind.LINES,
        required=False,
        hint=N_("One question a line, worded so that yes is good. They count for the score."),
    ),
    Field(
        "words",
        N_("Questions answered in short words"),
        Kind.LINES,
        required=False,
        hint=N_("One question a line. They do not count."),
    ),
    Field(
        "departments",
        N_("Departments asked about"),
        Kind.DEPARTMENTS,
        required=False,
        hint=N_("Nothing chosen: all."),
    ),
    Field(
        "least_answers",
        N_("Least number of observers"),
        Kind.MILESTONE,
        required=False,
        choices=tuple((str(n), str(n)) for n in (1, 2, 3, 5, 8, 10, 15, 20)),
        hint=N_("Below it nothing is said about a department; five unless you choose another."),
    ),
)


def survey_form(today: date, code: str = "draft") -> RecordForm:
    """Return the form of a survey, for the years about now."""
    years = tuple((str(year), str(year)) for year in range(today.year - 1, today.year + 2))
    fields = tuple(replace(one, choices=years) if one.name == "year" else one for one in _SURVEY)
    if code == "draft":
        return RecordForm(code, N_("Draft a survey"), _draft, fields, is_versioned=False)
    return RecordForm(code, N_("Change the survey"), _change, fields)


PUBLISH = RecordForm(
    "publish",
    N_("Publish to observers"),
    publish_survey,
    question=N_("Publish it? Neither its questions nor its departments can be changed afterwards."),
)
CLOSE = RecordForm(
    "close",
    N_("Close before its day"),
    close_survey,
    question=N_("Close it now? No answer is taken any more."),
)


def _record_of(values: Mapping[str, Any]) -> VisitRecord:
    return VisitRecord(
        visited_on=values["visited_on"],
        place=values["place"],
        items={
            item: values[f"item_{item.value}"]
            for item in CheckItem
            if values[f"item_{item.value}"] is not None
        },
        words=values["words"],
        finding=values["finding"],
        lat=_degrees(values["lat"]),
        long=_degrees(values["long"]),
        photos=values["photos"],
    )


def _degrees(typed: str | None) -> float | None:
    if typed is None:
        return None
    try:
        return float(typed)
    except ValueError as error:
        raise InvalidVisit(problem=N_("there is no such place")) from error


async def _record_own(
    tx: Tx,
    *,
    department: str,
    **values: Any,  # noqa: ANN401  # what the fields give
) -> ObserverVisit:
    return await record_own_visit(tx, department=department, record=_record_of(values))


async def _record_planned(
    tx: Tx,
    visit_id: uuid.UUID,
    **values: Any,  # noqa: ANN401  # what the fields give
) -> ObserverVisit:
    return await record_planned_visit(tx, visit_id, record=_record_of(values))


_SPOT = (
    Field("lat", N_("Latitude"), Kind.LINE, required=False, most=20),
    Field("long", N_("Longitude"), Kind.LINE, required=False, most=20),
)
_PHOTOS = Field(
    "photos",
    N_("Photographs"),
    Kind.LINES,
    required=False,
    hint=N_("References of photographs, one a line."),
)
_RECORD = (
    Field("visited_on", N_("Day of the visit"), Kind.DAY),
    Field("place", N_("Place that was visited"), Kind.LINE, most=200),
    *(
        Field(f"item_{item.value}", label(item), Kind.CHOICE, required=False, of=ItemVerdict)
        for item in CheckItem
    ),
    Field("words", N_("What else was seen"), required=False, most=2000),
    Field(
        "finding",
        N_("What the department has to put right"),
        required=False,
        most=2000,
        hint=N_("Left empty when nothing has. The department gets ten working days."),
    ),
    _PHOTOS,
    *_SPOT,
)
RECORD_OWN = RecordForm(
    "new",
    N_("Record a visit"),
    _record_own,
    (Field("department", N_("Department"), Kind.DEPARTMENT), *_RECORD),
    is_versioned=False,
)
RECORD_PLANNED = RecordForm(
    "record", N_("Record this visit"), _record_planned, _RECORD, is_versioned=False
)
PLAN = RecordForm(
    "plan",
    N_("Ask for a visit"),
    plan_visit,
    (
        Field("department", N_("Department"), Kind.DEPARTMENT),
        Field("due_on", N_("To be made by"), Kind.DAY),
    ),
    is_versioned=False,
)

ANSWER = RecordForm(
    "answer",
    N_("Answer what was found"),
    answer_finding,
    (
        Field("text", N_("What was done"), most=2000),
        Field(
            "photos",
            N_("Photographs"),
            Kind.LINES,
            required=False,
            hint=N_("References of photographs, one a line."),
        ),
    ),
)
CONFIRM = RecordForm(
    "confirm",
    N_("Confirm that it is put right"),
    confirm_finding,
    (Field("explanation", N_("What was seen"), most=2000),),
)
SEND_BACK = RecordForm("send-back", N_("Send the answer back"), send_finding_back, (_REASON,))
SET_ASIDE = RecordForm("set-aside", N_("Set the finding aside"), set_finding_aside, (_REASON,))
FINDING_FORMS: Sequence[RecordForm] = (ANSWER, CONFIRM, SEND_BACK, SET_ASIDE)


async def _send_snap(
    tx: Tx,
    *,
    key: uuid.UUID,
    lat: str | None,
    long: str | None,
    **values: Any,  # noqa: ANN401  # what the fields give
) -> ObserverSnap:
    report = SnapReport(**values, lat=_degrees(lat), long=_degrees(long))
    return await send_snap(tx, report=report, key=key, take_in=take_in_snap)


SNAP = RecordForm(
    "snap",
    N_("Send the report"),
    _send_snap,
    (
        Field("title", N_("In one sentence"), Kind.LINE, most=TITLE_MAX),
        Field("content", N_("What did you see?"), most=5000),
        Field("address", N_("Address or place"), Kind.LINE, most=ADDRESS_MAX),
        Field(
            "is_suggestion",
            N_("It is a suggestion, nothing is wrong"),
            Kind.CHECK,
            required=False,
        ),
        Field(
            "phone",
            N_("Telephone"),
            Kind.PHONE,
            required=False,
            hint=N_("Only if the department may call you; every look at it is recorded."),
        ),
        *_SPOT,
    ),
    is_versioned=False,
)
