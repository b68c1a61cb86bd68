"""The form of every action: its fields are the arguments of the function that does it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hotline.kernel.errors import N_
from hotline.tickets.actions.acceptance import accept_ticket, answer_ticket, transfer_ticket_out
from hotline.tickets.actions.closing import (
    archive_ticket,
    object_to_refusal,
    reopen_ticket,
    withdraw_ticket,
)
from hotline.tickets.actions.dispatch import dispatch_ticket
from hotline.tickets.actions.feedback import (
    NoContactReason,
    pass_audit,
    reject_audit,
    submit_feedback,
)
from hotline.tickets.actions.handling import (
    ContactMethod,
    note_ticket,
    record_contact,
    report_progress,
    sign_ticket,
    submit_opinion,
    urge_ticket,
)
from hotline.tickets.actions.merging import merge_ticket, split_ticket
from hotline.tickets.lifecycle import Action
from web.views.fields import Field, Kind


@dataclass(frozen=True, slots=True)
class ActionForm:
    """What is asked before an action, and the function that does it.

    Attributes:
        run: takes the transaction, the ticket's number, the fields by name and `expected_version`.
        fields: what is asked.
        question: message id of a last question, for what cannot be taken back.
    """

    run: Callable[..., Awaitable[Any]]
    fields: Sequence[Field] = ()
    question: str | None = None


def _reason(text: str = N_("Reason"), hint: str | None = None) -> Field:
    return Field("reason", text, hint=hint)


_NOTE = Field("note", N_("Note"))

FORMS: Mapping[Action, ActionForm] = MappingProxyType(
    {
        Action.ACCEPT: ActionForm(
            accept_ticket,
            (
                Field(
                    "promise",
                    N_("Promise"),
                    hint=N_("What will be done; the requester reads it. The limit goes with it."),
                ),
                Field(
                    "handler_limit",
                    N_("Stricter limit for the department"),
                    Kind.LIMIT,
                    required=False,
                    hint=N_("Left empty, the limit of the policy holds."),
                ),
            ),
        ),
        Action.ANSWER: ActionForm(
            answer_ticket,
            (
                Field("reply", N_("Reply to the requester")),
                Field(
                    "is_confirmed",
                    N_("The requester said on the call that this settles it"),
                    Kind.CHECK,
                    required=False,
                    hint=N_("Otherwise a return visit follows."),
                ),
            ),
        ),
        Action.TRANSFER_OUT: ActionForm(
            transfer_ticket_out,
            (
                Field(
                    "target",
                    N_("To whom"),
                    Kind.LINE,
                    hint=N_("110, 119, 120, a court, the petition office ..."),
                    most=80,
                ),
                _reason(hint=N_("The requester reads it.")),
            ),
        ),
        Action.MERGE: ActionForm(
            merge_ticket,
            (Field("parent", N_("Number of the ticket it follows"), Kind.LINE, most=13),),
        ),
        Action.SPLIT: ActionForm(split_ticket, (_reason(),)),
        Action.WITHDRAW: ActionForm(
            withdraw_ticket,
            (_reason(hint=N_("The requester reads it.")),),
            question=N_("Withdraw this ticket? It ends here."),
        ),
        Action.OBJECT: ActionForm(object_to_refusal, (_reason(),)),
        Action.DISPATCH: ActionForm(
            dispatch_ticket,
            (
                Field("department", N_("Lead department"), Kind.DEPARTMENT),
                Field(
                    "co_departments",
                    N_("Co-handling departments"),
                    Kind.DEPARTMENTS,
                    required=False,
                ),
                Field("note", N_("Words for the departments"), required=False),
            ),
        ),
        Action.SIGN: ActionForm(sign_ticket),
        Action.CONTACT: ActionForm(
            record_contact,
            (
                Field("method", N_("How"), Kind.CHOICE, of=ContactMethod),
                Field(
                    "reached",
                    N_("Was the requester reached?"),
                    Kind.YES_NO,
                    words=(N_("Reached"), N_("Not reached")),
                ),
                Field("note", N_("What was said")),
            ),
        ),
        Action.PROGRESS: ActionForm(
            report_progress,
            (
                Field("note", N_("What was done"), hint=N_("The requester reads it.")),
                Field("done_step", N_("Step that is done"), Kind.STEP, required=False),
            ),
        ),
        Action.SUBMIT_OPINION: ActionForm(submit_opinion, (Field("opinion", N_("Opinion")),)),
        Action.SUBMIT_FEEDBACK: ActionForm(
            submit_feedback,
            (
                Field("result", N_("What was done"), hint=N_("For the hotline.")),
                Field("reply", N_("Reply to the requester")),
                Field(
                    "resolved",
                    N_("Is the matter solved?"),
                    Kind.YES_NO,
                    words=(N_("Solved"), N_("Explained: policy does not allow it")),
                ),
                Field(
                    "evidence",
                    N_("Evidence"),
                    Kind.LINES,
                    required=False,
                    hint=N_("Photographs, minutes, documents: one reference a line."),
                ),
                Field(
                    "no_contact_reason",
                    N_("Why nobody spoke with the requester"),
                    Kind.CHOICE,
                    required=False,
                    of=NoContactReason,
                    hint=N_("Only when no contact is recorded."),
                ),
            ),
        ),
        Action.PASS_AUDIT: ActionForm(
            pass_audit, question=N_("Pass the audit? The reply then goes to the requester.")
        ),
        Action.REJECT_AUDIT: ActionForm(
            reject_audit, (_reason(hint=N_("What is to be done again, or better.")),)
        ),
        Action.REOPEN: ActionForm(
            reopen_ticket, (_reason(hint=N_("What has come back, or the new fact.")),)
        ),
        Action.ARCHIVE: ActionForm(
            archive_ticket,
            question=N_("Archive this ticket? Nothing can be done to it afterwards."),
        ),
        Action.URGE: ActionForm(urge_ticket, (_NOTE,)),
        Action.NOTE: ActionForm(note_ticket, (Field("note", N_("Note for the hotline's staff")),)),
    }
)
