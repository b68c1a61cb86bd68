"""The rules of observers: surveys and their answers, visits and what was found there - pure."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from credit.observers.errors import (
    FindingMoveRefused,
    InvalidAnswer,
    InvalidCard,
    InvalidSurvey,
    InvalidVisit,
    PersonalDataInWords,
    SurveyMoveRefused,
    SurveyOver,
)
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text


class ObserverCategory(enum.StrEnum):
    """From where an observer looks at the city."""

    MEDIA = "media"
    ENTERPRISE = "enterprise"
    CITIZEN = "citizen"
    DEPUTY = "deputy"
    EXPERT = "expert"


class ConflictReason(enum.StrEnum):
    """Why an observer keeps out of a department's matters; coded, so that nobody is named."""

    EMPLOYED = "employed"
    FAMILY = "family"
    BUSINESS = "business"
    OWN_MATTER = "own_matter"
    OTHER = "other"


class SurveyKind(enum.StrEnum):
    """What a survey is for; those of a quarter and of a year make the observers' score."""

    QUARTER = "quarter"
    YEAR = "year"
    SPECIAL = "special"


class SurveyState(enum.StrEnum):
    """How far a survey has come."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class QuestionKind(enum.StrEnum):
    """How a question is answered: one to five, yes or no, or in short words that are not counted."""

    SCALE = "scale"
    YES_NO = "yes_no"
    WORDS = "words"


COUNTED_KINDS = frozenset({QuestionKind.SCALE, QuestionKind.YES_NO})
COUNTED_SURVEYS = frozenset({SurveyKind.QUARTER, SurveyKind.YEAR})

MOST_QUESTIONS = 20
MOST_WORDS = 200
"""Characters of an answer in words."""

LEAST_SCALE, MOST_SCALE = 1, 5
LEAST_ANSWERS = 5
"""Below so many observers nothing is said about a department, unless a survey says otherwise."""

Value = int | bool | str | None
"""An answer to one question: one to five, yes or no, words; None where none is given."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a survey. A question of yes and no is worded so that yes is good."""

    kind: QuestionKind
    text: str


_SURVEY_FOLLOWING: Mapping[SurveyState, SurveyState] = MappingProxyType(
    {SurveyState.DRAFT: SurveyState.PUBLISHED, SurveyState.PUBLISHED: SurveyState.CLOSED}
)


def require_survey_following(state: SurveyState, following: SurveyState) -> None:
    """Pass in silence when a survey may go from one state to another, or be changed as a draft.

    Raises:
        SurveyMoveRefused: it may not.
    """
    if following is SurveyState.DRAFT and state is SurveyState.DRAFT:
        return
    if _SURVEY_FOLLOWING.get(state) is not following:
        raise SurveyMoveRefused(state=state)


def require_survey(
    *,
    kind: SurveyKind,
    quarter: int | None,
    opens_on: date,
    closes_on: date,
    least_answers: int,
    questions: Sequence[Question],
) -> None:
    """Pass in silence when a survey can be kept as a draft.

    Raises:
        InvalidSurvey: it contradicts itself.
    """
    faults = (
        (
            (kind is SurveyKind.QUARTER) != (quarter is not None),
            N_("a survey of a quarter names its quarter, and no other does"),
        ),
        (quarter not in {None, 1, 2, 3, 4}, N_("a quarter is 1, 2, 3 or 4")),
        (closes_on < opens_on, N_("it closes before it opens")),
        (least_answers < 1, N_("at least one observer must have answered")),
        (len(questions) > MOST_QUESTIONS, N_("it asks too many questions")),
        (any(not one.text.strip() for one in questions), N_("a question has no words")),
    )
    for is_wrong, problem in faults:
        if is_wrong:
            raise InvalidSurvey(problem=problem)


def require_publishable(
    *,
    kind: SurveyKind,
    questions: Sequence[Question],
    departments: int,
    closes_at: datetime,
    now: datetime,
) -> None:
    """Pass in silence when a draft can go to the observers.

    Raises:
        InvalidSurvey: it asks nothing, about nobody, nothing that counts, or when it is too late.
    """
    faults = (
        (not questions, N_("it asks no question")),
        (
            kind in COUNTED_SURVEYS and all(one.kind not in COUNTED_KINDS for one in questions),
            N_("it goes into the score of the year and asks nothing that is counted"),
        ),
        (departments == 0, N_("it asks about no department")),
        (closes_at <= now, N_("it would be over before anybody could answer")),
    )
    for is_wrong, problem in faults:
        if is_wrong:
            raise InvalidSurvey(problem=problem)


def is_open(state: SurveyState, opens_at: datetime, closes_at: datetime, now: datetime) -> bool:
    """Tell whether a survey takes answers: from when it opens until, and not at, when it closes."""
    return state is SurveyState.PUBLISHED and opens_at <= now < closes_at


def require_open(
    state: SurveyState, opens_at: datetime, closes_at: datetime, now: datetime
) -> None:
    """Pass in silence when a survey takes answers.

    Raises:
        SurveyOver: it does not, or not yet; whether or not somebody has written that it is closed.
    """
    if not is_open(state, opens_at, closes_at, now):
        raise SurveyOver


def checked_values(questions: Sequence[Question], values: Sequence[Value]) -> list[Value]:
    """Return an answer as it is kept: every counted question answered, words or nothing for the others.

    Raises:
        InvalidAnswer: an answer does not fit its question.
        PersonalDataInWords: words that name a number or an address.
    """
    if len(values) != len(questions):
        raise InvalidAnswer(position=min(len(values), len(questions)) + 1)
    return [
        _checked(position, question, value)
        for position, (question, value) in enumerate(zip(questions, values, strict=True), start=1)
    ]


def _checked(position: int, question: Question, value: Value) -> Value:
    if question.kind is QuestionKind.WORDS:
        return _checked_words(position, value)
    if question.kind is QuestionKind.YES_NO:
        if not isinstance(value, bool):
            raise InvalidAnswer(position=position)
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number or not LEAST_SCALE <= int(value or 0) <= MOST_SCALE:
        raise InvalidAnswer(position=position)
    return value


def _checked_words(position: int, value: Value) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MOST_WORDS:
        raise InvalidAnswer(position=position)
    words = value.strip()
    require_impersonal(words)
    return words or None


def require_impersonal(*texts: str | None) -> None:
    """Pass in silence when nothing that would be masked on a screen stands in the texts.

    Raises:
        PersonalDataInWords: it does.
    """
    if any(text and mask_text(text) != text for text in texts):
        raise PersonalDataInWords


def require_valid_until(valid_until: date, today: date) -> None:
    """Pass in silence when a card that is given out today is worth something.

    Raises:
        InvalidCard: it would have run out.
    """
    if valid_until < today:
        raise InvalidCard


def card_is_valid(*, is_active: bool, valid_until: date, today: date) -> bool:
    """Tell whether an observer's card is good: through its last day, and while he is on the register."""
    return is_active and today <= valid_until


class CheckItem(enum.StrEnum):
    """What an observer looks at in a department's place."""

    OPEN_IN_HOURS = "open_in_hours"
    ATTITUDE = "attitude"
    TOLD_AT_ONCE = "told_at_once"
    WAITING = "waiting"
    RULES_POSTED = "rules_posted"
    FEES_POSTED = "fees_posted"
    COMPLAINT_WAY = "complaint_way"
    ACCESSIBLE = "accessible"


class ItemVerdict(enum.StrEnum):
    """What was seen of an item; what was not looked at is left out."""

    GOOD = "good"
    POOR = "poor"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """What an observer brings back from a visit.

    Attributes:
        visited_on: the day, in Shanghai.
        place: where, in words.
        items: what was looked at, and how it was.
        words: what else was seen.
        finding: what has to be put right; None when nothing has.
        lat: where the observer checked in, if he wants to say.
        long: likewise.
        photos: references of photographs.
    """

    visited_on: date
    place: str
    items: Mapping[CheckItem, ItemVerdict]
    words: str | None = None
    finding: str | None = None
    lat: float | None = None
    long: float | None = None
    photos: Sequence[str] = ()


_MOST_LAT, _MOST_LONG = 90, 180


def require_visit(record: VisitRecord, today: date) -> None:
    """Pass in silence when a record can be true.

    Raises:
        InvalidVisit: it cannot.
        PersonalDataInWords: it names a number or an address of mail.
    """
    lat, long = record.lat, record.long
    faults = (
        (record.visited_on > today, N_("the visit is still to come")),
        (not record.items, N_("nothing was looked at")),
        ((lat is None) != (long is None), N_("latitude and longitude belong together")),
        (
            abs(lat or 0) > _MOST_LAT or abs(long or 0) > _MOST_LONG,
            N_("there is no such place"),
        ),
    )
    for is_wrong, problem in faults:
        if is_wrong:
            raise InvalidVisit(problem=problem)
    require_impersonal(record.place, record.words, record.finding, *record.photos)


class FindingState(enum.StrEnum):
    """How far what was found is put right."""

    OPEN = "open"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    SET_ASIDE = "set_aside"


class FindingStep(enum.StrEnum):
    """What was done about a finding."""

    FOUND = "found"
    ANSWERED = "answered"
    SENT_BACK = "sent_back"
    CONFIRMED = "confirmed"
    SET_ASIDE = "set_aside"


_FINDING: Mapping[tuple[FindingState, FindingStep], FindingState] = MappingProxyType(
    {
        (FindingState.OPEN, FindingStep.ANSWERED): FindingState.ANSWERED,
        (FindingState.OPEN, FindingStep.SET_ASIDE): FindingState.SET_ASIDE,
        (FindingState.ANSWERED, FindingStep.SENT_BACK): FindingState.OPEN,
        (FindingState.ANSWERED, FindingStep.CONFIRMED): FindingState.CONFIRMED,
        (FindingState.ANSWERED, FindingStep.SET_ASIDE): FindingState.SET_ASIDE,
    }
)

FINDING_DAYS: Mapping[FindingStep, int] = MappingProxyType(
    {FindingStep.FOUND: 10, FindingStep.SENT_BACK: 5, FindingStep.ANSWERED: 5}
)
"""Working days for what comes next: putting it right, doing so again, looking at the answer."""


def finding_after(state: FindingState, step: FindingStep) -> FindingState:
    """Return what a finding becomes.

    Raises:
        FindingMoveRefused: its state does not allow the step.
    """
    following = _FINDING.get((state, step))
    if following is None:
        raise FindingMoveRefused(state=state)
    return following
