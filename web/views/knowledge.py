"""Knowledge, as it is shown: articles in lists and in full, answers beside a matter, reports, phrases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.knowledge.models import Article, ArticleVersion, Correction, Phrase
from hotline.knowledge.phrase_rules import PhraseDesk, PhraseKind, fill
from hotline.knowledge.queries import ArticleDetail, CorrectionRow, FoundArticle
from hotline.knowledge.rules import (
    LIVE_CORRECTIONS,
    ArticleAudience,
    ArticleState,
    ArticleUse,
    ArticleWarning,
    CorrectionState,
    article_number,
)
from hotline.knowledge.uses import UsedVersion
from hotline.people.models import Department
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name

WARNING_TONES: Mapping[ArticleWarning, str] = {
    ArticleWarning.EXPIRED: "red",
    ArticleWarning.RETIRED: "red",
    ArticleWarning.NOT_YET_VALID: "orange",
    ArticleWarning.CORRECTING: "orange",
    ArticleWarning.REPORTED: "yellow",
    ArticleWarning.STALE: "yellow",
}
"""Colours beside the words."""

STATE_TONES: Mapping[ArticleState, str] = {
    ArticleState.DRAFT: "plain",
    ArticleState.IN_REVIEW: "yellow",
    ArticleState.PUBLISHED: "green",
    ArticleState.CORRECTING: "orange",
    ArticleState.EXPIRED: "red",
    ArticleState.RETIRED: "ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word with a colour."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleLine:
    """An article in a list or beside a matter.

    Attributes:
        said: what is put into a ticket: the answer for reading out, and where it comes from.
        is_waiting: a version of it waits for a second person.
    """

    number: str
    title: str
    short: str
    said: str
    owner: str
    state: ArticleState
    tone: str
    warnings: Sequence[Mark]
    is_over: bool
    valid_until: date | None
    review_by: datetime | None
    use_count: int
    categories: str
    areas: str
    version: int
    is_waiting: bool
    reports: int


def article_line(found: FoundArticle, t: Translator, categories: Mapping[str, str]) -> ArticleLine:
    """Return an article as a line.

    Args:
        found: the article.
        t: of the reader.
        categories: full names by code.
    """
    article, version = found.article, found.version
    return ArticleLine(
        number=found.number,
        title=version.title,
        short=version.short,
        said=t.text(N_("Answered ({number}): {text}"), number=found.number, text=version.short),
        owner=unit_name(found.owner, t),
        state=article.state,
        tone=STATE_TONES[article.state],
        warnings=_marks(found.warnings, t),
        is_over=bool({ArticleWarning.EXPIRED, ArticleWarning.RETIRED} & set(found.warnings)),
        valid_until=version.valid_until,
        review_by=article.review_by,
        use_count=article.use_count,
        categories=_named(version.categories, categories, t),
        areas=t.listed(version.areas),
        version=version.version,
        is_waiting=article.submitted_at is not None,
        reports=found.open_corrections,
    )


def _marks(warnings: Iterable[ArticleWarning], t: Translator) -> list[Mark]:
    return [Mark(text=t.text(label(one)), tone=WARNING_TONES[one]) for one in warnings]


def _named(codes: Iterable[str], names: Mapping[str, str], t: Translator) -> str:
    return t.listed(names.get(code, code) for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """What one version of an article says.

    Attributes:
        parts: what else belongs to the answer, as message id and words.
    """

    version: int
    title: str
    short: str
    answer: str
    parts: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    audience: ArticleAudience
    by: str
    at: datetime
    published_at: datetime | None
    ticket: str | None


_PARTS: Sequence[tuple[str, str]] = (
    ("steps", N_("Steps")),
    ("materials", N_("What to bring")),
    ("place", N_("Where to go")),
    ("phone", N_("Office telephone")),
)


def parts_of(version: ArticleVersion) -> list[tuple[str, str]]:
    """Return what belongs to an answer beside its words, as message id and words."""
    return [(text, value) for name, text in _PARTS if (value := getattr(version, name))]


def reply_of(version: ArticleVersion, t: Translator) -> str:
    """Return an answer as it is written to a requester."""
    lines = [version.answer]
    lines += [t.text(N_("{part}: {words}"), part=t.text(p), words=w) for p, w in parts_of(version)]
    return "\n".join(lines)


def version_view(
    version: ArticleVersion, t: Translator, categories: Mapping[str, str], by: str = ""
) -> VersionView:
    """Return what a version says."""
    source = " ".join(one for one in (version.source, version.source_number) if one)
    until = t.day(version.valid_until) if version.valid_until else t.text(N_("no end is known"))
    facts = [
        (
            N_("Valid"),
            t.text(N_("{first} to {last}"), first=t.day(version.valid_from), last=until),
        ),
        (N_("Rests on"), source),
        (N_("Categories"), _named(version.categories, categories, t)),
        (N_("Areas"), t.listed(version.areas)),
        (N_("Tags"), t.listed(version.tags)),
    ]
    return VersionView(
        version=version.version,
        title=version.title,
        short=version.short,
        answer=version.answer,
        parts=parts_of(version),
        facts=[(text, words) for text, words in facts if words],
        audience=version.audience,
        by=by,
        at=version.written_at,
        published_at=version.published_at,
        ticket=version.ticket_number,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article in full.

    Attributes:
        waiting: the version that is not out yet, for whoever may see it.
        steps: what was done with it, the latest first: words, instant, who, what was said.
        used: days on which it was used of late, with how often for each kind of use.
    """

    line: ArticleLine
    said: VersionView
    waiting: VersionView | None
    lock_version: int
    review_days: int
    reviewed_at: datetime | None
    versions: Sequence[VersionView]
    steps: Sequence[tuple[str, datetime, str, str | None]]
    used: Sequence[tuple[date, Mapping[ArticleUse, int]]]
    corrections: Sequence["CorrectionView"]


def article_view(
    detail: ArticleDetail, t: Translator, categories: Mapping[str, str]
) -> ArticleView:
    """Return an article in full."""
    found = detail.found

    def named(key: object) -> str:
        return detail.names.get(key, t.text(N_("the system"))) if key else t.text(N_("the system"))  # type: ignore[call-overload]

    versions = [version_view(one, t, categories, named(one.written_by)) for one in detail.versions]
    newest = detail.newest
    used: dict[date, dict[ArticleUse, int]] = {}
    for day in detail.uses:
        used.setdefault(day.day, {})[day.use] = day.count
    return ArticleView(
        line=article_line(found, t, categories),
        said=version_view(found.version, t, categories, named(found.version.written_by)),
        waiting=version_view(newest, t, categories, named(newest.written_by))
        if newest is not None and newest.version != found.version.version
        else None,
        lock_version=found.article.lock_version,
        review_days=found.article.review_days,
        reviewed_at=found.article.reviewed_at,
        versions=versions,
        steps=[
            (
                t.text(N_("{step} (version {n})"), step=t.text(label(one.step)), n=one.version),
                one.at,
                named(one.by),
                mask_text(one.words) if one.words else None,
            )
            for one in reversed(detail.events)
        ],
        used=list(used.items()),
        corrections=[
            correction_view(one, found.number, found.version.title, named(one.reported_by), "")
            for one in detail.corrections
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """A report that something is wrong.

    Attributes:
        due_at: by when its owner has to do something; None when nothing is owed any more.
    """

    id: str
    number: str
    title: str
    owner: str
    reporter: str
    reason: str
    state: CorrectionState
    tone: str
    at: datetime
    due_at: datetime | None
    words: str | None
    version: int
    done_version: int | None


_REPORT_TONES: Mapping[CorrectionState, str] = {
    CorrectionState.OPEN: "yellow",
    CorrectionState.ACCEPTED: "orange",
    CorrectionState.DONE: "green",
    CorrectionState.REFUSED: "ended",
}


def correction_view(
    one: Correction, number: str, title: str, reporter: str, owner: str
) -> CorrectionView:
    """Return a report as it is shown; what people wrote is masked."""
    return CorrectionView(
        id=str(one.id),
        number=number,
        title=title,
        owner=owner,
        reporter=reporter,
        reason=mask_text(one.reason),
        state=one.state,
        tone=_REPORT_TONES[one.state],
        at=one.reported_at,
        due_at=one.due_at if one.state in LIVE_CORRECTIONS else None,
        words=mask_text(one.words) if one.words else None,
        version=one.version,
        done_version=one.done_version,
    )


def correction_row(row: CorrectionRow, t: Translator) -> CorrectionView:
    """Return a report of a list."""
    return correction_view(
        row.correction, row.number, row.title, row.reporter, unit_name(row.owner, t)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UseView:
    """A version that a ticket was answered from."""

    number: str
    version: int
    title: str
    use: ArticleUse
    at: datetime


def use_view(one: UsedVersion) -> UseView:
    """Return what a ticket was answered from."""
    return UseView(number=one.number, version=one.version, title=one.title, use=one.use, at=one.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """An article as everybody reads it."""

    number: str
    title: str
    short: str
    answer: str
    parts: Sequence[tuple[str, str]]
    owner: str
    source: str
    valid_until: date | None
    reviewed_at: datetime | None
    is_doubted: bool


def public_answer(
    article: Article, version: ArticleVersion, owner: Department, t: Translator
) -> PublicAnswer:
    """Return an article as everybody reads it: no person, no remark, no number of a ticket."""
    return PublicAnswer(
        number=article_number(article.nth),
        title=version.title,
        short=version.short,
        answer=version.answer,
        parts=parts_of(version),
        owner=unit_name(owner, t),
        source=" ".join(one for one in (version.source, version.source_number) if one),
        valid_until=version.valid_until,
        reviewed_at=article.reviewed_at,
        is_doubted=article.state is ArticleState.CORRECTING,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseView:
    """A phrase.

    Attributes:
        text: as it is kept, with its places.
        filled: with what is known put in.
    """

    id: str
    title: str
    text: str
    filled: str
    desk: PhraseDesk
    kind: PhraseKind
    is_own: bool
    is_active: bool


def phrase_view(one: Phrase, values: Mapping[str, str | None]) -> PhraseView:
    """Return a phrase with what is known put in."""
    return PhraseView(
        id=str(one.id),
        title=one.title,
        text=one.text,
        filled=fill(one.text, values),
        desk=one.desk,
        kind=one.kind,
        is_own=one.owner_id is not None,
        is_active=one.is_active,
    )
