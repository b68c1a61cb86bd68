"""What anybody may do without an account: report a matter, follow it, answer about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from hotline.citizens.photos import contribute, photos_of_ticket
from hotline.followup.actions import record_visit
from hotline.followup.rules import VisitAnswer
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.masking import hide_person, mask_text
from hotline.people.attempts import (
    SUBMIT_BY_ADDRESS,
    TRACK_BY_ADDRESS,
    TRACK_BY_NUMBER,
    count_attempt,
    forget_attempts,
)
from hotline.people.principal import REQUESTER, Tx
from hotline.procedures.queries import list_procedures, milestones_of
from hotline.supervision.urges.queries import urges_of_ticket
from hotline.tickets.actions.closing import objections, was_explained_as_repeat
from hotline.tickets.actions.intake import NewTicket, create_ticket
from hotline.tickets.lifecycle import OPEN_STATUSES, Action, State, allowed_actions
from hotline.tickets.models import ADDRESS_MAX, TITLE_MAX, Channel, RequestType, Ticket
from hotline.tickets.queries import (
    Followed,
    TicketDetail,
    find_tracked,
    list_timeline,
    ticket_detail,
)
from web.errors import status_of
from web.i18n import DEFAULT_LANGUAGE, Translator, translator
from web.labels import label
from web.pages.action_forms import ANONYMOUS, FORMS
from web.pages.frame import PageRequest, page, posted, speaker
from web.pages.papers import own_kinds, show_own_paper
from web.pages.session import client_address
from web.pages.stations import photo_word, stations_of
from web.pages.submitting import count_photos, sent_with_files, show_submitted
from web.resources import Resources
from web.views.fields import Field, Kind, Posted, read
from web.views.forms import EMPTY, FormState
from web.views.glance import why_not
from web.views.problems import explain
from web.views.requests import choices_of, with_choices
from web.views.tickets import ActionView, promise_view
from web.views.timelines import joint_row, public_row
from web.views.tracking import Matter, own_news, own_plan
from web.views.urges import own_urging

SUBMISSION = (
    Field("request_type", N_("Request type"), Kind.CHOICE, of=RequestType),
    Field("title", N_("In one sentence"), Kind.LINE, most=TITLE_MAX),
    Field("content", N_("What happened?"), most=5000),
    Field("address", N_("Address or place"), Kind.LINE, most=ADDRESS_MAX),
    Field("name", N_("Name"), Kind.LINE, required=False, most=80),
    Field("phone", N_("Telephone"), Kind.PHONE),
    Field("secret", N_("Keep my name and number secret"), Kind.CHECK, required=False),
)
CONTENT_MAX_ADDED = 5000
TRACKING = (
    Field("number", N_("Ticket number"), Kind.LINE, most=20),
    Field("query_code", N_("Query code"), Kind.LINE, most=12),
)
OWN_ACTIONS = (
    Action.PROVIDE_SUPPLEMENT,
    Action.URGE,
    Action.CONTRIBUTE,
    Action.RECORD_VISIT,
    Action.REOPEN,
    Action.OBJECT,
    Action.WITHDRAW,
)
"""What a requester may do with number and query code alone."""

_OWN_FIELDS: dict[Action, Sequence[Field]] = {
    Action.RECORD_VISIT: (
        Field(
            "solved",
            N_("Is the matter solved?"),
            Kind.YES_NO,
            words=(N_("Solved"), N_("Not solved")),
        ),
        Field(
            "was_contacted",
            N_("Did the department speak with you?"),
            Kind.YES_NO,
            required=False,
        ),
        Field("rating", N_("Rating"), Kind.RATING, required=False),
        Field("note", N_("Your words"), required=False),
        ANONYMOUS,
    ),
    Action.PROVIDE_SUPPLEMENT: (
        Field("items", N_("What was asked for"), Kind.ITEMS, required=False),
        Field(
            "text",
            N_("Anything else"),
            required=False,
            hint=N_("If you cannot provide something, say why: then it goes on without."),
        ),
    ),
    Action.CONTRIBUTE: (
        Field("text", N_("What you want to add"), required=False, most=CONTENT_MAX_ADDED),
    ),
    Action.URGE: (Field("note", N_("A word with it, if you like"), required=False, most=1000),),
}
_MOST_OF_PAGE = 34 * 1024 * 1024
OWN_WORDS = {
    Action.RECORD_VISIT: N_("Say whether it is solved, and rate it"),
    Action.PROVIDE_SUPPLEMENT: N_("Provide what was asked for"),
    Action.URGE: N_("Ask for speed"),
    Action.CONTRIBUTE: N_("Add something to the matter"),
    Action.REOPEN: N_("It has come back"),
}


class CitizenController(Controller):
    """The public pages; they work without JavaScript."""

    include_in_schema = False

    @get("/submit/whole")
    async def show_submission(self, request: PageRequest) -> Response[str]:
        """Show everything on one page, for whoever likes that better than steps."""
        return _submission(request, EMPTY)

    @post("/submit", status_code=201)
    async def submit(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Make a ticket of it, and show its number and query code once."""
        t = speaker(request)
        sent = await posted(request)
        values, form = read(SUBMISSION, sent, t)
        if form.errors:
            return _submission(request, form, status=422)
        try:
            await count_attempt(
                resources.session_maker,
                resources.cipher,
                SUBMIT_BY_ADDRESS,
                client_address(request),
                public_tx.now,
            )
            async with public_tx.session.begin_nested():
                created = await create_ticket(
                    public_tx,
                    NewTicket(
                        channel=Channel.WEB,
                        request_type=values["request_type"],
                        title=values["title"],
                        content=values["content"],
                        address=values["address"],
                        requester_name=values["name"],
                        requester_phone=values["phone"],
                        secret=values["secret"],
                    ),
                )
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return _submission(request, refused, status=status_of(error))
        return show_submitted(request, resources, created, status=201)

    @get("/track")
    async def show_tracking(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show the form, or the matter when a link brings number and query code."""
        asked = {
            field.name: [request.query_params[field.name]]
            for field in TRACKING
            if field.name in request.query_params
        }
        if not asked:
            return _tracking(request, EMPTY)
        return await _tracked(request, public_tx, resources, asked)

    @post("/track", status_code=200)
    async def track(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show how far a matter is."""
        return await _tracked(request, public_tx, resources, await posted(request))

    @post("/track/actions/{action:str}", status_code=200, request_max_body_size=_MOST_OF_PAGE)
    async def act(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        action: FromPath[str],
    ) -> Response[str]:
        """Do what a requester may do himself."""
        sent, files = await sent_with_files(request)
        wanted = next(
            (known for known in OWN_ACTIONS if known.value == action.replace("-", "_")), None
        )
        t = speaker(request)
        if wanted is None:
            return await _tracked(request, public_tx, resources, sent)
        values, form = read(own_fields(wanted), sent, t)
        if wanted is Action.CONTRIBUTE and not values.get("text") and not files:
            form = FormState(
                form.values, {"text": t.text(N_("Write something, or choose a photo"))}
            )
        if form.errors:
            return await _tracked(
                request, public_tx, resources, sent, answered=(wanted, form), status=422
            )
        ticket = await _find(request, public_tx, resources, sent)
        if ticket is None:
            return await _tracked(request, public_tx, resources, sent)
        try:
            await count_photos(request, public_tx, resources, files)
            async with public_tx.session.begin_nested():
                await _perform(request, public_tx, wanted, ticket.number, values, files)
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await _tracked(
                request,
                public_tx,
                resources,
                sent,
                answered=(wanted, refused),
                status=status_of(error),
            )
        await public_tx.session.flush()  # the page reads back what the action has written
        return await _tracked(request, public_tx, resources, sent, done=wanted)

    @post("/track/papers", status_code=200)
    async def paper(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[str]:
        """Show a requester a paper of his own matter."""
        sent = await posted(request)
        ticket = await _find(request, public_tx, resources, sent)
        if ticket is None:
            return await _tracked(request, public_tx, resources, sent)
        return await show_own_paper(request, public_tx, resources, ticket, sent)


async def _perform(
    request: PageRequest,
    tx: Tx,
    action: Action,
    number: str,
    values: Mapping[str, Any],
    files: Sequence[bytes],
) -> None:
    staff = translator(DEFAULT_LANGUAGE)
    if action is Action.CONTRIBUTE:
        text = values["text"] or staff.text(N_("The requester has added photos."))
        await contribute(tx, number, text=text, files=files)
        return
    if action is Action.URGE:
        values = {"note": values["note"] or staff.text(N_("The requester asks for speed."))}
    if action is not Action.RECORD_VISIT:
        await FORMS[action].run(tx, number, **values, expected_version=None)
        return
    await record_visit(
        tx,
        number,
        VisitAnswer(True, values["solved"], values["rating"], values["was_contacted"]),
        note=values["note"],
        is_anonymous=values["is_anonymous"],
        source=f"{client_address(request)}|{request.headers.get('user-agent', '')}",
    )


def own_fields(action: Action) -> Sequence[Field]:
    """Return what a requester is asked for an action of his own."""
    return _OWN_FIELDS.get(action, FORMS[action].fields)


def _submission(request: PageRequest, form: FormState, *, status: int = 200) -> Response[str]:
    t = speaker(request)
    return page(
        request,
        "pages/submit_whole.html",
        status=status,
        form=form,
        request_types=[(kind.value, t.text(label(kind))) for kind in RequestType],
    )


def _tracking(
    request: PageRequest,
    form: FormState,
    *,
    matter: Matter | None = None,
    actions: Sequence[ActionView] = (),
    done: str | None = None,
    status: int = 200,
    **shown: object,
) -> Response[str]:
    return page(
        request,
        "pages/track.html",
        status=status,
        form=form,
        matter=matter,
        actions=actions,
        own_words=OWN_WORDS,
        done=done,
        **shown,
    )


async def _find(request: PageRequest, tx: Tx, resources: Resources, sent: Posted) -> Ticket | None:
    """Return the ticket, if number and query code belong together; tries are counted.

    Raises:
        TooManyAttempts: somebody guesses.
    """
    number, code = ("".join(sent.get(field.name, [])).strip() for field in TRACKING)
    for limit, subject in (
        (TRACK_BY_ADDRESS, client_address(request)),
        (TRACK_BY_NUMBER, number),
    ):
        await count_attempt(resources.session_maker, resources.cipher, limit, subject, tx.now)
    ticket = await find_tracked(tx.session, number, code)
    if ticket is not None:
        # Whoever has the right code may look as often as he likes.
        await forget_attempts(resources.session_maker, resources.cipher, TRACK_BY_NUMBER, number)
    return ticket


async def _tracked(
    request: PageRequest,
    tx: Tx,
    resources: Resources,
    sent: Posted,
    *,
    answered: tuple[Action, FormState] | None = None,
    done: Action | None = None,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    _, form = read(TRACKING, sent, t)
    if form.errors:
        return _tracking(request, form, status=422)
    try:
        ticket = await _find(request, tx, resources, sent)
    except DomainError as error:
        refused = FormState(form.values, refusal=explain(error, t.language))
        return _tracking(request, refused, status=status_of(error))
    if ticket is None:
        said = t.text(N_("Number and query code do not belong together"))
        refused = FormState(form.values, refusal=said)
        return _tracking(request, refused, status=404)
    detail = await ticket_detail(tx.session, ticket)
    allowed = _own_actions(detail)
    # What holds the matter up is told of the one that is worked on.
    worked_on = detail.followed.ticket if detail.followed is not None else ticket
    procedures = await list_procedures(tx.session, worked_on.id)
    milestones = await milestones_of(tx.session, [one.id for one in procedures])
    choices = choices_of(procedures, milestones, t)
    return _tracking(
        request,
        form,
        matter=replace(
            await _matter(tx, detail, t),
            # A plan is in words written for one requester, and others follow his matter.
            plan=own_plan(procedures, milestones, t) if worked_on is ticket else None,
            news=list(own_news(procedures, t)),
        ),
        actions=[
            ActionView(
                action,
                with_choices(own_fields(action), choices),
                FORMS[action].question,
                answered[1] if answered and answered[0] is action else EMPTY,
                is_open=bool(answered and answered[0] is action),
            )
            for action in OWN_ACTIONS
            if action in allowed
        ],
        done=await _said(tx, ticket, done, t) if done else None,
        status=status,
        stations=await stations_of(tx.session, resources.cipher, ticket, tx.now, t),
        refusals=[
            (action, reason)
            for action in OWN_ACTIONS
            for reason in (why_not(action, allowed, worked_on.status, worked_on.hold),)
            if reason is not None
        ],
        photos=[
            f"/photos/{one.id}/{photo_word(resources.cipher, one.id, tx.now)}"
            for one in await photos_of_ticket(tx.session, ticket.id)
        ],
    )


async def _said(tx: Tx, ticket: Ticket, done: Action, t: Translator) -> str:
    """Return what a requester is told of what he has just done."""
    if done is not Action.URGE:
        return t.text(N_("Thank you, this is recorded."))
    return own_urging(await urges_of_ticket(tx.session, ticket.id), tx.now, t)


def _own_actions(detail: TicketDetail) -> frozenset[Action]:
    """Return what the requester may do now: nothing is offered that can only be refused."""
    ticket = detail.ticket
    allowed = set(allowed_actions(State(ticket.status, ticket.hold), REQUESTER.roles))
    if detail.followed is not None and detail.followed.ticket.status not in OPEN_STATUSES:
        allowed -= {Action.URGE, Action.CONTRIBUTE}
    if not objections(ticket):
        allowed.discard(Action.OBJECT)
    if was_explained_as_repeat(ticket):
        allowed.discard(Action.REOPEN)
    if detail.child_numbers:
        allowed.discard(Action.WITHDRAW)
    return frozenset(allowed)


async def _matter(tx: Tx, detail: TicketDetail, t: Translator) -> Matter:
    """Return the matter; of one that is handled together with others, how far the joint one is."""
    if detail.followed is not None:
        return await _joint_matter(tx, detail, detail.followed, t)
    ticket = detail.ticket
    timeline = await list_timeline(tx.session, REQUESTER, ticket.id)
    passed = [row for row in detail.feedbacks if row.is_passed]
    return Matter(
        number=ticket.number,
        title=mask_text(ticket.title),
        status=ticket.status,
        hold=ticket.hold,
        promise=promise_view(detail.commitment) if detail.commitment else None,
        reply=passed[-1].reply if passed else None,
        timeline=[public_row(row, t) for row in reversed(timeline)],
        urging=own_urging(await urges_of_ticket(tx.session, ticket.id), None, t),
        papers=own_kinds(ticket, is_promised=detail.commitment is not None),
        earlier=detail.earlier_number if was_explained_as_repeat(ticket) else None,
    )


_TOLD_TO_ALL = frozenset(
    {
        *(Action.ACCEPT, Action.ANSWER, Action.DISPATCH, Action.SIGN, Action.PROGRESS),
        *(Action.PASS_AUDIT, Action.RECORD_VISIT, Action.REOPEN, Action.ARCHIVE),
        *(Action.DECIDE_FINAL_REPLY, Action.DECIDE_RECTIFICATION, Action.END_RECTIFICATION),
    }
)
"""Steps of a joint matter that everybody behind it may know of; never whose words went with them."""


async def _joint_matter(tx: Tx, detail: TicketDetail, followed: Followed, t: Translator) -> Matter:
    ticket, parent = detail.ticket, followed.ticket
    joint = await ticket_detail(tx.session, parent)
    names = [tx.cipher.decrypt(row.name) for row in joint.requesters]
    passed = [row for row in joint.feedbacks if row.is_passed]
    own = await list_timeline(tx.session, REQUESTER, ticket.id)
    theirs = await list_timeline(tx.session, REQUESTER, parent.id)
    rows = [public_row(row, t) for row in own] + [
        joint_row(row, t) for row in theirs if row.event.action in _TOLD_TO_ALL
    ]
    promise = promise_view(followed.commitment) if followed.commitment else None
    return Matter(
        number=ticket.number,
        title=mask_text(ticket.title),
        status=parent.status,
        hold=parent.hold,
        promise=replace(promise, content=_nameless(promise.content, names)) if promise else None,
        reply=_nameless(passed[-1].reply, names) if passed else None,
        timeline=sorted(rows, key=lambda row: row.at, reverse=True),
        papers=(),
        is_joint=True,
    )


def _nameless(text: str, names: Sequence[str | None]) -> str:
    """Return what was written for one requester as another one may read it."""
    for name in names:
        text = hide_person(text, name)
    return mask_text(text)
