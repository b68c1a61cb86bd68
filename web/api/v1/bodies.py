"""What each action on a ticket takes."""

import re
import uuid
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from hotline.followup.rules import VisitAnswer
from hotline.procedures.rules import (
    ExtensionReason,
    FinalReplyReason,
    Milestone,
    PauseReason,
    ReturnReason,
)
from hotline.sla.policy import InvalidPolicy, Limit
from hotline.supervision.rules import OrderLevel, OrderReason
from hotline.tickets.actions.feedback import AuditGround, NoContactReason
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.actions.intake import NewTicket, clean_phone
from hotline.tickets.models import (
    ADDRESS_MAX,
    CONTENT_MAX,
    TITLE_MAX,
    Channel,
    Programme,
    RequestType,
    Urgency,
)
from hotline.tickets.ratings import UnfoundedReason
from web.api.schemas import ActionBody, Body, OptionalWords, Words

Code = Annotated[str, Field(min_length=1, max_length=96)]
Override = Annotated[OptionalWords, Field(max_length=500)]
"""Why a matter goes to a lower level than the dispatch catalogue allows."""
ShortWords = Annotated[Words, Field(max_length=200)]

_PHONE = re.compile(r"\+?\d{3,20}")


class Location(Body):
    """Where it is."""

    address: Annotated[OptionalWords, Field(max_length=ADDRESS_MAX)] = None
    area: Annotated[OptionalWords, Field(max_length=64)] = None
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    long: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)

    @model_validator(mode="after")
    def _both_or_none(self) -> "Location":
        if (self.lat is None) != (self.long is None):
            raise ValueError("lat and long belong together")
        return self


class Requester(Body):
    """Who asks. Encrypted at once."""

    name: Annotated[OptionalWords, Field(max_length=80)] = None
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(
        default=None, max_length=200, pattern=r"^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$"
    )
    secret: bool = False
    on_behalf_of: Annotated[OptionalWords, Field(max_length=80)] = None

    @field_validator("phone")
    @classmethod
    def _digits(cls, phone: str | None) -> str | None:
        if phone is None or not phone.strip():
            return None
        cleaned = clean_phone(phone)
        if cleaned is None or not _PHONE.fullmatch(cleaned):
            raise ValueError("must be a telephone number of 3 to 20 digits")
        return cleaned


class NewTicketBody(Body):
    """A matter as it was taken down."""

    channel: Channel
    request_type: RequestType
    title: Annotated[Words, Field(max_length=TITLE_MAX)]
    content: Annotated[Words, Field(max_length=CONTENT_MAX)]
    category: Code | None = None
    urgency: Urgency = Urgency.P2
    programme: Programme = Programme.GENERAL
    location: Location = Location()
    requester: Requester = Requester()
    answers: dict[str, list[str]] | None = Field(
        default=None,
        max_length=50,
        description="Answers to the questions of the category, by code; absent when nobody was asked",
    )

    def to_new_ticket(self) -> NewTicket:
        """Return it as the action takes it."""
        return NewTicket(
            channel=self.channel,
            request_type=self.request_type,
            title=self.title,
            content=self.content,
            category=self.category,
            urgency=self.urgency,
            programme=self.programme,
            address=self.location.address,
            area=self.location.area,
            lat=self.location.lat,
            long=self.location.long,
            requester_name=self.requester.name,
            requester_phone=self.requester.phone,
            requester_email=self.requester.email,
            on_behalf_of=self.requester.on_behalf_of,
            secret=self.requester.secret,
            answers=self.answers,
        )


def parsed_limit(value: object) -> object:
    """Return a duration of a body as a limit; what is none is refused."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("must be a duration such as PT12H")  # noqa: TRY004  # pydantic asks for it
    try:
        return Limit.parse(value)
    except InvalidPolicy as error:
        raise ValueError(str(error.params["problem"])) from None


class AcceptBody(ActionBody):
    """The promise in words, and a stricter limit if one is promised."""

    promise: Words
    handler_limit: Limit | None = Field(
        default=None,
        description="ISO 8601 duration such as PT12H; at most the policy's own",
        json_schema_extra={"type": "string", "examples": ["PT12H"]},
    )
    and_dispatch: bool = Field(
        default=False,
        description="Dispatch it at once where the catalogue is sure; both or nothing",
    )

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    _parse = field_validator("handler_limit", mode="before")(parsed_limit)


class AnswerBody(ActionBody):
    """The answer, and whether the requester said that it settles the matter."""

    reply: Words
    confirmed: bool = False


class TransferOutBody(ActionBody):
    """Whom it goes to outside, and why."""

    target: ShortWords
    reason: Words


class RefuseBody(ActionBody):
    """Why the matter is not taken on, and where to go with it."""

    reason: Words
    where_to: Words


class ReasonBody(ActionBody):
    """A reason in words."""

    reason: Words


class AuditRejectionBody(ActionBody):
    """What is to be done again, and what is wrong with it."""

    reason: Words
    ground: AuditGround | None = None


class NoteBody(ActionBody):
    """A note in words."""

    note: Words


class TextBody(ActionBody):
    """What is added."""

    text: Words


class MergeBody(ActionBody):
    """The ticket to follow; `confirmed` when they are one matter though type or area differ."""

    parent: Code
    confirmed: bool = False


class RepeatBody(ActionBody):
    """The earlier ticket in which the matter was handled, and what the requester is told."""

    earlier: Code
    explanation: Words


class DispatchBody(ActionBody):
    """The departments that handle it."""

    department: Code
    co_departments: tuple[Code, ...] = Field(default=(), max_length=20)
    note: OptionalWords = None
    deviation: Annotated[OptionalWords, Field(max_length=500)] = Field(
        default=None, description="Why elsewhere than where the catalogue is sure it belongs"
    )
    override_reason: Override = None


class DirectDispatchBody(ActionBody):
    """Words for the departments that the catalogue is sure of."""

    note: OptionalWords = None


class ContactBody(ActionBody):
    """How the requester was spoken with."""

    method: ContactMethod
    reached: bool
    note: Words


class ProgressBody(ActionBody):
    """How the work goes; optionally a step of the service list that is done."""

    note: Words
    done_step: int | None = Field(default=None, ge=1)


class OpinionBody(ActionBody):
    """A co-handler's result."""

    opinion: Words


class FeedbackBody(ActionBody):
    """The department's result."""

    result: Words
    reply: Words
    resolved: bool
    evidence: tuple[ShortWords, ...] = Field(default=(), max_length=50)
    used_opinions: tuple[Code, ...] = Field(
        default=(),
        max_length=20,
        description="Co-handlers whose opinions went into the reply",
    )
    no_contact_reason: NoContactReason | None = None


class VisitBody(ActionBody):
    """What the requester said on a return visit."""

    reached: bool
    solved: bool | None = None
    rating: int | None = Field(default=None, ge=1, le=5)
    contacted: bool | None = None
    note: OptionalWords = None
    anonymous: bool = Field(default=False, description="Keep the words from the department")
    requester: uuid.UUID | None = Field(
        default=None, description="Who of several was asked; see the visit itself"
    )

    def to_answer(self) -> VisitAnswer:
        """Return it as the rules take it."""
        return VisitAnswer(self.reached, self.solved, self.rating, self.contacted)


class OwnVisitBody(ActionBody):
    """What a requester told the department itself."""

    solved: bool
    rating: int | None = Field(default=None, ge=1, le=5)
    note: OptionalWords = None


class RaterContactBody(ActionBody):
    """Whether whoever rated was reached, and what was said."""

    reached: bool
    note: Words


class UnfoundedBody(ActionBody):
    """Why a bad rating does not count."""

    reason: UnfoundedReason
    explanation: Words


class RevealBody(Body):
    """Why personal data is to be read."""

    reason: Annotated[Words, Field(min_length=4, max_length=200)]


class DecisionBody(ActionBody):
    """Yes or no, and why."""

    approve: bool
    explanation: Words


class SupplementBody(ActionBody):
    """Everything that is missing, at once."""

    items: tuple[ShortWords, ...] = Field(min_length=1, max_length=20)


class SupplementAnswerBody(ActionBody):
    """What was provided, item by item or in one; what is left out of `items` is an empty text."""

    items: tuple[Annotated[str, Field(max_length=2000)], ...] = Field(default=(), max_length=20)
    text: OptionalWords = None

    @model_validator(mode="after")
    def _something(self) -> "SupplementAnswerBody":
        if self.text is None and not any(item.strip() for item in self.items):
            raise ValueError("items or text must say something")
        return self


class ToldBody(ActionBody):
    """How and when the requester was told; he is told first."""

    told_how: ContactMethod
    told_at: AwareDatetime


class ReturnBody(ActionBody):
    """Why a department disputes its assignment, and whose matter it is."""

    reason: ReturnReason
    suggested_department: Code
    explanation: Words
    legal_basis: Annotated[OptionalWords, Field(max_length=300)] = None
    evidence: tuple[ShortWords, ...] = Field(default=(), max_length=50)
    leader: Annotated[OptionalWords, Field(max_length=80)] = Field(
        default=None,
        description="Who answers for it; left out, the asking leader or the department's own",
    )


class OptionalNoteBody(ActionBody):
    """A note, if there is something to say."""

    note: OptionalWords = None


class ExplanationBody(ActionBody):
    """Why."""

    explanation: Words


class ReturnDecisionBody(ActionBody):
    """Whether a return is upheld, and where the ticket goes then."""

    uphold: bool
    department: Code | None = None
    explanation: Words
    override_reason: Override = None


class ArbitrationDecisionBody(ActionBody):
    """The department that is designated."""

    department: Code
    explanation: Words


class ExtensionBody(ToldBody):
    """More time: until when, why, and how the requester was told."""

    until: AwareDatetime
    reason: ExtensionReason
    explanation: Words


Evidence = Annotated[tuple[ShortWords, ...], Field(min_length=1, max_length=50)]


class SuspensionBody(ToldBody):
    """Why a matter goes on the long-cycle list."""

    reason: PauseReason
    explanation: Words
    evidence: Evidence


class SuspensionDecisionBody(ActionBody):
    """Whether a matter may wait, and when it is looked at again: at the latest, when left out."""

    approve: bool
    explanation: Words
    review_at: AwareDatetime | None = None


class SuspensionReviewBody(ActionBody):
    """Whether a suspension goes on, and when it is looked at again: at the latest, when left out."""

    goes_on: bool
    explanation: Words
    review_at: AwareDatetime | None = None


class MilestoneBody(BaseModel):
    """A dated step of a plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: ShortWords
    due_at: AwareDatetime
    person: Annotated[Words, Field(max_length=40)] = Field(description="Who answers for it")

    def to_milestone(self) -> Milestone:
        """Return it as the rules take it."""
        return Milestone(self.text, self.due_at, self.person)


class RectificationBody(ToldBody):
    """A plan with milestones."""

    reason: Words
    milestones: tuple[MilestoneBody, ...] = Field(max_length=12)


class MilestoneDoneBody(ToldBody):
    """A milestone that is done, by its place in the plan, from 1."""

    milestone: int = Field(ge=1, le=12)
    note: Words
    evidence: Evidence


class CloseOutBody(ActionBody):
    """What a plan has brought, and what proves it."""

    summary: Words
    evidence: Evidence


class RectificationEndBody(ActionBody):
    """How a plan ended."""

    completed: bool
    explanation: Words


class FinalReplyBody(ActionBody):
    """The last word, why there is no more to do, and what that rests on."""

    reply: Words
    reason: FinalReplyReason
    basis: Words
    evidence: tuple[ShortWords, ...] = Field(default=(), max_length=50)


class RatingAppealBody(ActionBody):
    """Why a department holds a bad rating for mistaken or malicious, and what shows it."""

    reason: UnfoundedReason
    explanation: Words
    evidence: Evidence


class RatingCheckDecisionBody(ActionBody):
    """Whether a bad rating is founded."""

    founded: bool
    explanation: Words


class ReclassifyBody(ActionBody):
    """How urgent a matter is and what it is about, said anew; what is left out stays as it is."""

    reason: Words
    urgency: Urgency | None = None
    request_type: RequestType | None = None
    category: Code | None = None
    area: Annotated[OptionalWords, Field(max_length=64)] = None


class OrderBody(ActionBody):
    """What a department is ordered to do, and by when it has to reply."""

    level: OrderLevel = Field(
        default=OrderLevel.ORDER,
        description="1 a letter, 2 an order, 3 listed on the board, 4 an interview",
    )
    reason: OrderReason = OrderReason.BY_HAND
    demand: Words
    reply_limit: Limit | None = Field(
        default=None,
        description="ISO 8601 duration such as PT24H; left out, what is usual at the level",
        json_schema_extra={"type": "string", "examples": ["PT24H"]},
    )

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    _parse = field_validator("reply_limit", mode="before")(parsed_limit)


class UrgeReplyBody(ActionBody):
    """How far it is; the requester reads it."""

    reply: Words


class OrderReplyBody(ActionBody):
    """What was done about an order."""

    reply: Words


class OrderVerdictBody(ActionBody):
    """Whether a reply to an order is good."""

    accept: bool
    explanation: Words
