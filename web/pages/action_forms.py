"""The form of every action: its fields are the arguments of the function that does it."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hotline.followup.actions import close_unreached, record_own_visit, record_visit
from hotline.followup.rules import VisitAnswer
from hotline.kernel.errors import N_
from hotline.people.principal import Tx
from hotline.procedures.extensions import decide_extension, request_extension
from hotline.procedures.final_replies import (
    decide_final_reply,
    request_final_reply,
    review_final_reply,
)
from hotline.procedures.ratings import (
    appeal_rating,
    contact_rater,
    decide_rating_check,
    open_rating_check,
    propose_unfounded,
)
from hotline.procedures.rectification import (
    complete_milestone,
    decide_rectification,
    end_rectification,
    refuse_close_out,
    request_close_out,
    request_rectification,
)
from hotline.procedures.refusals import decide_refusal, refuse_ticket
from hotline.procedures.repeats import decide_repeat, explain_repeat
from hotline.procedures.returns import (
    decide_arbitration,
    decide_return,
    dispute_return,
    refer_to_arbitration,
    request_return,
    withdraw_return,
)
from hotline.procedures.rules import (
    ExtensionReason,
    FinalReplyReason,
    PauseReason,
    ReturnReason,
)
from hotline.procedures.supplements import (
    cancel_unsupplemented,
    decide_supplement,
    provide_supplement,
    request_supplement,
)
from hotline.procedures.suspensions import (
    decide_suspension,
    end_suspension,
    request_suspension,
    review_suspension,
)
from hotline.supervision.actions import (
    acknowledge_order,
    answer_order,
    issue_order,
    raise_order,
    verify_order,
)
from hotline.supervision.rules import OrderLevel, OrderReason
from hotline.tickets.actions.acceptance import accept_ticket, answer_ticket, transfer_ticket_out
from hotline.tickets.actions.closing import (
    archive_ticket,
    object_to_refusal,
    reopen_ticket,
    withdraw_ticket,
)
from hotline.tickets.actions.dispatch import direct_dispatch_ticket, dispatch_ticket
from hotline.tickets.actions.feedback import (
    AuditGround,
    NoContactReason,
    pass_audit,
    reject_audit,
    submit_feedback,
)
from hotline.tickets.actions.following import contribute_to_matter
from hotline.tickets.actions.handling import (
    ContactMethod,
    answer_urge,
    note_ticket,
    record_contact,
    report_progress,
    sign_ticket,
    submit_opinion,
    urge_ticket,
)
from hotline.tickets.actions.merging import merge_ticket, split_ticket
from hotline.tickets.actions.naming import name_handler
from hotline.tickets.actions.policies import reclassify_ticket
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import RequestType, Ticket, Urgency
from hotline.tickets.onsite.actions import Entry, check_in
from hotline.tickets.onsite.rules import Moment
from hotline.tickets.ratings import UnfoundedReason
from web.pages.meeting_forms import MEETING_FORMS
from web.views.catalogue import OVERRIDE
from web.views.fields import COLLEAGUES, OPINIONS, Field, Kind


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
_EXPLANATION = Field("explanation", N_("Explanation"))
_APPROVE = Field(
    "approve", N_("Decision"), Kind.YES_NO, words=(N_("Approve"), N_("Do not approve"))
)
_TOLD = (
    Field("told_how", N_("How the requester was told"), Kind.CHOICE, of=ContactMethod),
    Field(
        "told_at",
        N_("When the requester was told"),
        Kind.INSTANT,
        hint=N_("He is told first; it cannot lie ahead."),
    ),
)
_EVIDENCE = Field(
    "evidence",
    N_("Evidence"),
    Kind.LINES,
    hint=N_("Photographs, minutes, documents: one reference a line."),
)
_EVIDENCE_IF_ANY = Field(
    "evidence",
    N_("Evidence"),
    Kind.LINES,
    required=False,
    hint=N_("Photographs, minutes, documents: one reference a line."),
)
_REVIEW_AT = Field(
    "review_at",
    N_("Next review"),
    Kind.INSTANT,
    required=False,
    hint=N_("Within 30 days, 180 in all; beyond 5 working days the authority decides."),
)
_DEPARTMENT = Field("department", N_("Lead department"), Kind.DEPARTMENT)


ANONYMOUS = Field(
    "is_anonymous",
    N_("The department is not to know what the requester said"),
    Kind.CHECK,
    required=False,
)


async def _record_visit(
    tx: Tx,
    number: str,
    *,
    reached: bool,
    solved: bool | None,
    rating: int | None,
    was_contacted: bool | None,
    note: str | None,
    is_anonymous: bool,
    expected_version: int | None,
) -> Ticket:
    answer = VisitAnswer(reached, solved, rating, was_contacted)
    return await record_visit(
        tx,
        number,
        answer,
        note=note,
        is_anonymous=is_anonymous,
        expected_version=expected_version,
    )


async def _check_in(
    tx: Tx, number: str, *, moment: Moment, note: str, expected_version: int | None
) -> Ticket:
    entry = Entry(uuid.uuid4(), moment, note)
    return await check_in(tx, number, entry, expected_version=expected_version)


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
                Field(
                    "and_dispatch",
                    N_("Dispatch at once, as the catalogue says"),
                    Kind.CHECK,
                    required=False,
                    hint=N_("Both or nothing: the catalogue is sure whose duty it is."),
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
            (
                Field("parent", N_("Number of the ticket it follows"), Kind.LINE, most=13),
                Field(
                    "is_confirmed",
                    N_("It is one matter, though type or area differ"),
                    Kind.CHECK,
                    required=False,
                ),
            ),
        ),
        Action.SPLIT: ActionForm(split_ticket, (_reason(hint=N_("The requester reads it.")),)),
        Action.CONTRIBUTE: ActionForm(
            contribute_to_matter,
            (Field("text", N_("What the requester has to add"), most=5000),),
        ),
        Action.EXPLAIN_REPEAT: ActionForm(
            explain_repeat,
            (
                Field(
                    "earlier",
                    N_("Number of the earlier ticket"),
                    Kind.LINE,
                    most=13,
                    hint=N_("It must have ended, and be the same requester's."),
                ),
                Field(
                    "explanation",
                    N_("Explanation to the requester"),
                    hint=N_("A second person decides; then the requester reads it."),
                ),
            ),
        ),
        Action.DECIDE_REPEAT: ActionForm(decide_repeat, (_APPROVE, _EXPLANATION)),
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
                Field(
                    "deviation",
                    N_("Reason for dispatching elsewhere than the catalogue says"),
                    Kind.LINE,
                    required=False,
                    hint=N_("Only where the catalogue is sure and you choose another department."),
                    most=500,
                ),
                OVERRIDE,
            ),
        ),
        Action.DIRECT_DISPATCH: ActionForm(
            direct_dispatch_ticket,
            (Field("note", N_("Words for the departments"), required=False),),
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
        Action.CHECK_IN: ActionForm(
            _check_in,
            (
                Field("moment", N_("How far the work on site is"), Kind.CHOICE, of=Moment),
                Field(
                    "note",
                    N_("What was seen and done"),
                    hint=N_("Place and photographs: on the page for the spot."),
                    most=2000,
                ),
            ),
        ),
        Action.NAME_HANDLER: ActionForm(
            name_handler,
            (
                Field("colleague", N_("Colleague"), Kind.DEPARTMENT, among=COLLEAGUES),
                Field("note", N_("Words for the colleague"), required=False, most=2000),
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
                    "used_opinions",
                    N_("Opinions that went into the reply"),
                    Kind.DEPARTMENTS,
                    required=False,
                    among=OPINIONS,
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
            reject_audit,
            (
                _reason(hint=N_("What is to be done again, or better.")),
                Field(
                    "ground",
                    N_("What is wrong with it"),
                    Kind.CHOICE,
                    required=False,
                    of=AuditGround,
                    hint=N_("A reply beside the point becomes an event of the credit ledger."),
                ),
            ),
        ),
        Action.REOPEN: ActionForm(
            reopen_ticket, (_reason(hint=N_("What has come back, or the new fact.")),)
        ),
        Action.ARCHIVE: ActionForm(
            archive_ticket,
            question=N_("Archive this ticket? Nothing can be done to it afterwards."),
        ),
        Action.URGE: ActionForm(urge_ticket, (_NOTE,)),
        Action.ANSWER_URGE: ActionForm(
            answer_urge,
            (
                Field(
                    "reply",
                    N_("Answer to the urging"),
                    hint=N_("How far it is and when it will be done; the requester reads it."),
                ),
            ),
        ),
        Action.NOTE: ActionForm(note_ticket, (Field("note", N_("Note for the hotline's staff")),)),
        Action.RECORD_VISIT: ActionForm(
            _record_visit,
            (
                Field(
                    "reached",
                    N_("Was the requester reached?"),
                    Kind.YES_NO,
                    words=(N_("Reached"), N_("Not reached")),
                ),
                Field(
                    "was_contacted",
                    N_("Did the department speak with the requester?"),
                    Kind.YES_NO,
                    required=False,
                ),
                Field(
                    "solved",
                    N_("Is the matter solved?"),
                    Kind.YES_NO,
                    required=False,
                    words=(N_("Solved"), N_("Not solved")),
                ),
                Field(
                    "rating",
                    N_("Rating"),
                    Kind.RATING,
                    required=False,
                    hint=N_("Only what the requester said; none is ever assumed."),
                ),
                Field("note", N_("The requester's words"), required=False),
                ANONYMOUS,
            ),
        ),
        Action.CLOSE_UNREACHED: ActionForm(
            close_unreached,
            question=N_("Close this ticket because nobody could be reached?"),
        ),
        Action.RECORD_OWN_VISIT: ActionForm(
            record_own_visit,
            (
                Field(
                    "solved",
                    N_("Is the matter solved?"),
                    Kind.YES_NO,
                    words=(N_("Solved"), N_("Not solved")),
                    hint=N_("It closes nothing and scores nothing; the hotline asks for itself."),
                ),
                Field("rating", N_("Rating"), Kind.RATING, required=False),
                Field("note", N_("The requester's words"), required=False),
            ),
        ),
        Action.REFUSE: ActionForm(
            refuse_ticket,
            (
                _reason(hint=N_("A second person decides.")),
                Field("where_to", N_("Where the requester can turn to"), Kind.LINE, most=200),
            ),
        ),
        Action.DECIDE_REFUSAL: ActionForm(decide_refusal, (_APPROVE, _EXPLANATION)),
        Action.REQUEST_SUPPLEMENT: ActionForm(
            request_supplement,
            (
                Field(
                    "items",
                    N_("What is missing"),
                    Kind.LINES,
                    hint=N_("Everything at once, one item a line."),
                ),
            ),
        ),
        Action.DECIDE_SUPPLEMENT: ActionForm(decide_supplement, (_APPROVE, _EXPLANATION)),
        Action.PROVIDE_SUPPLEMENT: ActionForm(
            provide_supplement,
            (
                Field("items", N_("What the requester provided"), Kind.ITEMS, required=False),
                Field(
                    "text",
                    N_("Words on the whole"),
                    required=False,
                    hint=N_("With them the checklist counts as answered, whatever is left out."),
                ),
            ),
        ),
        Action.CANCEL_UNSUPPLEMENTED: ActionForm(
            cancel_unsupplemented,
            (_reason(),),
            question=N_("Withdraw this ticket? It ends here."),
        ),
        **{action: ActionForm(*parts) for action, parts in MEETING_FORMS.items()},
        Action.REQUEST_RETURN: ActionForm(
            request_return,
            (
                Field("reason", N_("Reason"), Kind.CHOICE, of=ReturnReason),
                Field(
                    "suggested_department",
                    N_("Whose duty it is"),
                    Kind.DEPARTMENT,
                    hint=N_("Never your own; there is always a unit that goes on with it."),
                ),
                _EXPLANATION,
                Field("legal_basis", N_("Legal basis"), Kind.LINE, required=False, most=300),
                Field(
                    "evidence",
                    N_("Evidence"),
                    Kind.LINES,
                    required=False,
                    hint=N_("Photographs, minutes, documents: one reference a line."),
                ),
                Field("leader", N_("Leader who answers for it"), Kind.LINE, most=80),
            ),
            question=N_("Ask to return this ticket? Your department can ask only once."),
        ),
        Action.DECIDE_RETURN: ActionForm(
            decide_return,
            (
                Field(
                    "uphold",
                    N_("Decision"),
                    Kind.YES_NO,
                    words=(N_("Take it back"), N_("The department keeps it")),
                ),
                Field(
                    "department",
                    N_("Next department"),
                    Kind.DEPARTMENT,
                    required=False,
                    hint=N_("Left empty, the ticket goes back to the dispatch desk."),
                ),
                _EXPLANATION,
                OVERRIDE,
            ),
        ),
        Action.WITHDRAW_RETURN: ActionForm(
            withdraw_return,
            (Field("note", N_("Note"), required=False),),
            question=N_("Withdraw the return? Your department cannot ask again."),
        ),
        Action.DISPUTE_RETURN: ActionForm(
            dispute_return,
            (
                Field(
                    "explanation",
                    N_("Explanation"),
                    hint=N_("The authority decides; its decision is the last word."),
                ),
            ),
            question=N_("Take the rejection to the authority? Its decision is the last word."),
        ),
        Action.REFER_ARBITRATION: ActionForm(refer_to_arbitration, (_reason(),)),
        Action.DECIDE_ARBITRATION: ActionForm(
            decide_arbitration,
            (_DEPARTMENT, _EXPLANATION),
            question=N_("Designate this department? It cannot return the ticket any more."),
        ),
        Action.REQUEST_EXTENSION: ActionForm(
            request_extension,
            (
                Field(
                    "until",
                    N_("New limit"),
                    Kind.INSTANT,
                    hint=N_("3 working days more at most, and no more than the first limit."),
                ),
                Field("reason", N_("Reason"), Kind.CHOICE, of=ExtensionReason),
                _EXPLANATION,
                *_TOLD,
            ),
        ),
        Action.DECIDE_EXTENSION: ActionForm(decide_extension, (_APPROVE, _EXPLANATION)),
        Action.REQUEST_SUSPENSION: ActionForm(
            request_suspension,
            (
                Field("reason", N_("Reason"), Kind.CHOICE, of=PauseReason),
                _EXPLANATION,
                _EVIDENCE,
                *_TOLD,
            ),
        ),
        Action.DECIDE_SUSPENSION: ActionForm(
            decide_suspension, (_APPROVE, _REVIEW_AT, _EXPLANATION)
        ),
        Action.REVIEW_SUSPENSION: ActionForm(
            review_suspension,
            (
                Field(
                    "goes_on",
                    N_("Decision"),
                    Kind.YES_NO,
                    words=(N_("The suspension goes on"), N_("The work goes on")),
                ),
                _REVIEW_AT,
                _EXPLANATION,
            ),
        ),
        Action.END_SUSPENSION: ActionForm(end_suspension, (_NOTE,)),
        Action.REQUEST_RECTIFICATION: ActionForm(
            request_rectification,
            (
                _reason(),
                Field(
                    "milestones",
                    N_("Milestones"),
                    Kind.MILESTONES,
                    hint=N_("2 to 12, one a line: 2026-12-01 who answers: what is done by then"),
                ),
                *_TOLD,
            ),
        ),
        Action.DECIDE_RECTIFICATION: ActionForm(decide_rectification, (_APPROVE, _EXPLANATION)),
        Action.COMPLETE_MILESTONE: ActionForm(
            complete_milestone,
            (
                Field("milestone", N_("Milestone"), Kind.MILESTONE),
                Field("note", N_("What was done"), hint=N_("The requester reads it.")),
                _EVIDENCE,
                *_TOLD,
            ),
        ),
        Action.REQUEST_CLOSE_OUT: ActionForm(
            request_close_out,
            (
                Field("summary", N_("What the plan has brought")),
                _EVIDENCE,
            ),
        ),
        Action.REFUSE_CLOSE_OUT: ActionForm(
            refuse_close_out, (_reason(hint=N_("What the department still has to show.")),)
        ),
        Action.END_RECTIFICATION: ActionForm(
            end_rectification,
            (
                Field(
                    "completed",
                    N_("Outcome of the plan"),
                    Kind.YES_NO,
                    words=(N_("Completed"), N_("Failed")),
                ),
                _EXPLANATION,
            ),
        ),
        Action.REQUEST_FINAL_REPLY: ActionForm(
            request_final_reply,
            (
                Field("reply", N_("Final reply to the requester")),
                Field("reason", N_("Reason"), Kind.CHOICE, of=FinalReplyReason),
                Field("basis", N_("Legal basis and what was done")),
                _EVIDENCE_IF_ANY,
            ),
        ),
        Action.REVIEW_FINAL_REPLY: ActionForm(review_final_reply, (_APPROVE, _EXPLANATION)),
        Action.DECIDE_FINAL_REPLY: ActionForm(decide_final_reply, (_APPROVE, _EXPLANATION)),
        Action.OPEN_RATING_CHECK: ActionForm(open_rating_check, (_reason(),)),
        Action.APPEAL_RATING: ActionForm(
            appeal_rating,
            (
                Field("reason", N_("Reason"), Kind.CHOICE, of=UnfoundedReason),
                _EXPLANATION,
                _EVIDENCE,
            ),
        ),
        Action.CONTACT_RATER: ActionForm(
            contact_rater,
            (
                Field(
                    "reached",
                    N_("Was the requester reached?"),
                    Kind.YES_NO,
                    words=(N_("Reached"), N_("Not reached")),
                ),
                Field("note", N_("What was said")),
            ),
        ),
        Action.PROPOSE_UNFOUNDED: ActionForm(
            propose_unfounded,
            (
                Field(
                    "reason",
                    N_("Reason"),
                    Kind.CHOICE,
                    of=UnfoundedReason,
                    hint=N_("A second person confirms it; the rating is kept and marked."),
                ),
                _EXPLANATION,
            ),
        ),
        Action.DECIDE_RATING_CHECK: ActionForm(
            decide_rating_check,
            (
                Field(
                    "founded",
                    N_("Is the bad rating founded?"),
                    Kind.YES_NO,
                    words=(N_("Founded"), N_("Unfounded")),
                ),
                _EXPLANATION,
            ),
        ),
        Action.ISSUE_ORDER: ActionForm(
            issue_order,
            (
                Field("level", N_("Level of the order"), Kind.CHOICE, of=OrderLevel),
                Field("reason", N_("Reason"), Kind.CHOICE, of=OrderReason),
                Field("demand", N_("What the department has to do")),
                Field(
                    "reply_limit",
                    N_("Time for the reply"),
                    Kind.LIMIT,
                    required=False,
                    hint=N_("Left empty: 24 hours for a letter or an order, 3 days above."),
                ),
            ),
        ),
        Action.ACKNOWLEDGE_ORDER: ActionForm(acknowledge_order),
        Action.ANSWER_ORDER: ActionForm(
            answer_order,
            (
                Field(
                    "reply",
                    N_("Reply to the order"),
                    hint=N_("What was done, why it took so long, when it will be finished."),
                ),
            ),
        ),
        Action.VERIFY_ORDER: ActionForm(
            verify_order,
            (
                Field(
                    "accept",
                    N_("Is the reply good?"),
                    Kind.YES_NO,
                    words=(N_("Good"), N_("Not good: the time for a reply begins anew")),
                ),
                _EXPLANATION,
            ),
        ),
        Action.RAISE_ORDER: ActionForm(
            raise_order,
            (_reason(),),
            question=N_("Raise this order one level? The department's time begins anew."),
        ),
        Action.RECLASSIFY: ActionForm(
            reclassify_ticket,
            (
                Field(
                    "urgency",
                    N_("Urgency"),
                    Kind.CHOICE,
                    required=False,
                    of=Urgency,
                    hint=N_("What is left empty stays as it is."),
                ),
                Field(
                    "request_type",
                    N_("Request type"),
                    Kind.CHOICE,
                    required=False,
                    of=RequestType,
                ),
                Field(
                    "category",
                    N_("Code of the category"),
                    Kind.LINE,
                    required=False,
                    hint=N_("Such as urban.roads"),
                    most=96,
                ),
                Field("area", N_("Area"), Kind.LINE, required=False, most=64),
                _reason(
                    hint=N_(
                        "The limits follow from it: what was used stays used, the rest is counted anew."
                    )
                ),
            ),
        ),
    }
)
