"""The ticket and what belongs to it."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from hotline.kernel.errors import N_
from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.sla.policy import Level
from hotline.tickets.assignments import AssignmentRole, AssignmentState, Punctuality
from hotline.tickets.lifecycle import (
    OPEN_STATUSES,
    REACHABLE_STATES,
    Action,
    ClosureCode,
    Hold,
    Outcome,
    Status,
)
from hotline.tickets.questions import Datatype


class Channel(enum.StrEnum):
    """The road by which a matter came in."""

    PHONE = "phone"
    WEB = "web"
    APP = "app"
    WECHAT = "wechat"
    WECHAT_GROUP = "wechat_group"
    SMS = "sms"
    EMAIL = "email"
    MAYOR_MAILBOX = "mayor_mailbox"
    UPPER_LEVEL = "upper_level"
    ON_SITE = "on_site"
    SNAP_REPORT = "snap_report"
    MEETING = "meeting"
    ENTERPRISE = "enterprise"
    OTHER = "other"


class Programme(enum.StrEnum):
    """Under which line of work a matter is handled."""

    GENERAL = "general"
    ENTERPRISE = "enterprise"
    BUSINESS_ENVIRONMENT = "business_environment"


class RequestType(enum.StrEnum):
    """What the requester wants."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    OTHER = "other"


class Urgency(enum.StrEnum):
    """How much haste a matter needs."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


class Post(enum.StrEnum):
    """The duty post that holds a ticket when no named person does yet."""

    ACCEPTANCE_DESK = "acceptance_desk"
    DISPATCH_DESK = "dispatch_desk"
    DEPARTMENT_DUTY = "department_duty"
    AUDIT_DESK = "audit_desk"
    VISIT_DESK = "visit_desk"
    SUPERVISION_DESK = "supervision_desk"
    AUTHORITY = "authority"


class Audience(enum.StrEnum):
    """Who may read a timeline row."""

    PUBLIC = "public"
    STAFF = "staff"
    HOTLINE = "hotline"
    DISCIPLINE = "discipline"


class CommitmentState(enum.StrEnum):
    """What has become of a promise."""

    ACTIVE = "active"
    KEPT = "kept"
    BROKEN = "broken"
    REPLACED = "replaced"
    VOID = "void"


TITLE_MAX = 200
CONTENT_MAX = 20_000
TEXT_MAX = 20_000
ADDRESS_MAX = 300

_OPEN_SQL = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)
SENT_AWAY_SQL = "status IN ('not_accepted', 'transferred_out')"
"""The condition of the index of tickets that went elsewhere, word for word."""

_STATES_SQL = ", ".join(
    sorted(
        f"'{state.status.value}/{state.hold.value if state.hold else ''}'"
        for state in REACHABLE_STATES
    )
)


class Category(TableModel, table=True):
    """A subject in the tree of categories; `urban.roads.damage` lies under `urban.roads`."""

    __tablename__ = "categories"

    code: str = Field(primary_key=True, max_length=96)
    parent: str | None = Field(default=None, foreign_key="categories.code")
    name: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    steps: list[str] = Field(sa_type=JSONB)
    is_active: bool = True


class CategoryQuestion(TableModel, table=True):
    """What is asked about the matters of a category and of those below it."""

    __tablename__ = "category_questions"
    __table_args__ = (one_of("datatype", Datatype),)

    category_code: str = Field(primary_key=True, foreign_key="categories.code", max_length=96)
    code: str = Field(primary_key=True, max_length=32)
    position: int
    datatype: Datatype = Field(sa_type=text_enum(Datatype, 16))
    is_required: bool = False
    is_asked: bool = True
    description: str = Field(max_length=300)
    description_en: str = Field(max_length=300)
    hint: str = Field(default="", max_length=120)
    hint_en: str = Field(default="", max_length=120)
    choices: list[dict[str, str]] = Field(sa_type=JSONB)
    retired_at: datetime | None = None


class TicketAnswer(TableModel, table=True):
    """An answer that was given when the matter was taken down, with its question as it was asked."""

    __tablename__ = "ticket_answers"
    __table_args__ = (one_of("datatype", Datatype),)

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    code: str = Field(primary_key=True, max_length=32)
    position: int
    datatype: Datatype = Field(sa_type=text_enum(Datatype, 16))
    question: str = Field(max_length=300)
    question_en: str = Field(max_length=300)
    values: list[str] = Field(sa_type=JSONB)
    shown: str
    shown_en: str


class Ticket(TableModel, table=True):
    """The working record of one matter, from intake to archive."""

    __tablename__ = "tickets"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("urgency", Urgency),
        one_of("channel", Channel),
        one_of("programme", Programme),
        one_of("request_type", RequestType),
        one_of("level", Level),
        sa.CheckConstraint(
            f"status || '/' || coalesce(hold, '') IN ({_STATES_SQL})", name="state_reachable"
        ),
        sa.CheckConstraint(
            f"status NOT IN ({_OPEN_SQL}) OR (owner_department_id IS NOT NULL AND "
            "(holder_user_id IS NOT NULL OR holder_post IS NOT NULL))",
            name="open_has_owner",
        ),
        sa.CheckConstraint(
            f"(status IN ({_OPEN_SQL})) = (closure_code IS NULL)", name="closed_has_code"
        ),
        sa.CheckConstraint("round > 0", name="round_positive"),
        sa.UniqueConstraint("source", "external_id"),
        sa.Index(
            "ix_tickets_queue",
            "owner_department_id",
            "status",
            "due_at",
            "id",
            postgresql_where=sa.text(f"status IN ({_OPEN_SQL})"),
        ),
        sa.Index(
            "ix_tickets_open_due",
            "due_at",
            "id",
            postgresql_where=sa.text(f"status IN ({_OPEN_SQL})"),
        ),
        sa.Index("ix_tickets_lead", "lead_department_id", "status", "due_at", "id"),
        sa.Index(
            "ix_tickets_closed",
            "closed_at",
            postgresql_where=sa.text("status = 'closed' AND hold IS NULL"),
        ),
        sa.Index(
            "ix_tickets_handled",
            "category_code",
            "closed_at",
            postgresql_include=["area", "lead_department_id"],
            postgresql_where=sa.text("closed_at IS NOT NULL AND lead_department_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_tickets_sent_away",
            sa.text("closed_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text(SENT_AWAY_SQL),
        ),
        sa.Index(
            "ix_tickets_ended", "closed_at", postgresql_where=sa.text("closed_at IS NOT NULL")
        ),
        sa.Index("ix_tickets_created", sa.text("submitted_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_tickets_public",
            "category_code",
            sa.text("submitted_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("NOT is_secret"),
        ),
        sa.Index(
            "ix_tickets_bounced",
            sa.text("submitted_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text(f"bounce_count > 1 AND status IN ({_OPEN_SQL})"),
        ),
        sa.Index(
            "ix_tickets_parent_id", "parent_id", postgresql_where=sa.text("parent_id IS NOT NULL")
        ),
        sa.Index(
            "ix_tickets_repeat_of_id",
            "repeat_of_id",
            postgresql_where=sa.text("repeat_of_id IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    number: str = Field(max_length=13)
    query_code: str = Field(max_length=6)
    status: Status = Field(sa_type=text_enum(Status))
    hold: Hold | None = Field(default=None, sa_type=text_enum(Hold))
    round: int = 1
    version: int = 1
    urgency: Urgency = Field(sa_type=text_enum(Urgency, 8))
    channel: Channel = Field(sa_type=text_enum(Channel))
    programme: Programme = Field(sa_type=text_enum(Programme))
    request_type: RequestType = Field(sa_type=text_enum(RequestType))
    category_code: str | None = Field(default=None, foreign_key="categories.code")
    title: str = Field(max_length=TITLE_MAX)
    content: str
    address: str | None = Field(default=None, max_length=ADDRESS_MAX)
    area: str | None = Field(default=None, max_length=64)
    lat: float | None = None
    long: float | None = None
    is_secret: bool = False
    owner_department_id: int | None = Field(default=None, foreign_key="departments.id")
    holder_user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    holder_post: Post | None = Field(default=None, sa_type=text_enum(Post))
    lead_department_id: int | None = Field(default=None, foreign_key="departments.id")
    first_department_id: int | None = Field(default=None, foreign_key="departments.id")
    is_designated: bool = False
    bounce_count: int = 0
    hop: int = 0
    policy_id: int = Field(foreign_key="sla_policies.id")
    due_at: datetime | None = None
    level: Level = Field(default=Level.GREEN, sa_type=text_enum(Level, 8))
    closure_code: ClosureCode | None = Field(default=None, sa_type=text_enum(ClosureCode))
    parent_id: uuid.UUID | None = Field(default=None, foreign_key="tickets.id")
    repeat_of_id: uuid.UUID | None = Field(default=None, foreign_key="tickets.id")
    submitted_at: datetime
    accepted_at: datetime | None = None
    dispatched_at: datetime | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    archived_at: datetime | None = None
    source: str | None = Field(default=None, max_length=64)
    external_id: str | None = Field(default=None, max_length=64)
    history_count: int = 0
    history_head: bytes


class TicketRequester(TableModel, table=True):
    """A person behind a ticket. A merged ticket's parent keeps every one of them."""

    __tablename__ = "ticket_requesters"

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    name: bytes | None = None
    phone: bytes | None = None
    phone_index: bytes | None = Field(default=None, index=True)
    email: bytes | None = None
    on_behalf_of: bytes | None = None


class TicketEvent(TableModel, table=True):
    """One row of a ticket's timeline: append-only, chained by hashes, never edited.

    `changes` holds every rebuildable column of the ticket that the action changed, `details` what else
    belongs to the action. `recorded_at` is the database's own clock.
    """

    __tablename__ = "ticket_events"
    __table_args__ = (
        sa.UniqueConstraint("ticket_id", "seq"),
        sa.Index(
            "ix_ticket_events_watched",
            "at",
            postgresql_where=sa.text("action IN ('withdraw', 'reclassify')"),
        ),
        sa.Index(
            "ix_ticket_events_moved",
            "at",
            "id",
            postgresql_where=sa.text("from_status <> to_status"),
        ),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    seq: int
    at: datetime
    recorded_at: datetime = Field(
        default=None, sa_column_kwargs={"server_default": sa.text("clock_timestamp()")}
    )
    actor_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    actor: str = Field(max_length=64)
    role: str | None = Field(default=None, max_length=32)
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    action: str = Field(max_length=32)
    outcome: Outcome | None = Field(default=None, sa_type=text_enum(Outcome))
    from_status: Status | None = Field(default=None, sa_type=text_enum(Status))
    from_hold: Hold | None = Field(default=None, sa_type=text_enum(Hold))
    to_status: Status = Field(sa_type=text_enum(Status))
    to_hold: Hold | None = Field(default=None, sa_type=text_enum(Hold))
    round: int
    reason: str | None = Field(default=None, max_length=64)
    text: str | None = None
    audience: Audience = Field(sa_type=text_enum(Audience, 16))
    policy_id: int | None = None
    changes: dict[str, Any] = Field(sa_type=JSONB)
    details: dict[str, Any] = Field(sa_type=JSONB)
    previous_hash: bytes
    hash: bytes


CLOCK_FIRED = "clock_fired"
PERSONAL_DATA_REVEALED = "personal_data_revealed"
PAPER_ISSUED = "paper_issued"
TEXT_PUBLISHED = "text_published"
TEXT_WITHDRAWN = "text_withdrawn"
LISTING_ENDED = "listing_ended"
CLUE_TRANSFERRED = "clue_transferred"
HANDED_OVER = "handed_over"
HAND_OVER_ANSWERED = "hand_over_answered"
CALL_LINKED = "call_linked"
CALL_PASSED_ON = "call_passed_on"
"""Timeline rows that no action of the machine writes."""

EVENT_KINDS: dict[str, str] = {
    CLOCK_FIRED: N_("Time warning"),
    PERSONAL_DATA_REVEALED: N_("Personal data revealed"),
    PAPER_ISSUED: N_("Paper issued"),
    TEXT_PUBLISHED: N_("Public text written"),
    TEXT_WITHDRAWN: N_("Public text taken back"),
    LISTING_ENDED: N_("Taken off the list of supervision"),
    CLUE_TRANSFERRED: N_("Clue transferred to the discipline inspection"),
    HANDED_OVER: N_("Handed over to another authority"),
    HAND_OVER_ANSWERED: N_("Answer of the other authority"),
    CALL_LINKED: N_("Telephone call"),
    CALL_PASSED_ON: N_("Call passed on"),
}


class Assignment(TableModel, table=True):
    """One department's task on a ticket.

    `sign_outcome` and `contact_outcome` say how it kept the limits of signing and of the first contact,
    once they are judged.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        one_of("role", AssignmentRole),
        one_of("state", AssignmentState),
        one_of("sign_outcome", Punctuality),
        one_of("contact_outcome", Punctuality),
        sa.Index(
            "uq_assignments_open_lead",
            "ticket_id",
            unique=True,
            postgresql_where=sa.text("role = 'lead' AND ended_at IS NULL"),
        ),
        sa.Index(
            "uq_assignments_open_department",
            "ticket_id",
            "department_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_assignments_department_id", "department_id", "ticket_id"),
        sa.Index(
            "ix_assignments_defaulted",
            "defaulted_at",
            postgresql_where=sa.text("defaulted_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_assignments_returned", "ended_at", postgresql_where=sa.text("state = 'returned'")
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    hop: int
    department_id: int = Field(foreign_key="departments.id")
    role: AssignmentRole = Field(sa_type=text_enum(AssignmentRole, 8))
    state: AssignmentState = Field(sa_type=text_enum(AssignmentState))
    handler_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    note: str | None = None
    opinion: str | None = None
    defaulted_at: datetime | None = None
    asked_again_at: datetime | None = None
    assigned_at: datetime
    signed_at: datetime | None = None
    sign_outcome: Punctuality | None = Field(default=None, sa_type=text_enum(Punctuality, 16))
    contacted_at: datetime | None = None
    contact_outcome: Punctuality | None = Field(default=None, sa_type=text_enum(Punctuality, 16))
    submitted_at: datetime | None = None
    ended_at: datetime | None = None


class Commitment(TableModel, table=True):
    """A promise in writing (承诺单): what will be done, by whom, by when, and what came of it."""

    __tablename__ = "commitments"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        one_of("state", CommitmentState),
        sa.CheckConstraint("(state = 'active') = (outcome_at IS NULL)", name="outcome"),
        sa.Index(
            "uq_commitments_active",
            "ticket_id",
            unique=True,
            postgresql_where=sa.text("state = 'active'"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    number: str = Field(max_length=24)
    round: int
    content: str
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    promised_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    handler_limit: str | None = Field(default=None, max_length=32)
    promised_at: datetime
    due_at: datetime
    state: CommitmentState = Field(sa_type=text_enum(CommitmentState, 16))
    outcome_at: datetime | None = None


class ServiceItem(TableModel, table=True):
    """One step of the service list (服务清单) that goes with a promise."""

    __tablename__ = "service_items"

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    position: int
    step: str = Field(max_length=200)
    done_at: datetime | None = None
    done_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


class Feedback(TableModel, table=True):
    """A department's written result and what the audit said of it."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        sa.Index("ix_feedbacks_submitted_at", "submitted_at"),
        sa.Index("ix_feedbacks_department", "department_id", "submitted_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    round: int
    hop: int
    department_id: int = Field(foreign_key="departments.id")
    result: str
    reply: str
    is_resolved: bool
    evidence: list[str] = Field(sa_type=JSONB)
    used_reports: list[str] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": "[]"}
    )
    submitted_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    submitted_at: datetime
    is_passed: bool | None = None
    audited_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    audited_at: datetime | None = None
    audit_reason: str | None = None


class Urge(TableModel, table=True):
    """One asking for speed, by the requester or the hotline, and how it was answered.

    `merged_count` counts what the requester asked again before it would be counted anew. `answered_as`
    names the action that answered it. Until when an answer is owed is a clock of the ticket.
    """

    __tablename__ = "urges"
    __table_args__ = (
        sa.Index("ix_urges_ticket_id", "ticket_id", "urged_at"),
        sa.Index("ix_urges_urged_at", "urged_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id")
    is_requester: bool
    urged_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    department_id: int | None = Field(default=None, foreign_key="departments.id")
    urged_at: datetime
    merged_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    merged_at: datetime | None = None
    answered_at: datetime | None = None
    answered_as: str | None = Field(default=None, max_length=32)
    answered_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


class IdempotencyKey(TableModel, table=True):
    """A caller's own name for a request, so that sending it twice makes one ticket."""

    __tablename__ = "idempotency_keys"

    user_id: uuid.UUID = Field(primary_key=True, foreign_key="users.id")
    key: str = Field(primary_key=True, max_length=128)
    body_digest: bytes
    ticket_id: uuid.UUID
    created_at: datetime


class Reveal(TableModel, table=True):
    """The record that somebody read personal data, and why."""

    __tablename__ = "reveals"

    id: uuid.UUID = Field(primary_key=True)
    ticket_id: uuid.UUID = Field(foreign_key="tickets.id", index=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", index=True)
    reason: str = Field(max_length=200)
    revealed_at: datetime


class NumberDay(TableModel, table=True):
    """Where the day's ticket numbers begin in the one sequence, and how many were imported into it."""

    __tablename__ = "number_days"

    day: date = Field(primary_key=True)
    first_value: int | None = Field(default=None, sa_type=sa.BigInteger)
    imported_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


_ACTIONS = frozenset(action.value for action in Action)
EVENT_ACTIONS = _ACTIONS | EVENT_KINDS.keys()
"""Everything a timeline row may be called."""
