"""Messages, contacts and subscriptions as people see them: names and reasons, never addresses."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.notices.contacts import ContactView, SubscriptionView
from hotline.notices.models import DeliveryChannel, DeliveryState, SuppressReason
from hotline.notices.outgoing import DeliveryRow, may_resend
from hotline.notices.requesters import RequesterNews
from hotline.notices.routing import DIGEST
from hotline.sla.policy import Rung
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name
from web.views.forms import FormState
from web.views.notices import told_text

MARKS: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "plain",
    DeliveryState.SENDING: "blue",
    DeliveryState.SENT: "blue",
    DeliveryState.DELIVERED: "green",
    DeliveryState.DEAD: "red",
    DeliveryState.SUPPRESSED: "ended",
}


STEPS: Mapping[str, str] = {
    Rung.YELLOW: N_("Reminders"),
    Rung.ORANGE: N_("Early warnings"),
    Rung.RED: N_("Limits passed"),
    Rung.URGE: N_("Urging after the limit"),
    Rung.ACT: N_("Acts of the system"),
    Rung.ORDER: N_("Supervision orders"),
    Rung.LISTING: N_("Listings for supervision"),
}
"""What a subscription may choose from."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as a line.

    Attributes:
        to: a person's or a subscription's name, or that it went to a requester.
        at: when it was sent, else when it will be, else when it was written.
        may_resend: it was given up, not sent, or went to a program.
    """

    id: uuid.UUID
    what: str
    number: str | None
    to: str
    road: str
    state: DeliveryState
    mark: str
    reason: str
    attempts: int
    at: datetime
    receipt_at: datetime | None
    may_resend: bool


def message_row(row: DeliveryRow, t: Translator) -> MessageRow:
    """Return a message as a line."""
    one = row.delivery
    return MessageRow(
        id=one.id,
        what=_what(row, t),
        number=one.ticket_number,
        to=_receiver(row, t),
        road=t.text(label(one.channel)),
        state=one.state,
        mark=MARKS[one.state],
        reason=_reason(one.last_error, t),
        attempts=one.attempts,
        at=one.sent_at or one.next_try_at,
        receipt_at=one.receipt_at,
        may_resend=may_resend(one.channel, one.state),
    )


def _what(row: DeliveryRow, t: Translator) -> str:
    one = row.delivery
    if one.kind == DIGEST:
        return t.plural(
            N_("Digest of {n} notice"), N_("Digest of {n} notices"), len(one.notice_ids)
        )
    with suppress(ValueError):
        return t.text(label(RequesterNews(one.kind)))
    return told_text(
        t, kind=one.params.get("kind"), clock=one.params.get("clock"), rung=one.params.get("rung")
    )


def _receiver(row: DeliveryRow, t: Translator) -> str:
    if row.is_to_requester:
        return t.text(N_("The requester"))
    return row.username or row.subscription or t.text(N_("A subscription that was ended"))


def _reason(error: str | None, t: Translator) -> str:
    if error is None:
        return ""
    with suppress(ValueError):
        return t.text(label(SuppressReason(error)))
    return error


def contact_form(view: ContactView) -> FormState:
    """Return a person's contact as a form; addresses are hints, not values."""
    return FormState(
        {
            "email_on": "true" if view.email_on else "",
            "sms_on": "true" if view.sms_on else "",
            "quiet_from": view.quiet_from.strftime("%H:%M"),
            "quiet_to": view.quiet_to.strftime("%H:%M"),
            "hourly_limit": str(view.hourly_limit),
        }
    )


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription as a line."""

    id: uuid.UUID
    name: str
    whose: str
    road: str
    address: str
    kinds: Sequence[str]
    is_active: bool


def subscription_row(view: SubscriptionView, t: Translator) -> SubscriptionRow:
    """Return a subscription as a line."""
    return SubscriptionRow(
        view.id,
        view.name,
        unit_name(view.department, t) if view.department else t.text(N_("All departments")),
        t.text(label(view.channel)),
        view.address,
        [kind_words(kind, t) for kind in view.kinds],
        view.is_active,
    )


def kind_words(kind: str, t: Translator) -> str:
    """Return a step of the ladder by its name, another kind as it is."""
    return t.text(STEPS[kind]) if kind in STEPS else kind


def subscription_form(view: SubscriptionView | None) -> FormState:
    """Return a subscription as a form."""
    if view is None:
        return FormState({"is_active": "true", "channel": DeliveryChannel.WEBHOOK.value})
    return FormState(
        {
            "name": view.name,
            "channel": view.channel.value,
            "department": view.department.code if view.department else "",
            "kinds": " ".join(view.kinds),
            "is_active": "true" if view.is_active else "",
        }
    )
