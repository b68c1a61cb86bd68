"""How people are reached, and which groups and programs are told along with them."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import uuid7
from hotline.notices.destinations import (
    clean_phone_number,
    destination_fault,
    emails_of,
    is_email,
    is_phone,
    mask_destination,
)
from hotline.notices.models import (
    SUBSCRIBED_CHANNELS,
    DeliveryChannel,
    Subscription,
    UserContact,
)
from hotline.notices.timing import DEFAULT_PREFERENCES
from hotline.people.actions import DepartmentNotFound, UserNotFound
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.people.queries import find_department, find_user

MOST_PER_HOUR = 500


class InvalidContact(DomainError):
    """A way to reach somebody that leads nowhere."""

    kind = ErrorKind.INVALID
    code = "invalid-contact"
    title = N_("The contact is not valid: {problem}")


class InvalidSubscription(DomainError):
    """A subscription that cannot be delivered to."""

    kind = ErrorKind.INVALID
    code = "invalid-subscription"
    title = N_("The subscription is not valid: {problem}")


class SubscriptionNotFound(DomainError):
    """No such subscription."""

    kind = ErrorKind.NOT_FOUND
    code = "subscription-not-found"
    title = N_("There is no such subscription")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """What is to change of a contact; None leaves a value as it is, an empty address removes it."""

    email: str | None = None
    phone: str | None = None
    email_on: bool | None = None
    sms_on: bool | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None
    hourly_limit: int | None = None


@dataclass(frozen=True, slots=True)
class ContactView:
    """How a person is reached, addresses masked."""

    email: str | None
    phone: str | None
    email_on: bool
    sms_on: bool
    quiet_from: time
    quiet_to: time
    hourly_limit: int


def _masked(cipher: FieldCipher, channel: DeliveryChannel, stored: bytes | None) -> str | None:
    address = cipher.decrypt(stored)
    return mask_destination(channel, address) if address else None


async def read_contact(
    session: AsyncSession, cipher: FieldCipher, user_id: uuid.UUID
) -> ContactView:
    """Return how a person is reached; the usual rules for who has never said."""
    row = await session.get(UserContact, user_id)
    if row is None:
        usual = DEFAULT_PREFERENCES
        return ContactView(
            None, None, True, True, usual.quiet_from, usual.quiet_to, usual.hourly_limit
        )
    return ContactView(
        _masked(cipher, DeliveryChannel.EMAIL, row.email),
        _masked(cipher, DeliveryChannel.SMS, row.phone),
        row.email_on,
        row.sms_on,
        row.quiet_from,
        row.quiet_to,
        row.hourly_limit,
    )


async def user_id_of(tx: Tx, username: str) -> uuid.UUID:
    """Return the account whose contact the actor may change: his own, or as administrator any.

    Raises:
        PermissionDenied: it is somebody else's and the actor may not manage users.
        UserNotFound: there is no such account.
    """
    if username != tx.actor.username:
        tx.actor.require(Permission.MANAGE_USERS)
    user = await find_user(tx.session, username)
    if user is None:
        raise UserNotFound(username=username)
    return user.id


async def save_contact(tx: Tx, username: str, change: ContactChange) -> None:
    """Change how a person is reached.

    Raises:
        PermissionDenied: it is somebody else's and the actor may not manage users.
        UserNotFound: there is no such account.
        InvalidContact: an address is malformed or a number is out of range.
    """
    user_id = await user_id_of(tx, username)
    values = _contact_values(tx.cipher, change)
    row = await tx.session.get(UserContact, user_id, with_for_update=True)
    if row is None:
        usual = DEFAULT_PREFERENCES
        row = UserContact(
            user_id=user_id,
            quiet_from=usual.quiet_from,
            quiet_to=usual.quiet_to,
            hourly_limit=usual.hourly_limit,
            updated_at=tx.now,
        )
        tx.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = tx.now


def _contact_values(cipher: FieldCipher, change: ContactChange) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(change, name)
        for name in ("email_on", "sms_on", "quiet_from", "quiet_to", "hourly_limit")
        if getattr(change, name) is not None
    }
    if change.email is not None:
        email = change.email.strip()
        if email and not is_email(email):
            raise InvalidContact(problem="this is no e-mail address")
        values["email"] = cipher.encrypt(email)
    if change.phone is not None:
        phone = clean_phone_number(change.phone)
        if phone and not is_phone(phone):
            raise InvalidContact(problem="this is no telephone number")
        values["phone"] = cipher.encrypt(phone)
    if not 0 < values.get("hourly_limit", 1) <= MOST_PER_HOUR:
        raise InvalidContact(problem="the limit per hour is a number from 1 to 500")
    return values


# -- subscriptions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """A subscription as it shall be.

    Attributes:
        department: code of the department whose people are told along; None for everybody.
        address: a URL, or e-mail addresses; None leaves it as it is.
        secret: signs what is sent; None leaves it, and makes one for a new webhook.
        kinds: steps of the ladder and other kinds that are wanted; empty for all.
    """

    name: str
    channel: DeliveryChannel
    department: str | None = None
    address: str | None = None
    secret: str | None = None
    kinds: Sequence[str] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription, its address masked."""

    id: uuid.UUID
    name: str
    department: Department | None
    channel: DeliveryChannel
    address: str
    has_secret: bool
    kinds: Sequence[str]
    is_active: bool


async def list_subscriptions(
    session: AsyncSession, cipher: FieldCipher
) -> Sequence[SubscriptionView]:
    """Return every subscription, by name."""
    rows = await session.exec(
        select(Subscription, Department)
        .join(Department, col(Department.id) == col(Subscription.department_id), isouter=True)
        .order_by(col(Subscription.name), col(Subscription.id))
    )
    return [_view(cipher, row, department) for row, department in rows]


async def find_subscription(
    session: AsyncSession, cipher: FieldCipher, subscription_id: uuid.UUID
) -> SubscriptionView:
    """Return one subscription.

    Raises:
        SubscriptionNotFound: there is none.
    """
    row = await session.get(Subscription, subscription_id)
    if row is None:
        raise SubscriptionNotFound
    department = (
        await session.get(Department, row.department_id) if row.department_id is not None else None
    )
    return _view(cipher, row, department)


def _view(
    cipher: FieldCipher, row: Subscription, department: Department | None
) -> SubscriptionView:
    return SubscriptionView(
        row.id,
        row.name,
        department,
        row.channel,
        _masked(cipher, row.channel, row.address) or "",
        row.secret is not None,
        row.kinds,
        row.is_active,
    )


async def save_subscription(
    tx: Tx,
    change: SubscriptionChange,
    *,
    subscription_id: uuid.UUID | None = None,
    allow_loopback: bool = False,
) -> tuple[uuid.UUID, str | None]:
    """Add a subscription or change one; return its id, and the secret if one was made for it.

    Args:
        tx: the transaction.
        change: as it shall be.
        subscription_id: which one; None for a new one.
        allow_loopback: this machine itself may be called.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        SubscriptionNotFound: there is none with this id.
        DepartmentNotFound: there is no such department.
        InvalidSubscription: it cannot be delivered to.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    row = await _own_row(tx, subscription_id)
    needs_address = row is None or row.channel is not change.channel
    _check(change, needs_address=needs_address, allow_loopback=allow_loopback)
    values: dict[str, Any] = {
        "name": change.name.strip(),
        "department_id": await _department_id(tx, change.department),
        "channel": change.channel,
        "kinds": list(dict.fromkeys(change.kinds)),
        "is_active": change.is_active,
        "updated_at": tx.now,
    }
    if change.address is not None:
        address = change.address.strip()
        if change.channel is DeliveryChannel.EMAIL:
            address = ", ".join(emails_of(address))
        values["address"] = tx.cipher.encrypt(address)
    made = None
    if row is None and change.channel is DeliveryChannel.WEBHOOK and not change.secret:
        made = secrets.token_urlsafe(32)
    if change.secret is not None or made:
        values["secret"] = tx.cipher.encrypt(made or change.secret)
    if row is None:
        row = Subscription(id=uuid7(tx.now), created_at=tx.now, **values)
        tx.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    return row.id, made


async def _own_row(tx: Tx, subscription_id: uuid.UUID | None) -> Subscription | None:
    if subscription_id is None:
        return None
    row = await tx.session.get(Subscription, subscription_id, with_for_update=True)
    if row is None:
        raise SubscriptionNotFound
    return row


async def _department_id(tx: Tx, code: str | None) -> int | None:
    if not code:
        return None
    department = await find_department(tx.session, code)
    if department is None:
        raise DepartmentNotFound(department=code)
    return department.id


def _check(change: SubscriptionChange, *, needs_address: bool, allow_loopback: bool) -> None:
    if not change.name.strip():
        raise InvalidSubscription(problem="a subscription needs a name")
    if change.channel not in SUBSCRIBED_CHANNELS:
        raise InvalidSubscription(problem="text messages go to persons only")
    if change.address is None:
        if needs_address:
            raise InvalidSubscription(problem="a subscription needs an address")
        return
    fault = destination_fault(change.channel, change.address, allow_loopback=allow_loopback)
    if fault is not None:
        raise InvalidSubscription(problem=fault)


async def remove_subscription(tx: Tx, subscription_id: uuid.UUID) -> None:
    """End a subscription; what it was told stays in the log.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        SubscriptionNotFound: there is none.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    done = await tx.session.exec(
        delete(Subscription).where(col(Subscription.id) == subscription_id)
    )
    if done.rowcount == 0:
        raise SubscriptionNotFound
