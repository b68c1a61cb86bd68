"""The rules of knowledge: how far an article is, who may take it further, when it must be looked at.

An article is what people find; its versions are what it said. People are offered one version, the one
that was published last; a newer one that waits for its second person is offered to nobody.
"""

import enum
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hotline.kernel.clock import SHANGHAI
from hotline.knowledge.errors import (
    ArticleMoveRefused,
    CorrectionDecided,
    InvalidReviewPeriod,
    InvalidValidity,
    NotYourArticle,
    PersonalDataInArticle,
    SecondPersonForArticle,
    SecondPersonForCorrection,
    TooManyLabels,
)
from hotline.people.permissions import Permission


class ArticleState(enum.StrEnum):
    """How far an article is.

    `draft` and `in_review` were never published. `correcting`: a mistake was owned up to, and the version
    that puts it right is not out yet. An expired or retired article lives again with its next version.
    """

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    CORRECTING = "correcting"
    EXPIRED = "expired"
    RETIRED = "retired"


class ArticleAudience(enum.StrEnum):
    """Who may read an article beside its owner."""

    HOTLINE = "hotline"
    STAFF = "staff"
    PUBLIC = "public"


class ArticleStep(enum.StrEnum):
    """Something that was done with an article."""

    DRAFTED = "drafted"
    CHANGED = "changed"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    PUBLISHED = "published"
    CONFIRMED = "confirmed"
    GIVEN = "given"
    MISTAKE_OWNED = "mistake_owned"
    RETIRED = "retired"
    EXPIRED = "expired"
    WENT_STALE = "went_stale"


class ArticleUse(enum.StrEnum):
    """What was done with an answer on a call."""

    PUT_IN = "put_in"
    READ_OUT = "read_out"
    ANSWERED = "answered"


class CorrectionState(enum.StrEnum):
    """What became of a report that something is wrong."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"


class ArticleWarning(enum.StrEnum):
    """Why an answer is to be read out with care, the gravest first."""

    EXPIRED = "expired"
    RETIRED = "retired"
    NOT_YET_VALID = "not_yet_valid"
    CORRECTING = "correcting"
    REPORTED = "reported"
    STALE = "stale"


class ReviewWarned(enum.IntEnum):
    """How far the owner was told that a review is due."""

    NONE = 0
    SOON = 1
    DUE = 2
    STALE = 3


LIVE_CORRECTIONS = (CorrectionState.OPEN, CorrectionState.ACCEPTED)
"""States in which the owner owes something."""

OFFERED = (ArticleState.PUBLISHED, ArticleState.CORRECTING)
"""States in which an answer is offered."""

KEPT_UP = (*OFFERED, ArticleState.EXPIRED)
"""States in which the review clock runs: what has expired waits for its owner, too."""

CORRECTION_DAYS = 3
"""Working days that the owner has to decide on a report, and as many again to publish what is right."""

REMIND_BEFORE = timedelta(days=14)
"""So long before a review is due its owner is told the first time."""

GRACE = timedelta(days=7)
"""So long after its owner was told that a review is due, an article counts as not kept up."""

LEAST_REVIEW_DAYS, MOST_REVIEW_DAYS = 7, 730
MOST_LABELS, LONGEST_LABEL = 20, 32
TITLE_MAX, SHORT_MAX, ANSWER_MAX, LINE_MAX = 200, 600, 20_000, 200
UNLINKED_KEPT = timedelta(days=7)
"""How long a use is kept that no ticket came of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """What one version of an article says.

    Attributes:
        title: the question as people ask it.
        short: the answer for reading out.
        answer: the answer in full.
        place: where to go.
        phone: of the office; the only number that an article may give freely.
        source: title of the document that it rests on.
        source_number: that document's number.
        categories: codes of subjects.
        areas: names of areas that it holds in; none for everywhere.
        valid_from: first day on which it holds.
        valid_until: last day on which it holds; None while nobody knows of an end.
        review_days: how often its owner looks at it.
    """

    title: str
    short: str
    answer: str
    steps: str | None = None
    materials: str | None = None
    place: str | None = None
    phone: str | None = None
    source: str | None = None
    source_number: str | None = None
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    audience: ArticleAudience = ArticleAudience.STAFF
    valid_from: date
    valid_until: date | None = None
    review_days: int = 180


TEXT_FIELDS = tuple(one.name for one in fields(ArticleText))
_WRITTEN = ("title", "short", "answer", "steps", "materials", "place", "source")
_LABELS = ("tags", "categories", "areas")

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def holds_personal_data(text: str) -> bool:
    """Tell whether a text holds a mobile number or an identity number."""
    return bool(_MOBILE.search(text) or _IDENTITY.search(text))


def require_text(text: ArticleText) -> None:
    """Pass in silence when a version may be written as it is.

    Raises:
        InvalidValidity: it would end before it begins.
        InvalidReviewPeriod: nobody reviews so often, or so seldom.
        TooManyLabels: of tags, categories or areas.
        PersonalDataInArticle: somebody's number stands in it.
    """
    if text.valid_until is not None and text.valid_until < text.valid_from:
        raise InvalidValidity
    if not LEAST_REVIEW_DAYS <= text.review_days <= MOST_REVIEW_DAYS:
        raise InvalidReviewPeriod(least=LEAST_REVIEW_DAYS, most=MOST_REVIEW_DAYS)
    for name in _LABELS:
        labels: Sequence[str] = getattr(text, name)
        longest = LONGEST_LABEL if name == "tags" else LINE_MAX
        if len(labels) > MOST_LABELS or any(len(one) > longest for one in labels):
            raise TooManyLabels(field=name, most=MOST_LABELS, longest=longest)
    for name in (*_WRITTEN, "tags"):
        value: Any = getattr(text, name) or ""
        if holds_personal_data(value if isinstance(value, str) else " ".join(value)):
            raise PersonalDataInArticle(field=name)


# -- who -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who would do something with an article.

    Attributes:
        permissions: what his roles let him do.
        is_hotline: he works for the hotline, which keeps all articles, and not for one department.
        department_id: where he works.
        user_id: his account; None for the system.
    """

    permissions: Collection[Permission]
    is_hotline: bool
    department_id: int | None
    user_id: uuid.UUID | None


def may_write(keeper: Keeper, owner_id: int) -> bool:
    """Tell whether somebody may write versions of an article of this owner."""
    return Permission.WRITE_KNOWLEDGE in keeper.permissions and (
        keeper.is_hotline or keeper.department_id == owner_id
    )


def may_keep(keeper: Keeper, owner_id: int) -> bool:
    """Tell whether somebody answers for an article: an editor, or whoever writes for its owner."""
    if keeper.is_hotline:
        return Permission.PUBLISH_KNOWLEDGE in keeper.permissions
    return may_write(keeper, owner_id)


def may_publish(keeper: Keeper, owner_id: int) -> bool:
    """Tell whether somebody may publish what another person wrote."""
    return Permission.PUBLISH_KNOWLEDGE in keeper.permissions and (
        keeper.is_hotline or keeper.department_id == owner_id
    )


def require(allowed: bool) -> None:
    """Pass in silence when it is allowed.

    Raises:
        NotYourArticle: it is not.
    """
    if not allowed:
        raise NotYourArticle


def require_second_person(author: uuid.UUID | None, actor: uuid.UUID | None) -> None:
    """Pass in silence when somebody else wrote the version; what the system wrote anybody may publish.

    Raises:
        SecondPersonForArticle: he wrote it himself.
    """
    if author is not None and author == actor:
        raise SecondPersonForArticle


def require_decider(
    *, state: CorrectionState, reported_by: uuid.UUID, actor: uuid.UUID | None
) -> None:
    """Pass in silence when a report may be decided by this person.

    Raises:
        CorrectionDecided: it was decided before.
        SecondPersonForCorrection: he reported it himself.
    """
    if state is not CorrectionState.OPEN:
        raise CorrectionDecided(state=state)
    if reported_by == actor:
        raise SecondPersonForCorrection


# -- how far ---------------------------------------------------------------------------------------

_FROM: Mapping[ArticleStep, frozenset[ArticleState]] = MappingProxyType(
    {
        ArticleStep.CHANGED: frozenset(ArticleState),
        ArticleStep.GIVEN: frozenset(ArticleState),
        ArticleStep.SUBMITTED: frozenset(ArticleState) - {ArticleState.IN_REVIEW},
        ArticleStep.CONFIRMED: frozenset({ArticleState.PUBLISHED}),
        ArticleStep.RETIRED: frozenset(ArticleState) - {ArticleState.RETIRED},
        ArticleStep.MISTAKE_OWNED: frozenset(KEPT_UP),
    }
)


def require_state(state: ArticleState, step: ArticleStep) -> None:
    """Pass in silence when a step may be taken in this state.

    Raises:
        ArticleMoveRefused: it may not.
    """
    if state not in _FROM[step]:
        raise ArticleMoveRefused(state=state)


def require_waiting(state: ArticleState, *, is_submitted: bool) -> None:
    """Pass in silence when a version waits for its second person.

    Raises:
        ArticleMoveRefused: none does.
    """
    if not is_submitted:
        raise ArticleMoveRefused(state=state)


def state_with_version(state: ArticleState) -> ArticleState:
    """Return an article's state once somebody has written a new version of it."""
    return ArticleState.DRAFT if state is ArticleState.IN_REVIEW else state


def state_submitted(state: ArticleState) -> ArticleState:
    """Return an article's state once its newest version waits for a second person."""
    return ArticleState.IN_REVIEW if state is ArticleState.DRAFT else state


def day_of(now: datetime) -> date:
    """Return the day in Shanghai that an instant belongs to."""
    return now.astimezone(SHANGHAI).date()


def has_expired(valid_until: date | None, now: datetime) -> bool:
    """Tell whether an article's last day is over."""
    return valid_until is not None and valid_until < day_of(now)


def review_after(now: datetime, review_days: int) -> datetime:
    """Return by when an article is to be reviewed that somebody has answered for now."""
    return now + timedelta(days=review_days)


def review_warning(
    review_by: datetime, due_told_at: datetime | None, now: datetime
) -> ReviewWarned:
    """Return how far the owner of an article is to be told by `now`.

    An article counts as not kept up only when its owner was told that the review is due, and had the time
    of grace since: nobody is scored for what he was not told.
    """
    if now < review_by - REMIND_BEFORE:
        return ReviewWarned.NONE
    if now < review_by:
        return ReviewWarned.SOON
    if due_told_at is None or now < max(due_told_at, review_by) + GRACE:
        return ReviewWarned.DUE
    return ReviewWarned.STALE


def warnings_of(
    state: ArticleState,
    *,
    valid_from: date,
    valid_until: date | None,
    review_by: datetime | None,
    is_reported: bool,
    now: datetime,
) -> tuple[ArticleWarning, ...]:
    """Return why an article is to be read out with care, the gravest first."""
    found = {
        ArticleWarning.EXPIRED: state is ArticleState.EXPIRED or has_expired(valid_until, now),
        ArticleWarning.RETIRED: state is ArticleState.RETIRED,
        ArticleWarning.NOT_YET_VALID: valid_from > day_of(now),
        ArticleWarning.CORRECTING: state is ArticleState.CORRECTING,
        ArticleWarning.REPORTED: is_reported,
        ArticleWarning.STALE: review_by is not None and review_by <= now and state in KEPT_UP,
    }
    return tuple(warning for warning, holds in found.items() if holds)


def is_contribution(*, is_hotline_owner: bool, is_first: bool, publisher_is_hotline: bool) -> bool:
    """Tell whether a published version is a contribution of its owner that the hotline has taken up.

    Only an article's first version, and only when somebody of the hotline published it: what a department
    publishes by itself is its duty and raises no credit.
    """
    return is_first and publisher_is_hotline and not is_hotline_owner


def article_number(nth: int) -> str:
    """Return the number of the `nth` article, such as ZS-00001."""
    return f"ZS-{nth:05d}"


_NUMBER = re.compile(r"ZS-(\d{5,9})")


def nth_of(number: str) -> int | None:
    """Return which article a number names; None for what is no number of an article."""
    found = _NUMBER.fullmatch(number.strip().upper())
    return int(found[1]) if found else None
