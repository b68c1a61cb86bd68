"""Knowledge: articles, what answers a matter, reports of mistakes, phrases, in and out."""

import uuid
from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.knowledge.actions import (
    change_article,
    confirm_article,
    draft_article,
    give_article,
    publish_article,
    retire_article,
    send_back_article,
    submit_article,
)
from hotline.knowledge.corrections import decide_correction, report_mistake
from hotline.knowledge.files import COLUMNS, as_json, read_file
from hotline.knowledge.from_tickets import draft_from_ticket
from hotline.knowledge.models import Article, ArticleVersion, Correction, Phrase
from hotline.knowledge.moving import export_articles, import_articles
from hotline.knowledge.phrase_rules import (
    TEXT_MAX,
    TITLE_MAX as PHRASE_TITLE_MAX,
    PhraseDesk,
    PhraseKind,
)
from hotline.knowledge.phrases import add_phrase, change_phrase, list_phrases
from hotline.knowledge.queries import (
    ArticleDetail,
    ArticleFilter,
    CorrectionFilter,
    FoundArticle,
    find_answers,
    list_articles,
    list_corrections,
    read_article,
)
from hotline.knowledge.rules import (
    ANSWER_MAX,
    LINE_MAX,
    SHORT_MAX,
    TEXT_FIELDS,
    TITLE_MAX,
    ArticleAudience,
    ArticleState,
    ArticleText,
    ArticleUse,
    ArticleWarning,
    CorrectionState,
    article_number,
    day_of,
)
from hotline.knowledge.uses import answer_from, use_article
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, OptionalWords, Unit, Words
from web.resources import Resources
from web.security.guards import requires

Labels = Annotated[list[Annotated[str, Field(max_length=LINE_MAX)]], Field(max_length=20)]
Line = Annotated[OptionalWords, Field(max_length=LINE_MAX)]
Long = Annotated[OptionalWords, Field(max_length=ANSWER_MAX)]


class TextBody(Body):
    """What an article says."""

    title: Annotated[Words, Field(max_length=TITLE_MAX)]
    short: Annotated[Words, Field(max_length=SHORT_MAX)]
    answer: Annotated[Words, Field(max_length=ANSWER_MAX)]
    steps: Long = None
    materials: Long = None
    place: Line = None
    phone: Annotated[OptionalWords, Field(max_length=40)] = None
    source: Line = None
    source_number: Annotated[OptionalWords, Field(max_length=80)] = None
    tags: Labels = Field(default=[])
    categories: Labels = Field(default=[])
    areas: Labels = Field(default=[])
    audience: ArticleAudience = ArticleAudience.STAFF
    valid_from: date
    valid_until: date | None = None
    review_days: int = 180

    def text(self) -> ArticleText:
        """Return it as the rules see it."""
        values = {name: getattr(self, name) for name in TEXT_FIELDS}
        lists = {name: tuple(values[name]) for name in ("tags", "categories", "areas")}
        return ArticleText(**{**values, **lists})


class ArticleBody(TextBody):
    """A new article and the department that answers for it."""

    department: Annotated[str, Field(max_length=64)]


class VersionBody(TextBody):
    """The next version of an article."""

    expected_version: int | None = Field(default=None, ge=1)


class ReasonBody(ActionBody):
    """Why."""

    reason: Words


class RemarkBody(ActionBody):
    """A remark, if there is one."""

    words: OptionalWords = None


class GiveBody(ActionBody):
    """Who answers for an article from now on."""

    department: Annotated[str, Field(max_length=64)]


class UseBody(Body):
    """What was done with an answer, and the form on the intake screen that it went into."""

    use: ArticleUse
    intake_key: Annotated[str | None, Field(max_length=128)] = None


class ReportBody(Body):
    """What is wrong."""

    reason: Annotated[Words, Field(max_length=2000)]


class DecideBody(Body):
    """Whether something is wrong, and what the reporter is told."""

    accept: bool
    words: Annotated[Words, Field(max_length=2000)]


class FromBody(Body):
    """From which article a ticket is answered."""

    article: Annotated[str, Field(max_length=16)]


class PhraseBody(Body):
    """A phrase."""

    title: Annotated[Words, Field(max_length=PHRASE_TITLE_MAX)]
    text: Annotated[Words, Field(max_length=TEXT_MAX)]
    desk: PhraseDesk
    kind: PhraseKind


class NewPhraseBody(PhraseBody):
    """A phrase, one's own or everybody's."""

    is_shared: bool = False


class ChangePhraseBody(PhraseBody):
    """A phrase as it is to be."""

    is_active: bool = True


class ImportBody(Body):
    """Articles as the export writes them; only checked unless `dry_run` is false."""

    articles: Annotated[list[dict[str, object]], Field(max_length=20_000)]
    dry_run: bool = True


class ArticleOut(Answer):
    """An article with what people are offered of it."""

    number: str
    state: str
    department: Unit
    title: str
    short: str
    answer: str
    steps: str | None
    materials: str | None
    place: str | None
    phone: str | None
    source: str | None
    source_number: str | None
    tags: list[str]
    categories: list[str]
    areas: list[str]
    audience: str
    valid_from: date
    valid_until: date | None
    review_days: int
    review_by: Instant | None
    warnings: list[str]
    use_count: int
    version: int
    is_waiting: bool


class ArticleList(Answer):
    """A page of articles."""

    items: list[ArticleOut]
    next_cursor: str | None = None


class VersionOut(Answer):
    """A version of an article."""

    version: int
    title: str
    short: str
    answer: str
    audience: str
    written_at: Instant
    published_at: Instant | None


class ArticleDetailOut(ArticleOut):
    """Everything about an article.

    Attributes:
        lock_version: to be sent as `expected_version`.
    """

    lock_version: int
    versions: list[VersionOut]


class CorrectionOut(Answer):
    """A report that something is wrong; what was written is masked."""

    id: uuid.UUID
    version: int
    reason: str
    state: str
    reported_at: Instant
    due_at: Instant
    words: str | None
    done_version: int | None


class CorrectionLine(CorrectionOut):
    """A report in a list."""

    article: str
    title: str
    department: Unit


class CorrectionList(Answer):
    """A page of reports, the newest first."""

    items: list[CorrectionLine]
    next_cursor: str | None = None


class UsedOut(Answer):
    """The version that was used."""

    article: str
    version: int
    title: str
    short: str
    answer: str


class PhraseOut(Answer):
    """A phrase with its places."""

    id: uuid.UUID
    title: str
    text: str
    desk: str
    kind: str
    is_own: bool
    is_active: bool


class PhraseList(Answer):
    """The phrases that one may use."""

    items: list[PhraseOut]


class FaultOut(Answer):
    """What is wrong with a line."""

    line: int
    text: str


class ImportOut(Answer):
    """What an import did, or would do."""

    added: int
    changed: int
    same: int
    dry_run: bool
    faults: list[FaultOut]


class ExportOut(Answer):
    """Every article, with the names of the fields that each has."""

    fields: list[str]
    articles: list[dict[str, object]]


def _article(found: FoundArticle) -> dict[str, object]:
    article, version, owner = found.article, found.version, found.owner
    return {
        "number": found.number,
        "state": article.state.value,
        "department": _unit(owner),
        **{name: getattr(version, name) for name in TEXT_FIELDS if name != "audience"},
        "audience": version.audience.value,
        "review_by": article.review_by,
        "warnings": [one.value for one in found.warnings],
        "use_count": article.use_count,
        "version": version.version,
        "is_waiting": article.submitted_at is not None,
    }


def _unit(owner: Department) -> Unit:
    return Unit(code=owner.code, name=owner.name, name_en=owner.name_en)


def article_out(found: FoundArticle) -> ArticleOut:
    """Return an article as it is answered."""
    return ArticleOut(**_article(found))  # type: ignore[arg-type]


def _version(one: ArticleVersion) -> VersionOut:
    return VersionOut(
        version=one.version,
        title=one.title,
        short=one.short,
        answer=one.answer,
        audience=one.audience.value,
        written_at=one.written_at,
        published_at=one.published_at,
    )


def _detail(detail: ArticleDetail) -> ArticleDetailOut:
    return ArticleDetailOut(
        **_article(detail.found),  # type: ignore[arg-type]
        lock_version=detail.found.article.lock_version,
        versions=[_version(one) for one in detail.versions],
    )


def _correction(one: Correction) -> CorrectionOut:
    return CorrectionOut(
        id=one.id,
        version=one.version,
        reason=mask_text(one.reason),
        state=one.state.value,
        reported_at=one.reported_at,
        due_at=one.due_at,
        words=mask_text(one.words) if one.words else None,
        done_version=one.done_version,
    )


def _phrase(one: Phrase) -> PhraseOut:
    return PhraseOut(
        id=one.id,
        title=one.title,
        text=one.text,
        desk=one.desk.value,
        kind=one.kind.value,
        is_own=one.owner_id is not None,
        is_active=one.is_active,
    )


async def _answer(tx: Tx, article: Article) -> ArticleDetailOut:
    await tx.session.flush()  # the answer reads back what the action has written
    number = article_number(article.nth)
    return _detail(await read_article(tx.session, tx.actor, number, tx.now))


_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)
_READING = problem_responses(401, 403, 404, 503)
_MAY = Permission


class KnowledgeController(Controller):
    """Articles: each sees what he may read, and does what is his."""

    path = "/knowledge"
    tags = ("knowledge",)
    guards = (requires(Permission.READ_KNOWLEDGE),)

    @get(
        "/",
        operation_id="listArticles",
        operation_class=ApiOperation,
        summary="List articles",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def articles(  # filters
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        q: Annotated[str | None, QueryParameter(max_length=200)] = None,
        category: Annotated[str | None, QueryParameter(max_length=200)] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        states: Annotated[list[ArticleState] | None, QueryParameter(name="state")] = None,
        warning: Annotated[ArticleWarning | None, QueryParameter()] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ArticleList:
        """List the articles you may read: with `q` the best first, else the newest."""
        found = await list_articles(
            reader,
            principal,
            ArticleFilter(
                q=q,
                category=category,
                department=department,
                state=tuple(states or ()),
                warning=warning,
            ),
            now=resources.clock.now(),
            cursor=cursor,
            limit=limit,
        )
        return ArticleList(
            items=[article_out(one) for one in found.items], next_cursor=found.next_cursor
        )

    @get(
        "/answers",
        operation_id="findAnswers",
        operation_class=ApiOperation,
        summary="Find what answers a matter",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def answers(  # what is known of a matter
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        q: Annotated[str, QueryParameter(max_length=2000)] = "",
        category: Annotated[str | None, QueryParameter(max_length=200)] = None,
        area: Annotated[str | None, QueryParameter(max_length=64)] = None,
    ) -> ArticleList:
        """Return up to five published articles, the best first; what has expired is last and says so."""
        found = await find_answers(
            reader, principal, title=q, category=category, area=area, now=resources.clock.now()
        )
        return ArticleList(items=[article_out(one) for one in found])

    @post(
        "/",
        status_code=201,
        guards=[requires(_MAY.WRITE_KNOWLEDGE)],
        operation_id="draftArticle",
        operation_class=ApiOperation,
        summary="Write an article",
        responses=_REFUSALS,
    )
    async def draft(self, tx: NamedDependency[Tx], data: JSONBody[ArticleBody]) -> ArticleDetailOut:
        """Write a new article; somebody else publishes it."""
        article = await draft_article(tx, department=data.department, text=data.text())
        return await _answer(tx, article)

    @get(
        "/export",
        guards=[requires(_MAY.MOVE_KNOWLEDGE)],
        operation_id="exportKnowledge",
        operation_class=ApiOperation,
        summary="Take all articles out",
        responses=problem_responses(401, 403, 503),
    )
    async def export(self, tx: NamedDependency[Tx]) -> ExportOut:
        """Return every article, as the import takes it."""
        return ExportOut(
            fields=list(COLUMNS), articles=msgspec.json.decode(as_json(await export_articles(tx)))
        )

    @post(
        "/import",
        status_code=200,
        guards=[requires(_MAY.MOVE_KNOWLEDGE)],
        operation_id="importKnowledge",
        operation_class=ApiOperation,
        summary="Take articles in",
        responses=_REFUSALS,
    )
    async def take_over(self, tx: NamedDependency[Tx], data: JSONBody[ImportBody]) -> ImportOut:
        """Check articles line by line, and take them over unless it is a dry run or a line is wrong."""
        read = read_file(msgspec.json.encode(data.articles), day_of(tx.now))
        report = await import_articles(tx, read, dry_run=data.dry_run)
        return ImportOut(
            added=report.added,
            changed=report.changed,
            same=report.same,
            dry_run=report.is_dry,
            faults=[
                FaultOut(line=one.line, text=one.text.format_map(one.params))
                for one in report.faults
            ],
        )

    @get(
        "/corrections",
        operation_id="listCorrections",
        operation_class=ApiOperation,
        summary="List reports of mistakes",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def corrections(  # filters
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        states: Annotated[list[CorrectionState] | None, QueryParameter(name="state")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        mine: Annotated[bool, QueryParameter()] = False,
        overdue: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> CorrectionList:
        """List the reports that concern you, the newest first."""
        found = await list_corrections(
            reader,
            principal,
            CorrectionFilter(tuple(states or ()), department, mine, overdue),
            now=resources.clock.now(),
            cursor=cursor,
            limit=limit,
        )
        return CorrectionList(
            items=[
                CorrectionLine(
                    id=row.correction.id,
                    version=row.correction.version,
                    reason=mask_text(row.correction.reason),
                    state=row.correction.state.value,
                    reported_at=row.correction.reported_at,
                    due_at=row.correction.due_at,
                    words=mask_text(row.correction.words) if row.correction.words else None,
                    done_version=row.correction.done_version,
                    article=row.number,
                    title=row.title,
                    department=_unit(row.owner),
                )
                for row in found.items
            ],
            next_cursor=found.next_cursor,
        )

    @post(
        "/corrections/{correction_id:uuid}/decide",
        status_code=200,
        operation_id="decideCorrection",
        operation_class=ApiOperation,
        summary="Decide on a report",
        responses=_REFUSALS,
    )
    async def decide(
        self,
        tx: NamedDependency[Tx],
        correction_id: FromPath[uuid.UUID],
        data: JSONBody[DecideBody],
    ) -> CorrectionOut:
        """Own up to a mistake, or say why it is none."""
        return _correction(
            await decide_correction(tx, correction_id, accept=data.accept, words=data.words)
        )

    @get(
        "/{article:str}",
        operation_id="readArticle",
        operation_class=ApiOperation,
        summary="Read an article",
        responses=_READING,
    )
    async def article(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        article: FromPath[str],
    ) -> ArticleDetailOut:
        """Return an article with its versions."""
        return _detail(await read_article(reader, principal, article, resources.clock.now()))

    @put(
        "/{article:str}",
        guards=[requires(_MAY.WRITE_KNOWLEDGE)],
        operation_id="changeArticle",
        operation_class=ApiOperation,
        summary="Write the next version",
        responses=_REFUSALS,
    )
    async def change(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[VersionBody]
    ) -> ArticleDetailOut:
        """Write the next version; what is published stays until this one is."""
        changed = await change_article(
            tx, article, text=data.text(), expected_version=data.expected_version
        )
        return await _answer(tx, changed)

    @post(
        "/{article:str}/submit",
        status_code=200,
        guards=[requires(_MAY.WRITE_KNOWLEDGE)],
        operation_id="submitArticle",
        operation_class=ApiOperation,
        summary="Ask a second person to publish",
        responses=_REFUSALS,
    )
    async def submit(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[ActionBody]
    ) -> ArticleDetailOut:
        """Let the newest version wait for a second person."""
        changed = await submit_article(tx, article, expected_version=data.expected_version)
        return await _answer(tx, changed)

    @post(
        "/{article:str}/publish",
        status_code=200,
        guards=[requires(_MAY.PUBLISH_KNOWLEDGE)],
        operation_id="publishArticle",
        operation_class=ApiOperation,
        summary="Publish what another wrote",
        responses=_REFUSALS,
    )
    async def publish(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[ActionBody]
    ) -> ArticleDetailOut:
        """Publish the newest version; its review clock begins."""
        changed = await publish_article(tx, article, expected_version=data.expected_version)
        return await _answer(tx, changed)

    @post(
        "/{article:str}/send-back",
        status_code=200,
        guards=[requires(_MAY.PUBLISH_KNOWLEDGE)],
        operation_id="sendBackArticle",
        operation_class=ApiOperation,
        summary="Send a version back",
        responses=_REFUSALS,
    )
    async def send_back(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[ReasonBody]
    ) -> ArticleDetailOut:
        """Give a version back to its author."""
        changed = await send_back_article(
            tx, article, reason=data.reason, expected_version=data.expected_version
        )
        return await _answer(tx, changed)

    @post(
        "/{article:str}/confirm",
        status_code=200,
        guards=[requires(_MAY.WRITE_KNOWLEDGE)],
        operation_id="confirmArticle",
        operation_class=ApiOperation,
        summary="Say that it still holds",
        responses=_REFUSALS,
    )
    async def confirm(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[RemarkBody]
    ) -> ArticleDetailOut:
        """Review an article; its clock begins anew."""
        changed = await confirm_article(
            tx, article, words=data.words, expected_version=data.expected_version
        )
        return await _answer(tx, changed)

    @post(
        "/{article:str}/retire",
        status_code=200,
        guards=[requires(_MAY.PUBLISH_KNOWLEDGE)],
        operation_id="retireArticle",
        operation_class=ApiOperation,
        summary="Take an article out of use",
        responses=_REFUSALS,
    )
    async def retire(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[ReasonBody]
    ) -> ArticleDetailOut:
        """Take an article out of use, with the reason."""
        changed = await retire_article(
            tx, article, reason=data.reason, expected_version=data.expected_version
        )
        return await _answer(tx, changed)

    @post(
        "/{article:str}/give",
        status_code=200,
        guards=[requires(_MAY.PUBLISH_KNOWLEDGE)],
        operation_id="giveArticle",
        operation_class=ApiOperation,
        summary="Give an article to another owner",
        responses=_REFUSALS,
    )
    async def give(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[GiveBody]
    ) -> ArticleDetailOut:
        """Let another department answer for an article."""
        changed = await give_article(
            tx, article, department=data.department, expected_version=data.expected_version
        )
        return await _answer(tx, changed)

    @post(
        "/{article:str}/use",
        status_code=200,
        operation_id="useArticle",
        operation_class=ApiOperation,
        summary="Count a use",
        responses=_REFUSALS,
    )
    async def use(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[UseBody]
    ) -> UsedOut:
        """Count that an answer was put in or read out."""
        version = await use_article(tx, article, data.use, intake_key=data.intake_key)
        return _used(article, version)

    @post(
        "/{article:str}/report",
        status_code=201,
        operation_id="reportMistake",
        operation_class=ApiOperation,
        summary="Report a mistake",
        responses=_REFUSALS,
    )
    async def report(
        self, tx: NamedDependency[Tx], article: FromPath[str], data: JSONBody[ReportBody]
    ) -> CorrectionOut:
        """Say that something in an article is wrong; its owner decides about it in time."""
        return _correction(await report_mistake(tx, article, reason=data.reason))


def _used(number: str, version: ArticleVersion) -> UsedOut:
    return UsedOut(
        article=number.upper(),
        version=version.version,
        title=version.title,
        short=version.short,
        answer=version.answer,
    )


class TicketKnowledgeController(Controller):
    """What is done between a ticket and knowledge."""

    path = "/tickets/{number:str}/knowledge"
    tags = ("knowledge",)
    guards = (requires(Permission.READ_KNOWLEDGE),)

    @post(
        "/answer",
        status_code=200,
        operation_id="answerFromArticle",
        operation_class=ApiOperation,
        summary="Answer a ticket from an article",
        responses=_REFUSALS,
    )
    async def answer(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[FromBody]
    ) -> UsedOut:
        """Keep with a ticket which version it is answered from, and return its words."""
        version = await answer_from(tx, number, data.article)
        return _used(data.article, version)

    @post(
        "/draft",
        status_code=201,
        guards=[requires(_MAY.WRITE_KNOWLEDGE)],
        operation_id="draftArticleFromTicket",
        operation_class=ApiOperation,
        summary="Draft an article from a ticket",
        responses=_REFUSALS,
    )
    async def draft(self, tx: NamedDependency[Tx], number: FromPath[str]) -> ArticleDetailOut:
        """Draft an article from what a ticket was answered, nobody's data in it."""
        return await _answer(tx, await draft_from_ticket(tx, number))


class PhraseController(Controller):
    """Phrases: everybody's and one's own."""

    path = "/phrases"
    tags = ("knowledge",)
    guards = (requires(Permission.READ_KNOWLEDGE),)

    @get(
        "/",
        operation_id="listPhrases",
        operation_class=ApiOperation,
        summary="List phrases",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def phrases(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        desk: Annotated[PhraseDesk | None, QueryParameter()] = None,
    ) -> PhraseList:
        """List the phrases you may use, your own first."""
        found = await list_phrases(reader, principal, desk=desk, only_active=False)
        return PhraseList(items=[_phrase(one) for one in found])

    @post(
        "/",
        status_code=201,
        operation_id="addPhrase",
        operation_class=ApiOperation,
        summary="Keep a phrase",
        responses=_REFUSALS,
    )
    async def add(self, tx: NamedDependency[Tx], data: JSONBody[NewPhraseBody]) -> PhraseOut:
        """Keep a phrase for yourself, or for everybody if you may."""
        return _phrase(await add_phrase(tx, **dict(data)))

    @put(
        "/{phrase_id:uuid}",
        operation_id="changePhrase",
        operation_class=ApiOperation,
        summary="Change a phrase",
        responses=_REFUSALS,
    )
    async def change(
        self,
        tx: NamedDependency[Tx],
        phrase_id: FromPath[uuid.UUID],
        data: JSONBody[ChangePhraseBody],
    ) -> PhraseOut:
        """Change a phrase, or switch it off."""
        return _phrase(await change_phrase(tx, phrase_id, **dict(data)))
