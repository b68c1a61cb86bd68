"""Messages: how people are reached, who is told along, what was sent, what became of it."""

import hmac
import uuid
from datetime import time
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from hotline.kernel.settings import Settings
from hotline.notices.contacts import (
    MOST_PER_HOUR,
    ContactChange,
    ContactView,
    SubscriptionChange,
    SubscriptionView,
    find_subscription,
    list_subscriptions,
    read_contact,
    remove_subscription,
    save_contact,
    save_subscription,
    user_id_of,
)
from hotline.notices.models import DeliveryChannel, DeliveryState
from hotline.notices.outgoing import (
    DeliveryFilter,
    DeliveryRow,
    lay_aside,
    list_deliveries,
    list_parked,
    replay,
    resend,
    resend_dead,
    take_receipt,
)
from hotline.notices.signing import sign
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Words
from web.resources import Resources
from web.security.guards import Connection, requires, signed_in
from web.security.identity import NotSignedIn

RECEIPT_WINDOW_SECONDS = 300
"""A receipt signed longer ago, or so far ahead, may be somebody's recording."""


class ReceiptRefused(NotSignedIn):
    """A receipt that our gateway has not signed."""

    code = "receipt-refused"
    title = N_("The receipt is not signed by the gateway")


# -- contacts ------------------------------------------------------------------------------------


class ContactOut(Answer):
    """How a person is reached, addresses masked. Quiet hours are in Shanghai time."""

    email: str | None
    phone: str | None
    email_on: bool
    sms_on: bool
    quiet_from: str
    quiet_to: str
    hourly_limit: int


class ContactBody(Body):
    """What is to change; what is left out stays, an empty address is removed."""

    email: Annotated[str | None, Field(max_length=500, repr=False)] = None
    phone: Annotated[str | None, Field(max_length=40, repr=False)] = None
    email_on: bool | None = None
    sms_on: bool | None = None
    quiet_from: time | None = Field(default=None, examples=["22:00"])
    quiet_to: time | None = Field(default=None, examples=["07:00"])
    hourly_limit: int | None = Field(default=None, ge=1, le=MOST_PER_HOUR)

    def change(self) -> ContactChange:
        """Return what is to change."""
        return ContactChange(
            email=self.email,
            phone=self.phone,
            email_on=self.email_on,
            sms_on=self.sms_on,
            quiet_from=self.quiet_from.replace(tzinfo=None) if self.quiet_from else None,
            quiet_to=self.quiet_to.replace(tzinfo=None) if self.quiet_to else None,
            hourly_limit=self.hourly_limit,
        )


def _contact_out(view: ContactView) -> ContactOut:
    return ContactOut(
        email=view.email,
        phone=view.phone,
        email_on=view.email_on,
        sms_on=view.sms_on,
        quiet_from=view.quiet_from.strftime("%H:%M"),
        quiet_to=view.quiet_to.strftime("%H:%M"),
        hourly_limit=view.hourly_limit,
    )


class ContactController(Controller):
    """How people are reached."""

    tags = ("notices",)

    @get(
        "/me/contact",
        guards=[signed_in],
        operation_id="getOwnContact",
        operation_class=ApiOperation,
        summary="How you are reached",
        responses=problem_responses(401),
    )
    async def own(self, tx: NamedDependency[Tx]) -> ContactOut:
        """Return how you are reached beside your screen."""
        return await _contact(tx, tx.actor.username)

    @put(
        "/me/contact",
        guards=[signed_in],
        operation_id="changeOwnContact",
        operation_class=ApiOperation,
        summary="Change how you are reached",
        responses=problem_responses(401, 422),
    )
    async def change_own(self, tx: NamedDependency[Tx], data: JSONBody[ContactBody]) -> ContactOut:
        """Change your addresses, your quiet hours and your limit per hour."""
        await save_contact(tx, tx.actor.username, data.change())
        return await _contact(tx, tx.actor.username)

    @get(
        "/users/{username:str}/contact",
        guards=[requires(Permission.MANAGE_USERS)],
        operation_id="getContact",
        operation_class=ApiOperation,
        summary="How a person is reached",
        responses=problem_responses(401, 403, 404),
    )
    async def other(self, tx: NamedDependency[Tx], username: FromPath[str]) -> ContactOut:
        """Return how a person is reached."""
        return await _contact(tx, username)

    @put(
        "/users/{username:str}/contact",
        guards=[requires(Permission.MANAGE_USERS)],
        operation_id="changeContact",
        operation_class=ApiOperation,
        summary="Change how a person is reached",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def change_other(
        self, tx: NamedDependency[Tx], username: FromPath[str], data: JSONBody[ContactBody]
    ) -> ContactOut:
        """Change somebody's addresses, quiet hours and limit per hour."""
        await save_contact(tx, username, data.change())
        return await _contact(tx, username)


async def _contact(tx: Tx, username: str) -> ContactOut:
    await tx.session.flush()
    user_id = await user_id_of(tx, username)
    return _contact_out(await read_contact(tx.session, tx.cipher, user_id))


# -- subscriptions -------------------------------------------------------------------------------


class SubscriptionOut(Answer):
    """A group or a program that is told along. The address is masked, the secret never shown."""

    id: uuid.UUID
    name: str
    department: str | None
    channel: str
    address: str
    has_secret: bool
    kinds: list[str]
    is_active: bool


class NewSubscriptionOut(SubscriptionOut):
    """A new subscription, with the secret that was made for it, shown this once."""

    secret: str | None = None


class SubscriptionList(Answer):
    """Subscriptions."""

    items: list[SubscriptionOut]
    next_cursor: str | None = None


class SubscriptionBody(Body):
    """A subscription as it shall be; an address or a secret that is left out stays."""

    name: Annotated[Words, Field(max_length=80)]
    channel: DeliveryChannel
    department: str | None = Field(default=None, description="Everybody's notices when left out")
    address: str | None = Field(
        default=None,
        max_length=2000,
        repr=False,
        description="A URL, or up to 20 e-mail addresses",
    )
    secret: str | None = Field(default=None, max_length=200, repr=False)
    kinds: tuple[Annotated[str, Field(min_length=1, max_length=32)], ...] = Field(
        default=(), max_length=20, description="Steps of the ladder, other kinds; empty for all"
    )
    is_active: bool = True

    def change(self) -> SubscriptionChange:
        """Return it as it shall be."""
        return SubscriptionChange(
            name=self.name,
            channel=self.channel,
            department=self.department,
            address=self.address,
            secret=self.secret,
            kinds=self.kinds,
            is_active=self.is_active,
        )


def _fields(view: SubscriptionView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "department": view.department.code if view.department else None,
        "channel": view.channel.value,
        "address": view.address,
        "has_secret": view.has_secret,
        "kinds": list(view.kinds),
        "is_active": view.is_active,
    }


class SubscriptionController(Controller):
    """Groups and programs that are told along."""

    path = "/subscriptions"
    tags = ("notices",)
    guards = (requires(Permission.MANAGE_DIRECTORY),)

    @get(
        "/",
        operation_id="listSubscriptions",
        operation_class=ApiOperation,
        summary="List subscriptions",
        responses=problem_responses(401, 403),
    )
    async def list_(
        self, reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
    ) -> SubscriptionList:
        """Return every subscription, by name."""
        rows = await list_subscriptions(reader, resources.cipher)
        return SubscriptionList(items=[SubscriptionOut(**_fields(row)) for row in rows])

    @post(
        "/",
        operation_id="addSubscription",
        operation_class=ApiOperation,
        summary="Add a subscription",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def add(
        self, tx: NamedDependency[Tx], state: State, data: JSONBody[SubscriptionBody]
    ) -> NewSubscriptionOut:
        """Have a group or a program told along; a webhook without a secret is given one."""
        subscription_id, secret = await save_subscription(
            tx, data.change(), allow_loopback=_settings(state).call_loopback
        )
        await tx.session.flush()
        view = await find_subscription(tx.session, tx.cipher, subscription_id)
        return NewSubscriptionOut(**_fields(view), secret=secret)

    @put(
        "/{subscription_id:uuid}",
        operation_id="changeSubscription",
        operation_class=ApiOperation,
        summary="Change a subscription",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def change(
        self,
        tx: NamedDependency[Tx],
        state: State,
        subscription_id: FromPath[uuid.UUID],
        data: JSONBody[SubscriptionBody],
    ) -> SubscriptionOut:
        """Change a subscription."""
        await save_subscription(
            tx,
            data.change(),
            subscription_id=subscription_id,
            allow_loopback=_settings(state).call_loopback,
        )
        await tx.session.flush()
        view = await find_subscription(tx.session, tx.cipher, subscription_id)
        return SubscriptionOut(**_fields(view))

    @delete(
        "/{subscription_id:uuid}",
        operation_id="removeSubscription",
        operation_class=ApiOperation,
        summary="End a subscription",
        responses=problem_responses(401, 403, 404),
    )
    async def remove(self, tx: NamedDependency[Tx], subscription_id: FromPath[uuid.UUID]) -> None:
        """End a subscription; what it was told stays in the log."""
        await remove_subscription(tx, subscription_id)


def _settings(state: State) -> Settings:
    settings: Settings = state.settings
    return settings


# -- the log -------------------------------------------------------------------------------------


class DeliveryOut(Answer):
    """A message and what became of it.

    `user` or `subscription` says to whom it went; when both are empty and `to_requester` is true, it
    went to a requester, who is not named.
    """

    id: uuid.UUID
    channel: str
    kind: str
    ticket: str | None
    user: str | None
    subscription: str | None
    to_requester: bool
    notices: int
    is_urgent: bool
    state: str
    attempts: int
    reason: str | None
    reference: str | None
    created_at: Instant
    next_try_at: Instant | None
    sent_at: Instant | None
    receipt_at: Instant | None


class DeliveryList(Answer):
    """Messages, newest first."""

    items: list[DeliveryOut]
    next_cursor: str | None = None


class ResendBody(Body):
    """Which messages that were given up are sent again."""

    channel: DeliveryChannel | None = Field(default=None, description="All when left out")


class Restarted(Answer):
    """How many were started again."""

    count: int


class Dismissed(Answer):
    """How many were laid aside."""

    count: int


def _delivery_out(row: DeliveryRow) -> DeliveryOut:
    one = row.delivery
    is_open = one.state in {DeliveryState.WAITING, DeliveryState.SENDING}
    return DeliveryOut(
        id=one.id,
        channel=one.channel.value,
        kind=one.kind,
        ticket=one.ticket_number,
        user=row.username,
        subscription=row.subscription,
        to_requester=row.is_to_requester,
        notices=len(one.notice_ids),
        is_urgent=one.is_urgent,
        state=one.state.value,
        attempts=one.attempts,
        reason=one.last_error,
        reference=one.provider_ref,
        created_at=one.created_at,
        next_try_at=one.next_try_at if is_open else None,
        sent_at=one.sent_at,
        receipt_at=one.receipt_at,
    )


class DeliveryController(Controller):
    """What was sent."""

    path = "/deliveries"
    tags = ("notices",)
    guards = (requires(Permission.MANAGE_DELIVERIES),)

    @get(
        "/",
        operation_id="listDeliveries",
        operation_class=ApiOperation,
        summary="List messages",
        responses=problem_responses(401, 403, 422),
    )
    async def list_(
        self,
        reader: NamedDependency[AsyncSession],
        ticket: Annotated[str | None, QueryParameter(max_length=13)] = None,
        delivery_state: Annotated[DeliveryState | None, QueryParameter(name="state")] = None,
        channel: Annotated[DeliveryChannel | None, QueryParameter()] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=200)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    ) -> DeliveryList:
        """Return who was told what, when and by which road; receivers by name, never by address."""
        found = await list_deliveries(
            reader,
            DeliveryFilter(ticket=ticket, state=delivery_state, channel=channel),
            cursor=cursor,
            limit=limit,
        )
        return DeliveryList(
            items=[_delivery_out(row) for row in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/resend",
        status_code=200,
        operation_id="resendDeadDeliveries",
        operation_class=ApiOperation,
        summary="Send again what was given up",
        responses=problem_responses(401, 403, 422),
    )
    async def resend_all(self, tx: NamedDependency[Tx], data: JSONBody[ResendBody]) -> Restarted:
        """Send every message again that was given up, of one road or of all."""
        return Restarted(count=await resend_dead(tx, data.channel))

    @post(
        "/{delivery_id:uuid}/resend",
        status_code=204,
        operation_id="resendDelivery",
        operation_class=ApiOperation,
        summary="Send a message again",
        responses=problem_responses(401, 403, 404),
    )
    async def resend_one(self, tx: NamedDependency[Tx], delivery_id: FromPath[uuid.UUID]) -> None:
        """Send a message again that was given up or not sent, or that a program has lost."""
        await resend(tx, delivery_id)

    @post(
        "/{delivery_id:uuid}/dismiss",
        status_code=200,
        operation_id="dismissDelivery",
        operation_class=ApiOperation,
        summary="Lay a message aside",
        responses=problem_responses(401, 403),
    )
    async def dismiss(self, tx: NamedDependency[Tx], delivery_id: FromPath[uuid.UUID]) -> Dismissed:
        """Let a message that was given up be; what was not given up stays as it is."""
        return Dismissed(count=await lay_aside(tx, delivery_id))


class FactOut(Answer):
    """A fact that a job could not deal with."""

    id: uuid.UUID
    topic: str
    created_at: Instant
    parked_at: Instant
    attempts: int
    reason: str | None


class FactList(Answer):
    """Facts that were set aside, newest first."""

    items: list[FactOut]
    next_cursor: str | None = None


class ReplayBody(Body):
    """Which fact is sent again."""

    id: uuid.UUID | None = Field(default=None, description="All when left out")


class FactController(Controller):
    """Facts that were set aside."""

    path = "/facts"
    tags = ("notices",)
    guards = (requires(Permission.MANAGE_DELIVERIES),)

    @get(
        "/parked",
        operation_id="listParkedFacts",
        operation_class=ApiOperation,
        summary="List facts set aside",
        responses=problem_responses(401, 403),
    )
    async def parked(self, reader: NamedDependency[AsyncSession]) -> FactList:
        """Return the facts that jobs could not deal with."""
        return FactList(
            items=[
                FactOut(
                    id=row.id,
                    topic=row.topic,
                    created_at=row.created_at,
                    parked_at=row.parked_at,
                    attempts=row.attempts,
                    reason=row.last_error,
                )
                for row in await list_parked(reader)
            ]
        )

    @post(
        "/replay",
        status_code=200,
        operation_id="replayFacts",
        operation_class=ApiOperation,
        summary="Send facts again",
        responses=problem_responses(401, 403, 422),
    )
    async def replay(self, tx: NamedDependency[Tx], data: JSONBody[ReplayBody]) -> Restarted:
        """Send a fact again that was set aside, or all of them."""
        return Restarted(count=await replay(tx, data.id))


# -- receipts ------------------------------------------------------------------------------------


class ReceiptBody(Body):
    """What has become of a message, as its gateway says."""

    id: str = Field(min_length=1, max_length=128, description="Our id or the gateway's own")
    arrived: bool
    remark: OptionalWords = Field(default=None, max_length=200)


async def signed_by_gateway(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Pass what the gateway of the channel has signed lately.

    `X-Hotline-Signature` is the HMAC-SHA256 of timestamp and body with a dot in between, under the
    secret that we share with the gateway.

    Raises:
        ReceiptRefused: it has not, or there is no such gateway.
    """
    state = connection.app.state
    secret = (
        _settings(state).sms_secret
        if connection.path_params.get("channel") == DeliveryChannel.SMS
        else None
    )
    stamp = connection.headers.get("x-hotline-timestamp", "")
    if secret is None or not isinstance(connection, Request) or not stamp.isdecimal():
        raise ReceiptRefused
    now = state.resources.clock.now().timestamp()
    if len(stamp) > len(str(int(now))) or abs(now - int(stamp)) > RECEIPT_WINDOW_SECONDS:
        raise ReceiptRefused
    body = (await connection.body()).decode("utf-8", "replace")
    given = connection.headers.get("x-hotline-signature", "")
    if not hmac.compare_digest(sign(secret, stamp, body).encode(), given.encode()):
        raise ReceiptRefused


class ReceiptController(Controller):
    """What gateways say of messages."""

    path = "/notices/receipts"
    tags = ("notices",)

    @post(
        "/{channel:str}",
        guards=[signed_by_gateway],
        status_code=204,
        security=[{}],
        operation_id="takeReceipt",
        operation_class=ApiOperation,
        summary="Take a gateway's receipt",
        responses=problem_responses(401, 404, 422),
    )
    async def take(
        self,
        public_tx: NamedDependency[Tx],
        channel: FromPath[DeliveryChannel],
        data: JSONBody[ReceiptBody],
    ) -> None:
        """Write down that a message has arrived or could not be delivered."""
        await take_receipt(
            public_tx, channel, reference=data.id, arrived=data.arrived, remark=data.remark
        )
