"""The forms of knowledge: what is asked, and how it becomes what an article says."""

import uuid
from collections.abc import Mapping
from typing import Any

from hotline.kernel.errors import N_
from hotline.knowledge.actions import (
    change_article,
    confirm_article,
    draft_article,
    give_article,
    publish_article,
    retire_article,
    send_back_article,
    submit_article,
    text_of,
)
from hotline.knowledge.corrections import decide_correction, report_mistake
from hotline.knowledge.errors import InvalidReviewPeriod
from hotline.knowledge.models import Article, ArticleVersion, Correction
from hotline.knowledge.phrase_rules import (
    TEXT_MAX as PHRASE_MAX,
    TITLE_MAX as PHRASE_TITLE_MAX,
    PhraseDesk,
    PhraseKind,
)
from hotline.knowledge.phrases import add_phrase, change_phrase
from hotline.knowledge.rules import (
    ANSWER_MAX,
    LEAST_REVIEW_DAYS,
    LINE_MAX,
    MOST_REVIEW_DAYS,
    SHORT_MAX,
    TITLE_MAX,
    ArticleAudience,
    ArticleText,
)
from hotline.people.principal import Tx
from web.pages.record_forms import RecordForm
from web.views.fields import Field, Kind

_OWNER = Field("department", N_("Owner department"), Kind.DEPARTMENT)
_TEXT = (
    Field(
        "title",
        N_("Question"),
        Kind.LINE,
        most=TITLE_MAX,
        hint=N_("As people ask it, in one line."),
    ),
    Field(
        "short",
        N_("Answer for reading out"),
        most=SHORT_MAX,
        hint=N_("Two or three sentences that can be spoken."),
    ),
    Field("answer", N_("Answer in full"), most=ANSWER_MAX),
    Field("steps", N_("Steps"), required=False, most=ANSWER_MAX),
    Field("materials", N_("What to bring"), required=False, most=ANSWER_MAX),
    Field("place", N_("Where to go"), Kind.LINE, required=False, most=LINE_MAX),
    Field("phone", N_("Office telephone"), Kind.LINE, required=False, most=40),
    Field("source", N_("Document it rests on"), Kind.LINE, required=False, most=LINE_MAX),
    Field("source_number", N_("Number of the document"), Kind.LINE, required=False, most=80),
    Field(
        "tags",
        N_("Tags"),
        Kind.LINE,
        required=False,
        most=700,
        hint=N_("Other words that people use for it, separated by semicolons."),
    ),
    Field(
        "categories",
        N_("Category codes"),
        Kind.LINE,
        required=False,
        most=700,
        hint=N_("As in the dispatch catalogue, separated by semicolons."),
    ),
    Field(
        "areas",
        N_("Areas"),
        Kind.LINE,
        required=False,
        most=700,
        hint=N_("Left empty: everywhere. Separated by semicolons."),
    ),
    Field("audience", N_("Who may read it"), Kind.CHOICE, of=ArticleAudience),
    Field("valid_from", N_("Valid from"), Kind.DAY),
    Field(
        "valid_until",
        N_("Valid until"),
        Kind.DAY,
        required=False,
        hint=N_("Left empty while no end is known."),
    ),
    Field("review_days", N_("Reviewed every so many days"), Kind.LINE, most=3, hint=N_("7 to 730")),
)

_LISTS = ("tags", "categories", "areas")


def _several(typed: str | None) -> tuple[str, ...]:
    parts = (typed or "").replace("；", ";").split(";")
    return tuple(dict.fromkeys(text for one in parts if (text := one.strip())))


def text_from(values: Mapping[str, Any]) -> ArticleText:
    """Return what a form says as what an article says.

    Raises:
        InvalidReviewPeriod: the period is no number.
    """
    days = str(values["review_days"])
    if not (days.isascii() and days.isdecimal()):
        raise InvalidReviewPeriod(least=LEAST_REVIEW_DAYS, most=MOST_REVIEW_DAYS)
    lists = {name: _several(values[name]) for name in _LISTS}
    return ArticleText(**{**values, **lists, "review_days": int(days)})


def typed_from(version: ArticleVersion) -> dict[str, str]:
    """Return what a version says as it would be typed."""
    text = text_of(version)
    typed = {}
    for field in _TEXT:
        value = getattr(text, field.name)
        typed[field.name] = "; ".join(value) if field.name in _LISTS else str(value or "")
    return typed


async def _draft(tx: Tx, *, department: str, **values: Any) -> Article:  # noqa: ANN401  # of a form
    return await draft_article(tx, department=department, text=text_from(values))


async def _change(
    tx: Tx,
    number: str,
    *,
    expected_version: int | None = None,
    **values: Any,  # noqa: ANN401  # of a form
) -> Article:
    return await change_article(
        tx, number, text=text_from(values), expected_version=expected_version
    )


async def _decide(tx: Tx, correction_id: uuid.UUID, *, accept: bool, words: str) -> Correction:
    return await decide_correction(tx, correction_id, accept=accept, words=words)


DRAFT = RecordForm("new", N_("Write an article"), _draft, (_OWNER, *_TEXT), is_versioned=False)
CHANGE = RecordForm("edit", N_("Write a new version"), _change, _TEXT)
SUBMIT = RecordForm(
    "submit",
    N_("Ask a second person to publish it"),
    submit_article,
    question=N_("Is it ready for a second person?"),
)
PUBLISH = RecordForm(
    "publish",
    N_("Publish the article"),
    publish_article,
    question=N_("Have you read it, and is it right?"),
)
SEND_BACK = RecordForm(
    "send-back", N_("Send back to its author"), send_back_article, (Field("reason", N_("Reason")),)
)
CONFIRM = RecordForm(
    "confirm",
    N_("It still holds"),
    confirm_article,
    (Field("words", N_("Remark"), required=False, most=2000),),
)
RETIRE = RecordForm(
    "retire", N_("Take out of use"), retire_article, (Field("reason", N_("Reason")),)
)
GIVE = RecordForm("give", N_("Give to another owner"), give_article, (_OWNER,))
REPORT = RecordForm(
    "report",
    N_("Something is wrong here"),
    report_mistake,
    (Field("reason", N_("What is wrong, and what would be right"), most=2000),),
    is_versioned=False,
)
DECIDE = RecordForm(
    "decide",
    N_("Decide on the report"),
    _decide,
    (
        Field(
            "accept",
            N_("Is something wrong?"),
            Kind.YES_NO,
            words=(N_("Yes: it will be put right"), N_("No: it is right as it stands")),
        ),
        Field("words", N_("Words to the reporter"), most=2000),
    ),
    is_versioned=False,
)
FORMS = (SUBMIT, PUBLISH, SEND_BACK, CONFIRM, RETIRE, GIVE, REPORT)

_PHRASE = (
    Field("title", N_("Name of the phrase"), Kind.LINE, most=PHRASE_TITLE_MAX),
    Field("kind", N_("What it is for"), Kind.CHOICE, of=PhraseKind),
    Field("desk", N_("Where it is offered"), Kind.CHOICE, of=PhraseDesk),
    Field(
        "text",
        N_("Words of the phrase"),
        most=PHRASE_MAX,
        hint=N_("In braces: number, title, department, promise, due, operator, today, hotline"),
    ),
)
_SHARED = Field("is_shared", N_("For everybody"), Kind.CHECK, required=False)
_ACTIVE = Field("is_active", N_("In use"), Kind.CHECK, required=False)
ADD_PHRASE = RecordForm("new", N_("Add a phrase"), add_phrase, _PHRASE, is_versioned=False)
ADD_SHARED_PHRASE = RecordForm(
    "new", N_("Add a phrase"), add_phrase, (*_PHRASE, _SHARED), is_versioned=False
)
CHANGE_PHRASE = RecordForm(
    "change", N_("Change the phrase"), change_phrase, (*_PHRASE, _ACTIVE), is_versioned=False
)
