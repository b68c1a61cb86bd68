"""Every action on a ticket as `POST /api/v1/tickets/{number}/<action>`: one table, one route each."""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from litestar import post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter, JSONBody
from pydantic import ValidationError

from hotline.followup.actions import close_unreached, record_own_visit, record_visit
from hotline.meetings import whistles
from hotline.people.principal import Tx
from hotline.procedures import (
    consultations,
    extensions,
    final_replies,
    ratings,
    rectification,
    refusals,
    repeats,
    returns,
    supplements,
    suspensions,
)
from hotline.supervision import actions as supervision
from hotline.tickets.actions import (
    acceptance,
    closing,
    cohandling,
    dispatch,
    feedback,
    following,
    handling,
    merging,
    naming,
    policies,
)
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Ticket
from hotline.tickets.queries import read_holdings, ticket_detail
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody
from web.api.ticket_schemas import TicketOut, ticket_out
from web.api.v1 import bodies, meeting_bodies
from web.api.v1.onsite_bodies import CheckInBody, ColleagueBody, check_in_as_said
from web.security.guards import signed_in

B = TypeVar("B", bound=ActionBody)

Perform = Callable[[Tx, str, Any, int | None], Awaitable[Ticket]]


@dataclass(frozen=True, slots=True)
class ActionRoute:
    """One action: its body, what it calls, and what it says in the documentation."""

    action: Action
    body: type[ActionBody]
    perform: Perform

    @property
    def path(self) -> str:
        """The last part of the path: the action's name with hyphens."""
        return self.action.value.replace("_", "-")

    @property
    def operation_id(self) -> str:
        """The operation's name: acceptTicket, recordVisitTicket, ..."""
        words = self.action.value.split("_")
        return words[0] + "".join(word.capitalize() for word in words[1:]) + "Ticket"


def _plain(function: Callable[..., Awaitable[Ticket]], **renamed: str) -> Perform:
    """Call an action whose arguments are the body's fields, some of them under another name."""

    async def perform(tx: Tx, number: str, body: ActionBody, version: int | None) -> Ticket:
        fields = {
            renamed.get(name, name): getattr(body, name)
            for name in type(body).model_fields
            if name != "expected_version"
        }
        return await function(tx, number, expected_version=version, **fields)

    perform.__doc__ = inspect.getdoc(function)
    return perform


async def _record_visit(tx: Tx, number: str, body: bodies.VisitBody, version: int | None) -> Ticket:
    """Record one attempt to ask the requester, and do what follows from his answer."""
    return await record_visit(
        tx,
        number,
        body.to_answer(),
        note=body.note,
        is_anonymous=body.anonymous,
        requester_id=body.requester,
        expected_version=version,
    )


async def _request_rectification(
    tx: Tx, number: str, body: bodies.RectificationBody, version: int | None
) -> Ticket:
    """Put a plan with milestones before the supervisor, where nothing can be fixed soon."""
    return await rectification.request_rectification(
        tx,
        number,
        reason=body.reason,
        milestones=[milestone.to_milestone() for milestone in body.milestones],
        told_how=body.told_how,
        told_at=body.told_at,
        expected_version=version,
    )


async def _decide_consultation(
    tx: Tx, number: str, body: meeting_bodies.ConsultationDecisionBody, version: int | None
) -> Ticket:
    """End a consultation by dispatching; whose duty it was found to be is kept as a precedent."""
    return await consultations.decide_consultation(
        tx,
        number,
        department=body.department,
        co_departments=body.co_departments,
        explanation=body.explanation,
        attended=body.attended,
        tasks=[task.to_task() for task in body.tasks],
        override_reason=body.override_reason,
        expected_version=version,
    )


async def _decide_whistle(
    tx: Tx, number: str, body: meeting_bodies.WhistleDecisionBody, version: int | None
) -> Ticket:
    """Write what a whistled meeting decided: who came, who has what to do, who co-handles."""
    return await whistles.decide_whistle(
        tx,
        number,
        decision=body.decision,
        attended=body.attended,
        tasks=[task.to_task() for task in body.tasks],
        co_departments=body.co_departments,
        duty=body.duty,
        minutes=body.minutes,
        expected_version=version,
    )


_A = Action

ACTION_ROUTES: tuple[ActionRoute, ...] = (
    ActionRoute(_A.ACCEPT, bodies.AcceptBody, _plain(acceptance.accept_ticket)),
    ActionRoute(
        _A.ANSWER, bodies.AnswerBody, _plain(acceptance.answer_ticket, confirmed="is_confirmed")
    ),
    ActionRoute(_A.REFUSE, bodies.RefuseBody, _plain(refusals.refuse_ticket)),
    ActionRoute(_A.DECIDE_REFUSAL, bodies.DecisionBody, _plain(refusals.decide_refusal)),
    ActionRoute(_A.OBJECT, bodies.ReasonBody, _plain(closing.object_to_refusal)),
    ActionRoute(_A.TRANSFER_OUT, bodies.TransferOutBody, _plain(acceptance.transfer_ticket_out)),
    ActionRoute(_A.MERGE, bodies.MergeBody, _plain(merging.merge_ticket, confirmed="is_confirmed")),
    ActionRoute(_A.SPLIT, bodies.ReasonBody, _plain(merging.split_ticket)),
    ActionRoute(_A.CONTRIBUTE, bodies.TextBody, _plain(following.contribute_to_matter)),
    ActionRoute(_A.EXPLAIN_REPEAT, bodies.RepeatBody, _plain(repeats.explain_repeat)),
    ActionRoute(_A.DECIDE_REPEAT, bodies.DecisionBody, _plain(repeats.decide_repeat)),
    ActionRoute(_A.WITHDRAW, bodies.ReasonBody, _plain(closing.withdraw_ticket)),
    ActionRoute(_A.DISPATCH, bodies.DispatchBody, _plain(dispatch.dispatch_ticket)),
    ActionRoute(
        _A.DIRECT_DISPATCH, bodies.DirectDispatchBody, _plain(dispatch.direct_dispatch_ticket)
    ),
    ActionRoute(_A.SIGN, ActionBody, _plain(handling.sign_ticket)),
    ActionRoute(_A.CONTACT, bodies.ContactBody, _plain(handling.record_contact)),
    ActionRoute(_A.PROGRESS, bodies.ProgressBody, _plain(handling.report_progress)),
    ActionRoute(_A.CHECK_IN, CheckInBody, check_in_as_said),
    ActionRoute(_A.NAME_HANDLER, ColleagueBody, _plain(naming.name_handler)),
    ActionRoute(_A.SIGN_CO, ActionBody, _plain(cohandling.sign_co)),
    ActionRoute(_A.REPORT_STAGE, meeting_bodies.StageBody, _plain(cohandling.report_stage)),
    ActionRoute(_A.EXPLAIN_DELAY, bodies.ReasonBody, _plain(cohandling.explain_delay)),
    ActionRoute(_A.SUBMIT_OPINION, bodies.OpinionBody, _plain(handling.submit_opinion)),
    ActionRoute(
        _A.PROPOSE_CO_DEPARTMENT, meeting_bodies.PartBody, _plain(cohandling.propose_co_department)
    ),
    ActionRoute(
        _A.ADD_CO_DEPARTMENT, meeting_bodies.NewPartBody, _plain(cohandling.add_co_department)
    ),
    ActionRoute(
        _A.RELEASE_CO_DEPARTMENT, meeting_bodies.PartBody, _plain(cohandling.release_co_department)
    ),
    ActionRoute(_A.ASK_AGAIN, meeting_bodies.PartBody, _plain(cohandling.ask_again)),
    ActionRoute(_A.SUBMIT_FEEDBACK, bodies.FeedbackBody, _plain(feedback.submit_feedback)),
    ActionRoute(_A.PASS_AUDIT, ActionBody, _plain(feedback.pass_audit)),
    ActionRoute(_A.REJECT_AUDIT, bodies.AuditRejectionBody, _plain(feedback.reject_audit)),
    ActionRoute(_A.RECORD_VISIT, bodies.VisitBody, _record_visit),
    ActionRoute(_A.CLOSE_UNREACHED, ActionBody, _plain(close_unreached)),
    ActionRoute(_A.RECORD_OWN_VISIT, bodies.OwnVisitBody, _plain(record_own_visit)),
    ActionRoute(_A.REOPEN, bodies.ReasonBody, _plain(closing.reopen_ticket)),
    ActionRoute(_A.ARCHIVE, ActionBody, _plain(closing.archive_ticket)),
    ActionRoute(_A.URGE, bodies.NoteBody, _plain(handling.urge_ticket)),
    ActionRoute(_A.ANSWER_URGE, bodies.UrgeReplyBody, _plain(handling.answer_urge)),
    ActionRoute(_A.NOTE, bodies.NoteBody, _plain(handling.note_ticket)),
    ActionRoute(
        _A.REQUEST_SUPPLEMENT, bodies.SupplementBody, _plain(supplements.request_supplement)
    ),
    ActionRoute(_A.DECIDE_SUPPLEMENT, bodies.DecisionBody, _plain(supplements.decide_supplement)),
    ActionRoute(
        _A.PROVIDE_SUPPLEMENT,
        bodies.SupplementAnswerBody,
        _plain(supplements.provide_supplement),
    ),
    ActionRoute(
        _A.CANCEL_UNSUPPLEMENTED, bodies.ReasonBody, _plain(supplements.cancel_unsupplemented)
    ),
    ActionRoute(
        _A.REQUEST_CONSULTATION,
        meeting_bodies.ConsultationBody,
        _plain(consultations.request_consultation),
    ),
    ActionRoute(_A.CALL_UNITS, meeting_bodies.CallBody, _plain(consultations.call_units)),
    ActionRoute(
        _A.RESPOND_CONSULTATION,
        meeting_bodies.ConsultationAnswerBody,
        _plain(consultations.respond_consultation),
    ),
    ActionRoute(
        _A.DECIDE_CONSULTATION, meeting_bodies.ConsultationDecisionBody, _decide_consultation
    ),
    ActionRoute(_A.REQUEST_RETURN, bodies.ReturnBody, _plain(returns.request_return)),
    ActionRoute(_A.DECIDE_RETURN, bodies.ReturnDecisionBody, _plain(returns.decide_return)),
    ActionRoute(_A.WITHDRAW_RETURN, bodies.OptionalNoteBody, _plain(returns.withdraw_return)),
    ActionRoute(_A.DISPUTE_RETURN, bodies.ExplanationBody, _plain(returns.dispute_return)),
    ActionRoute(_A.REFER_ARBITRATION, bodies.ReasonBody, _plain(returns.refer_to_arbitration)),
    ActionRoute(
        _A.DECIDE_ARBITRATION,
        bodies.ArbitrationDecisionBody,
        _plain(returns.decide_arbitration),
    ),
    ActionRoute(_A.REQUEST_EXTENSION, bodies.ExtensionBody, _plain(extensions.request_extension)),
    ActionRoute(_A.DECIDE_EXTENSION, bodies.DecisionBody, _plain(extensions.decide_extension)),
    ActionRoute(
        _A.REQUEST_SUSPENSION, bodies.SuspensionBody, _plain(suspensions.request_suspension)
    ),
    ActionRoute(
        _A.DECIDE_SUSPENSION,
        bodies.SuspensionDecisionBody,
        _plain(suspensions.decide_suspension),
    ),
    ActionRoute(
        _A.REVIEW_SUSPENSION,
        bodies.SuspensionReviewBody,
        _plain(suspensions.review_suspension),
    ),
    ActionRoute(_A.END_SUSPENSION, bodies.NoteBody, _plain(suspensions.end_suspension)),
    ActionRoute(_A.REQUEST_RECTIFICATION, bodies.RectificationBody, _request_rectification),
    ActionRoute(
        _A.DECIDE_RECTIFICATION, bodies.DecisionBody, _plain(rectification.decide_rectification)
    ),
    ActionRoute(
        _A.COMPLETE_MILESTONE,
        bodies.MilestoneDoneBody,
        _plain(rectification.complete_milestone),
    ),
    ActionRoute(_A.REQUEST_CLOSE_OUT, bodies.CloseOutBody, _plain(rectification.request_close_out)),
    ActionRoute(_A.REFUSE_CLOSE_OUT, bodies.ReasonBody, _plain(rectification.refuse_close_out)),
    ActionRoute(
        _A.END_RECTIFICATION, bodies.RectificationEndBody, _plain(rectification.end_rectification)
    ),
    ActionRoute(
        _A.REQUEST_FINAL_REPLY, bodies.FinalReplyBody, _plain(final_replies.request_final_reply)
    ),
    ActionRoute(
        _A.REVIEW_FINAL_REPLY, bodies.DecisionBody, _plain(final_replies.review_final_reply)
    ),
    ActionRoute(
        _A.DECIDE_FINAL_REPLY, bodies.DecisionBody, _plain(final_replies.decide_final_reply)
    ),
    ActionRoute(_A.OPEN_RATING_CHECK, bodies.ReasonBody, _plain(ratings.open_rating_check)),
    ActionRoute(_A.APPEAL_RATING, bodies.RatingAppealBody, _plain(ratings.appeal_rating)),
    ActionRoute(_A.CONTACT_RATER, bodies.RaterContactBody, _plain(ratings.contact_rater)),
    ActionRoute(_A.PROPOSE_UNFOUNDED, bodies.UnfoundedBody, _plain(ratings.propose_unfounded)),
    ActionRoute(
        _A.DECIDE_RATING_CHECK,
        bodies.RatingCheckDecisionBody,
        _plain(ratings.decide_rating_check),
    ),
    ActionRoute(_A.RECLASSIFY, bodies.ReclassifyBody, _plain(policies.reclassify_ticket)),
    ActionRoute(_A.ISSUE_ORDER, bodies.OrderBody, _plain(supervision.issue_order)),
    ActionRoute(_A.ACKNOWLEDGE_ORDER, ActionBody, _plain(supervision.acknowledge_order)),
    ActionRoute(_A.ANSWER_ORDER, bodies.OrderReplyBody, _plain(supervision.answer_order)),
    ActionRoute(_A.VERIFY_ORDER, bodies.OrderVerdictBody, _plain(supervision.verify_order)),
    ActionRoute(_A.RAISE_ORDER, bodies.ReasonBody, _plain(supervision.raise_order)),
    ActionRoute(_A.BLOW_WHISTLE, meeting_bodies.WhistleBody, _plain(whistles.blow_whistle)),
    ActionRoute(_A.REPORT_IN, meeting_bodies.ReportInBody, _plain(whistles.report_in)),
    ActionRoute(_A.DECIDE_WHISTLE, meeting_bodies.WhistleDecisionBody, _decide_whistle),
    ActionRoute(_A.SCORE_WHISTLE, meeting_bodies.WhistleScoreBody, _plain(whistles.score_whistle)),
    ActionRoute(_A.CALL_OFF_WHISTLE, bodies.ReasonBody, _plain(whistles.call_off_whistle)),
    ActionRoute(
        _A.FINISH_MEETING_TASK,
        meeting_bodies.TaskReportBody,
        _plain(whistles.finish_meeting_task),
    ),
)
"""Everything but submitting, which makes the ticket, and what no caller does by itself."""

ROUTED = frozenset(route.action for route in ACTION_ROUTES)
"""The actions that have an address here."""


def _handler(route: ActionRoute) -> HTTPRouteHandler:
    body = route.body
    # An action that asks for nothing may come without a body.
    asks_nothing = not any(field.is_required() for field in body.model_fields.values())
    summary = (route.perform.__doc__ or "").partition("\n")[0]

    @post(
        f"/{{number:str}}/{route.path}",
        status_code=200,
        operation_id=route.operation_id,
        operation_class=ApiOperation,
        summary=summary,
        description=route.perform.__doc__,
        responses=problem_responses(401, 403, 404, 409, 410, 422, 503),
        tags=["tickets"],
        guards=[signed_in],
    )
    async def handler(
        tx: NamedDependency[Tx],
        number: FromPath[str],
        data: JSONBody[body | None if asks_nothing else body] = None,  # type: ignore[valid-type]
        if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
    ) -> TicketOut:
        given = without_body(body) if data is None else data
        version = given.expected_version or version_of(if_match)
        ticket = await route.perform(tx, number, given, version)
        await tx.session.flush()  # the answer reads back what this action has written
        holdings = await read_holdings(tx.session, ticket.id, tx.now)
        detail = await ticket_detail(tx.session, ticket)
        return ticket_out(detail, holdings, tx.actor, tx.cipher)

    return handler


def without_body(body: type[B]) -> B:
    """Return what a request without a body says.

    Raises:
        ValidationException: the action asks for something.
    """
    try:
        return body()
    except ValidationError as error:
        raise ValidationException(
            extra=[
                {"key": ".".join(map(str, fault["loc"])), "message": fault["msg"], "source": "body"}
                for fault in error.errors()
            ]
        ) from None


_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')


def version_of(if_match: str | None) -> int | None:
    """Return the version that an If-Match header asks for: `"7"`, `7` or `W/"7"`.

    Raises:
        ValidationException: it names none; a condition is never taken for no condition.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise ValidationException(
            extra=[
                {"key": "If-Match", "message": 'must be a version such as "7"', "source": "header"}
            ]
        )
    return int(match[1])


ACTION_HANDLERS = [_handler(route) for route in ACTION_ROUTES]
