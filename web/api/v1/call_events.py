"""What telephone exchanges say of their calls: one signed interface for whoever made them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from litestar import Controller, Request, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler
from litestar.params import JSONBody
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from hotline.calls.models import EVENT_ID_MAX, NAME_MAX, NUMBER_MAX, RECORDING_MAX
from hotline.calls.receiving import Told, take_events
from hotline.calls.rules import CallEvent, CallEventKind, Direction
from hotline.calls.signing import is_signed
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.settings import Settings
from hotline.people.principal import Tx
from hotline.tickets.actions.intake import clean_phone, clean_text
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer
from web.exchanges import exchange_secret
from web.security.guards import Connection
from web.security.identity import NotSignedIn

REPLAY_WINDOW = timedelta(minutes=5)
"""A delivery signed longer ago, or so far ahead, may be somebody's recording."""

MOST_BYTES = 256 * 1024
MOST_EVENTS = 500
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_SHORTEST_SHOWN, _SIP = re.compile(r"\d"), re.compile(r"^(?:sips?|tel):|@.*$")
_TRUNK_ZERO = re.compile(r"^0(?=1[3-9]\d{9}$)")


class DeliveryUnsigned(NotSignedIn):
    """A delivery of call events that no exchange of ours has signed lately."""

    code = "call-events-refused"
    title = N_("The call events are not signed by an exchange that is known here")


class DeliveryTooLarge(DomainError):
    """A delivery of call events that is larger than any exchange needs."""

    kind = ErrorKind.TOO_LARGE
    code = "call-events-too-large"
    title = N_("Send fewer call events at once: {most} bytes at most")


class EventInFuture(DomainError):
    """An event whose instant lies ahead: the exchange's clock is wrong."""

    kind = ErrorKind.INVALID
    code = "call-event-in-future"
    title = N_("A call event lies in the future: set the clock of the exchange")


def _number(value: object) -> object:
    """Return a number as digits; a withheld one is none, and a trunk's zero is no part of it."""
    if not isinstance(value, str):
        return value
    digits = clean_phone(_SIP.sub("", value.strip()))
    if not digits or _SHORTEST_SHOWN.search(digits) is None:
        return None
    return _TRUNK_ZERO.sub("", digits)


def _words(value: object) -> object:
    return (clean_text(value) or None) if isinstance(value, str) else value


_Name = Annotated[str, Field(min_length=1, max_length=EVENT_ID_MAX, pattern=r"^[!-~]+$")]
_Number = Annotated[str | None, Field(max_length=NUMBER_MAX), BeforeValidator(_number)]
_Agent = Annotated[str | None, Field(max_length=NAME_MAX), BeforeValidator(_words)]


class CallEventBody(BaseModel):
    """One thing that has happened to a call. Fields that are not known here are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: _Name = Field(description="Unique within the exchange; the same at every repetition")
    call: _Name = Field(description="The exchange's own name of the call")
    event: CallEventKind
    at: Annotated[AwareDatetime, Field(ge=_EARLIEST)] = Field(
        description="When it happened, with its offset"
    )
    direction: Direction | None = None
    number: _Number = Field(default=None, description="Of whoever we speak with; null if withheld")
    line: _Number = Field(default=None, description="The number that was called")
    agent: _Agent = Field(default=None, description="User name or extension")
    target: _Number = Field(default=None, description="Outside number transferred to or joined by")
    recording: Annotated[
        str | None, Field(max_length=RECORDING_MAX, pattern=r"^https?://[!-~]+$")
    ] = Field(default=None, description="Where the recording can be heard")


class CallEventsBody(BaseModel):
    """Some events, in any order."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    events: list[CallEventBody] = Field(min_length=1, max_length=MOST_EVENTS)


class CallEventsTaken(Answer):
    """How many events were new, and how many had come before."""

    accepted: int
    repeated: int


async def signed_by_exchange(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Pass what an exchange has signed lately.

    `X-Hotline-Signature` is the HMAC-SHA256 of timestamp and body with a dot in between, under the
    secret of the exchange that `X-Hotline-Exchange` names.

    Raises:
        DeliveryUnsigned: it has not, or there is no such exchange.
        DeliveryTooLarge: nobody needs so much.
    """
    state, headers = connection.app.state, connection.headers
    name, stamp = headers.get("x-hotline-exchange", ""), headers.get("x-hotline-timestamp", "")
    secret = exchange_secret(_settings(state), state.resources.cipher, name)
    if secret is None or not isinstance(connection, Request) or not _is_recent(stamp, state):
        raise DeliveryUnsigned
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise DeliveryTooLarge(most=MOST_BYTES)
    body = await connection.body()
    if len(body) > MOST_BYTES:
        raise DeliveryTooLarge(most=MOST_BYTES)
    signature = headers.get("x-hotline-signature", "")
    if not is_signed(secret, signature, stamp, body.decode("utf-8", "replace")):
        raise DeliveryUnsigned


def _is_recent(stamp: str, state: State) -> bool:
    now: datetime = state.resources.clock.now()
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > len(str(int(now.timestamp()))):
        return False
    return abs(now.timestamp() - int(stamp)) <= REPLAY_WINDOW.total_seconds()


def _settings(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


class CallEventController(Controller):
    """Where exchanges tell of calls."""

    path = "/call-events"
    tags = ("calls",)

    @post(
        guards=[signed_by_exchange],
        status_code=200,
        security=[{}],
        operation_id="takeCallEvents",
        operation_class=ApiOperation,
        summary="Take an exchange's call events",
        responses=problem_responses(401, 413, 422),
    )
    async def take(
        self,
        request: Request[object, object, State],
        public_tx: NamedDependency[Tx],
        data: JSONBody[CallEventsBody],
    ) -> CallEventsTaken:
        """Take events in any order, once each, however late; a repetition is answered alike."""
        if any(event.at > public_tx.now + _AHEAD for event in data.events):
            raise EventInFuture
        taken = await take_events(
            public_tx,
            request.headers["x-hotline-exchange"],
            [_told(event) for event in data.events],
            call_back_within=timedelta(minutes=_settings(request.app.state).call_back_minutes),
        )
        return CallEventsTaken(accepted=taken.fresh, repeated=taken.repeated)


def _told(body: CallEventBody) -> Told:
    return Told(
        body.call,
        CallEvent(
            event_id=body.id,
            kind=body.event,
            at=body.at,
            direction=body.direction,
            number=body.number,
            line=body.line,
            agent=body.agent,
            target=body.target,
            recording=body.recording,
        ),
    )
