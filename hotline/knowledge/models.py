"""What knowledge keeps: articles, their versions, terms and uses, corrections of them, and phrases."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.knowledge.phrase_rules import PhraseDesk, PhraseKind
from hotline.knowledge.rules import (
    LIVE_CORRECTIONS,
    ArticleAudience,
    ArticleState,
    ArticleStep,
    ArticleUse,
    CorrectionState,
)

LIVE_SQL = "state IN (" + ", ".join(f"'{state.value}'" for state in LIVE_CORRECTIONS) + ")"


class Article(TableModel, table=True):
    """An article: who owns it, how far it is, which version people are offered.

    `offered_version` is the one published last, or the newest while none ever was. `submitted_at` is set
    while the newest version waits for its second person. `review_by` is the review clock; `warned` says
    how far the owner was told of it, `due_told_at` when he was told that it is due.
    """

    __tablename__ = "knowledge_articles"
    __table_args__ = (
        sa.UniqueConstraint("nth"),
        one_of("state", ArticleState),
        sa.CheckConstraint("warned BETWEEN 0 AND 3", name="warned_known"),
        sa.CheckConstraint("review_days BETWEEN 7 AND 730", name="review_days_sensible"),
        sa.CheckConstraint(
            "published_version IS NULL OR published_version = offered_version", name="offered"
        ),
        sa.Index(
            "ix_knowledge_articles_review",
            "review_by",
            postgresql_where=sa.text("review_by IS NOT NULL"),
        ),
        sa.Index("ix_knowledge_articles_department_id", "department_id"),
        sa.Index("ix_knowledge_articles_newest", sa.text("changed_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_knowledge_articles_submitted",
            "submitted_at",
            postgresql_where=sa.text("submitted_at IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    nth: int
    department_id: int = Field(foreign_key="departments.id")
    state: ArticleState = Field(sa_type=text_enum(ArticleState, 16))
    lock_version: int = 1
    newest_version: int = 1
    offered_version: int = 1
    published_version: int | None = None
    submitted_at: datetime | None = None
    created_at: datetime
    changed_at: datetime
    review_days: int
    reviewed_at: datetime | None = None
    review_by: datetime | None = None
    warned: int = Field(default=0, sa_type=sa.SmallInteger)
    due_told_at: datetime | None = None
    use_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class ArticleVersion(TableModel, table=True):
    """What an article said. The database refuses to change it, but that it is published, once."""

    __tablename__ = "knowledge_versions"
    __table_args__ = (
        one_of("audience", ArticleAudience),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
    )

    article_id: uuid.UUID = Field(primary_key=True, foreign_key="knowledge_articles.id")
    version: int = Field(primary_key=True)
    title: str = Field(max_length=200)
    short: str
    answer: str
    steps: str | None = None
    materials: str | None = None
    place: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    source: str | None = Field(default=None, max_length=200)
    source_number: str | None = Field(default=None, max_length=80)
    tags: list[str] = Field(sa_type=ARRAY(sa.String))
    categories: list[str] = Field(sa_type=ARRAY(sa.String))
    areas: list[str] = Field(sa_type=ARRAY(sa.String))
    audience: ArticleAudience = Field(sa_type=text_enum(ArticleAudience, 16))
    valid_from: date
    valid_until: date | None = None
    review_days: int
    ticket_number: str | None = Field(default=None, max_length=13)
    written_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    written_at: datetime
    published_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    published_at: datetime | None = None


class ArticleEvent(TableModel, table=True):
    """A step that was taken with an article, by whom and why: append-only."""

    __tablename__ = "knowledge_events"
    __table_args__ = (
        one_of("step", ArticleStep),
        sa.Index("ix_knowledge_events_article_id", "article_id", "id"),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    article_id: uuid.UUID = Field(foreign_key="knowledge_articles.id")
    step: ArticleStep = Field(sa_type=text_enum(ArticleStep, 16))
    version: int
    by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    at: datetime
    words: str | None = None


class ArticleTerm(TableModel, table=True):
    """A word or a pair of characters that the offered version of an article is found by."""

    __tablename__ = "knowledge_terms"
    __table_args__ = (sa.Index("ix_knowledge_terms_article_id", "article_id"),)

    term: str = Field(primary_key=True, max_length=24)
    article_id: uuid.UUID = Field(
        primary_key=True, foreign_key="knowledge_articles.id", ondelete="CASCADE"
    )
    weight: float = Field(sa_type=sa.REAL)


class ArticleUseDay(TableModel, table=True):
    """How often an article was used on a day; by whom is nobody's business."""

    __tablename__ = "knowledge_use_days"
    __table_args__ = (one_of("use", ArticleUse),)

    article_id: uuid.UUID = Field(primary_key=True, foreign_key="knowledge_articles.id")
    day: date = Field(primary_key=True)
    use: ArticleUse = Field(primary_key=True, sa_type=text_enum(ArticleUse, 16))
    count: int


class KnowledgeUse(TableModel, table=True):
    """The version of an article that a ticket was answered from.

    Until there is a ticket, `intake_key` names the form on the intake screen that it was put into; a form
    that no ticket came of is forgotten after some days.
    """

    __tablename__ = "knowledge_uses"
    __table_args__ = (
        one_of("use", ArticleUse),
        sa.CheckConstraint("num_nonnulls(ticket_id, intake_key) >= 1", name="of_something"),
        sa.ForeignKeyConstraint(
            ["article_id", "version"],
            ["knowledge_versions.article_id", "knowledge_versions.version"],
        ),
        sa.Index("ix_knowledge_uses_ticket_id", "ticket_id"),
        sa.Index(
            "ix_knowledge_uses_intake_key",
            "intake_key",
            postgresql_where=sa.text("ticket_id IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    article_id: uuid.UUID
    version: int
    use: ArticleUse = Field(sa_type=text_enum(ArticleUse, 16))
    ticket_id: uuid.UUID | None = Field(default=None, foreign_key="tickets.id")
    intake_key: str | None = Field(default=None, max_length=128)
    at: datetime


class Correction(TableModel, table=True):
    """A report that something in an article is wrong: a task of its owner, with a deadline.

    `due_at` is by when it is to be decided, and after that by when the right version is to be out.
    """

    __tablename__ = "knowledge_corrections"
    __table_args__ = (
        one_of("state", CorrectionState),
        sa.CheckConstraint("warned BETWEEN 0 AND 2", name="warned_known"),
        sa.CheckConstraint("(decided_at IS NULL) = (state = 'open')", name="decided"),
        sa.Index(
            "uq_knowledge_corrections_live",
            "article_id",
            "reported_by",
            unique=True,
            postgresql_where=sa.text(LIVE_SQL),
        ),
        sa.Index("ix_knowledge_corrections_due", "due_at", postgresql_where=sa.text(LIVE_SQL)),
        sa.Index(
            "ix_knowledge_corrections_newest", sa.text("reported_at DESC"), sa.text("id DESC")
        ),
        sa.Index("ix_knowledge_corrections_reported_by", "reported_by", "reported_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    article_id: uuid.UUID = Field(foreign_key="knowledge_articles.id")
    version: int
    reason: str
    state: CorrectionState = Field(sa_type=text_enum(CorrectionState, 16))
    reported_by: uuid.UUID = Field(foreign_key="users.id")
    reported_department_id: int | None = Field(default=None, foreign_key="departments.id")
    reported_at: datetime
    due_at: datetime
    warned: int = Field(default=0, sa_type=sa.SmallInteger)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    words: str | None = None
    done_version: int | None = None
    done_at: datetime | None = None


class Phrase(TableModel, table=True):
    """A text that is put into a form by a key: shared, or somebody's own."""

    __tablename__ = "phrases"
    __table_args__ = (
        one_of("desk", PhraseDesk),
        one_of("kind", PhraseKind),
        sa.Index("ix_phrases_owner_id", "owner_id", "desk"),
    )

    id: uuid.UUID = Field(primary_key=True)
    owner_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    desk: PhraseDesk = Field(sa_type=text_enum(PhraseDesk, 16))
    kind: PhraseKind = Field(sa_type=text_enum(PhraseKind, 16))
    title: str = Field(max_length=60)
    text: str
    is_active: bool = True
    changed_at: datetime
    changed_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
