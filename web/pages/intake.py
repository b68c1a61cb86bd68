"""The one screen on which an operator takes a matter down, and what helps him meanwhile."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.drafts.actions import discard_draft, save_draft
from hotline.intake.drafts.queries import find_draft, list_drafts, was_sent
from hotline.intake.recognition.dangers import Danger, Rescue
from hotline.intake.recognition.places import Area
from hotline.intake.recognition.reading import recognise
from hotline.intake.taking import AtOnce, Following, take_down
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.masking import mask_address, mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.procedures.refusals import refuse_ticket
from hotline.tickets.access import find_readable
from hotline.tickets.actions.intake import NewTicket
from hotline.tickets.answers import questions_for
from hotline.tickets.catalogue import list_categories
from hotline.tickets.errors import IdempotencyConflict, TicketNotFound
from hotline.tickets.lifecycle import TRANSITIONS, Action
from hotline.tickets.models import (
    ADDRESS_MAX,
    TITLE_MAX,
    Channel,
    Programme,
    RequestType,
    Urgency,
)
from hotline.tickets.questions import Choice, Question, check_answers, stop_of
from web.errors import status_of
from web.i18n import DEFAULT_LANGUAGE, Translator, translator
from web.labels import label
from web.pages.calls import taken_down
from web.pages.desk import (
    AREA_GROUPS,
    area_names,
    category_code,
    category_options,
    department_options,
)
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.pages.tying import tie_together
from web.resources import Resources
from web.security.guards import requires
from web.views.fields import Field, Kind, Posted, read
from web.views.forms import FormState
from web.views.intake import (
    ANSWER,
    Typed,
    chips_of,
    danger_view,
    draft_views,
    given_answers,
    question_views,
)
from web.views.problems import explain

_BEHALF_MAX = 80
INTAKE = (
    Field("phone", N_("Telephone"), Kind.PHONE, required=False),
    Field("channel", N_("Channel"), Kind.CHOICE, of=Channel),
    Field("request_type", N_("Request type"), Kind.CHOICE, of=RequestType),
    Field("title", N_("Title"), Kind.LINE, most=TITLE_MAX),
    Field("content", N_("Content")),
    Field("address", N_("Address"), Kind.LINE, most=ADDRESS_MAX),
    Field("category", N_("Category"), Kind.LINE, required=False, most=200),
    Field("area", N_("Area"), Kind.LINE, required=False, most=64),
    Field("name", N_("Requester's name"), Kind.LINE, required=False, most=80),
    Field("on_behalf_of", N_("On behalf of"), Kind.LINE, required=False, most=_BEHALF_MAX),
    Field("behalf_relation", N_("Relation"), Kind.LINE, required=False, most=40),
    Field("behalf_phone", N_("Telephone of the person concerned"), Kind.PHONE, required=False),
    Field("urgency", N_("Urgency"), Kind.CHOICE, required=False, of=Urgency),
    Field("programme", N_("Line of work"), Kind.CHOICE, required=False, of=Programme),
    Field("secret", N_("Keep the requester secret"), Kind.CHECK, required=False),
)
AT_ONCE = (
    Field("promise", N_("Promise"), required=False, most=2000),
    Field("handler_limit", N_("Stricter limit for the department"), Kind.LIMIT, required=False),
    Field("department", N_("Lead department"), Kind.LINE, required=False, most=64),
    Field("deviation", N_("Reason"), Kind.LINE, required=False, most=500),
)
STANDARD_PROMISE = N_(
    "We take this on. The department in charge will deal with it within the time limit and tell you "
    "what came of it."
)
FRESH: Mapping[str, str] = {
    "channel": Channel.PHONE.value,
    "urgency": Urgency.P2.value,
    "programme": Programme.GENERAL.value,
}
RELATIONS = (
    N_("Parent"),
    N_("Child"),
    N_("Spouse"),
    N_("Other relative"),
    N_("Neighbour"),
    N_("Colleague"),
    N_("Customer"),
    N_("Other"),
)
"""What a caller may be to the person he speaks for; anything else can be typed."""

_PANELS = ("like", "suggestions", "knowledge")
_THEN_DISPATCH, _THEN_ANSWER, _THEN_REFUSE = "dispatch", "answer", "refuse"


def option_words(kind: type[Any], t: Translator) -> list[tuple[str, str]]:
    """Return the members of an enumeration, as values and words."""
    return [(str(member.value), t.text(label(member))) for member in kind]


def may_at_once(principal: Principal) -> bool:
    """Tell whether this person may accept and dispatch in the same breath."""
    dispatching = TRANSITIONS[Action.DISPATCH].roles | TRANSITIONS[Action.DIRECT_DISPATCH].roles
    return bool(
        TRANSITIONS[Action.ACCEPT].roles & principal.roles and dispatching & principal.roles
    )


def may_choose_department(principal: Principal) -> bool:
    """Tell whether this person may name the department; otherwise the catalogue must be sure."""
    return bool(TRANSITIONS[Action.DISPATCH].roles & principal.roles)


class IntakeScreenController(Controller):
    """The intake screen."""

    path = "/desk/intake"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @get()
    async def show_intake(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Show the screen: empty, for a call, with a draft, or for one more caller of an incident."""
        reader = tx.session
        resources: Resources = request.app.state.resources
        wanted = _key(request.query_params.get("draft", ""))
        joins = request.query_params.get("joins", "").strip()
        if joins:
            values = await prefilled(reader, principal, joins)
            return await intake_page(request, principal, reader, FormState(values))
        if wanted is not None:
            if await was_sent(reader, principal.user_id, wanted):
                return see_other("/desk/intake?new=1")
            draft = await find_draft(reader, principal.user_id, wanted, resources.cipher)
            if draft is not None:
                values = {name: " ".join(given) for name, given in draft.fields.items()}
                return await intake_page(
                    request,
                    principal,
                    reader,
                    FormState({**FRESH, **values}),
                    key=wanted.hex,
                    answers=draft.fields,
                )
        key = wanted.hex if wanted is not None else None
        begun = FormState({**FRESH, **await taken_down(request, tx)})
        kept = await _draft_of_call(request, principal, reader, begun.values.get("call"))
        if kept is not None:  # begun already, before the window was lost
            return see_other(f"/desk/intake?draft={kept.hex}")
        return await intake_page(request, principal, reader, begun, key=key)

    @post(status_code=200)
    async def take_down(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Make a ticket of what was typed, once however often it was sent."""
        sent = await posted(request)
        t = speaker(request)
        values, form = read((*INTAKE, *AT_ONCE), sent, t)
        questions = await _questions(tx.session, sent)
        given = given_answers(questions, sent)
        errors = {**form.errors, **_missing(values, t), **_answer_errors(questions, given, t)}
        if errors:
            wrong = FormState(form.values, errors)
            return await intake_page(
                request, principal, tx.session, wrong, status=422, answers=sent
            )
        stop = stop_of(questions, given)
        following = _following(sent, values, stop, principal, t)
        try:
            async with tx.session.begin_nested():
                created = await take_down(
                    tx,
                    replace(new_ticket(values), answers=given if questions else None),
                    following,
                    idempotency_key=_one(sent, "_idempotency_key") or None,
                )
                if _one(sent, "then") == _THEN_REFUSE and stop and not created.is_replay:
                    await refuse_ticket(
                        tx,
                        created.number,
                        reason=_stop_words(questions, stop),
                        where_to=stop.stop,
                    )
                await tie_together(
                    tx,
                    created.id,
                    call=_one(sent, "call"),
                    intake_key=_one(sent, "_idempotency_key"),
                )
        except TicketNotFound as error:  # the one to be followed: what is wrong is in the form
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await intake_page(
                request, principal, tx.session, refused, status=422, answers=sent
            )
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            is_used = isinstance(error, IdempotencyConflict)
            return await intake_page(
                request,
                principal,
                tx.session,
                refused,
                status=status_of(error),
                key=uuid.uuid4().hex if is_used else None,
                answers=sent,
            )
        return see_other(f"/tickets/{created.number}?done=submit")

    @post("/recognise", status_code=200)
    async def recognise(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what was recognised in what has been typed or pasted so far."""
        sent = await posted(request)
        t = speaker(request)
        names = ("phone", "name", "address", "area", "title", "content")
        typed = Typed({name: _one(sent, name) for name in names}, _one(sent, "paste"))
        departments = await list_departments(reader) if typed.text else ()
        found = recognise(typed.text, shell_of(request).now, areas_of(departments))
        put_aside = set(_one(sent, "emergency_off").split(","))
        dangers = [one for one in found.dangers if one.danger.value not in put_aside]
        chips, everything = chips_of(found, typed, t)
        return page(
            request,
            "fragments/recognised.html",
            chips=chips,
            everything=everything,
            danger=danger_view(dangers, t),
            is_noted=frozenset(_one(sent, "rescue").split(",")),
        )

    @post("/questions", status_code=200)
    async def ask(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what is asked about the category that was chosen."""
        sent = await posted(request)
        t = speaker(request)
        return page(
            request,
            "fragments/category_questions.html",
            questions=question_views(await _questions(reader, sent), t),
            answers=answers_by_field(sent),
            form=FormState({}),
        )

    @post("/drafts", status_code=204)
    async def keep(self, request: PageRequest, tx: NamedDependency[Tx]) -> None:
        """Keep what has been typed so far."""
        sent = await posted(request)
        key = _key(_one(sent, "_idempotency_key"))
        if key is not None:
            kept = {
                name: given
                for name, given in sent.items()
                if not name.startswith("_") and name != "then" and any(given)
            }
            await save_draft(tx, key, kept)

    @post("/drafts/{draft_id:uuid}/discard", status_code=303)
    async def discard(
        self, tx: NamedDependency[Tx], draft_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Forget a draft."""
        await discard_draft(tx, draft_id)
        return see_other("/desk/intake?new=1")


async def _draft_of_call(
    request: PageRequest, principal: Principal, reader: AsyncSession, call: str | None
) -> uuid.UUID | None:
    if not call:
        return None
    resources: Resources = request.app.state.resources
    drafts = await list_drafts(reader, principal.user_id, resources.cipher)
    return next((draft.id for draft in drafts if draft.value("call") == call), None)


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _one(sent: Posted, name: str) -> str:
    return "".join(sent.get(name, ()))


def areas_of(departments: Sequence[Department]) -> list[Area]:
    """Return the areas that the directory knows."""
    return [
        Area(row.name, row.code)
        for row in departments
        if row.is_active and row.peer_group in AREA_GROUPS
    ]


def answers_by_field(sent: Posted) -> dict[str, Sequence[str]]:
    """Return the answers that stand in a form, by the names of their fields."""
    return {name: given for name, given in sent.items() if name.startswith(ANSWER)}


async def _questions(session: AsyncSession, sent: Posted) -> Sequence[Question]:
    code = category_code(_one(sent, "category"))
    return await questions_for(session, code) if code else ()


def _missing(values: Mapping[str, Any], t: Translator) -> dict[str, str]:
    is_call = values.get("channel") is Channel.PHONE
    if is_call and "phone" in values and not values["phone"]:
        return {"phone": t.text(N_("This must be filled"))}
    return {}


def _answer_errors(
    questions: Sequence[Question], given: Mapping[str, Sequence[str]], t: Translator
) -> dict[str, str]:
    _, faults = check_answers(questions, given)
    return {f"{ANSWER}{fault.code}": t.text(label(fault.fault)) for fault in faults}


def _stop_words(questions: Sequence[Question], stop: Choice) -> str:
    asked = next(question for question in questions if stop in question.choices)
    return f"{asked.description} {stop.name}"


def _following(
    sent: Posted,
    values: Mapping[str, Any],
    stop: Choice | None,
    principal: Principal,
    t: Translator,
) -> Following:
    then = _one(sent, "then")
    at_once = None
    if then == _THEN_DISPATCH:
        at_once = AtOnce(
            promise=values["promise"] or translator(DEFAULT_LANGUAGE).text(STANDARD_PROMISE),
            handler_limit=values["handler_limit"],
            department=values["department"] if may_choose_department(principal) else None,
            deviation=values["deviation"],
        )
    return Following(
        note=_emergency_note(sent, t),
        joins=_one(sent, "joins").strip() or None,
        reply=stop.stop if then == _THEN_ANSWER and stop else None,
        at_once=at_once,
    )


def _emergency_note(sent: Posted, t: Translator) -> str | None:
    """Return what the hotline's own staff reads of an emergency; None when there was none."""
    codes = _one(sent, "emergency").split(",")
    dangers = [t.text(label(danger)) for danger in Danger if danger.value in codes]
    if not dangers:
        return None
    called = _one(sent, "rescue").split(",")
    rescue = [one.value for one in Rescue if one.value in called]
    note = t.text(N_("Emergency recognised: {dangers}."), dangers="、".join(dangers))
    if rescue:
        note += t.text(N_(" Passed on at once to {rescue}."), rescue="、".join(rescue))
    return note


def new_ticket(values: Mapping[str, Any]) -> NewTicket:
    """Return what the fields of the intake say, as the action takes it."""
    return NewTicket(
        channel=values["channel"],
        request_type=values["request_type"],
        title=values["title"],
        content=values["content"],
        category=category_code(values["category"]),
        urgency=values["urgency"] or Urgency.P2,
        programme=values["programme"] or Programme.GENERAL,
        address=values["address"],
        area=values["area"],
        requester_name=values["name"],
        requester_phone=values["phone"],
        on_behalf_of=person_concerned(values),
        secret=values["secret"],
    )


def person_concerned(values: Mapping[str, Any]) -> str | None:
    """Return whom the caller speaks for: name, what he is to him, telephone; one encrypted field."""
    more = [values[name] for name in ("behalf_relation", "behalf_phone") if values.get(name)]
    name: str | None = values["on_behalf_of"]
    if not more:
        return name
    return f"{name or ''} ({', '.join(more)})".strip()


async def prefilled(reader: AsyncSession, principal: Principal, number: str) -> dict[str, str]:
    """Return what one more caller of an incident need not be asked again."""
    first = await find_readable(reader, principal, number)
    title = mask_text(first.title)
    address = (mask_address(first.address) or "").removesuffix("**").strip()
    return {
        **FRESH,
        "joins": first.number,
        "request_type": first.request_type.value,
        "urgency": first.urgency.value,
        "programme": first.programme.value,
        "category": first.category_code or "",
        "title": title,
        "content": title,
        "address": address,
        "area": first.area or "",
        "secret": "true" if first.is_secret else "",
    }


async def intake_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    form: FormState,
    *,
    key: str | None = None,
    answers: Posted | None = None,
    status: int = 200,
) -> Response[str]:
    """Show the screen with what a form holds."""
    t = speaker(request)
    resources: Resources = request.app.state.resources
    departments = await list_departments(reader)
    code = category_code(form.values.get("category"))
    questions = await questions_for(reader, code) if code else ()
    drafts = await list_drafts(reader, principal.user_id, resources.cipher)
    paths = {route.path for route in request.app.routes}
    own_key = key or _one(answers or {}, "_idempotency_key") or uuid.uuid4().hex
    is_fresh = not {"new", "draft", "joins", "call"} & set(request.query_params)
    return page(
        request,
        "pages/intake.html",
        status=status,
        form=form,
        channels=option_words(Channel, t),
        request_types=option_words(RequestType, t),
        urgencies=option_words(Urgency, t),
        programmes=option_words(Programme, t),
        categories=category_options(await list_categories(reader), t),
        areas=area_names(departments, t),
        relations=[t.text(words) for words in RELATIONS],
        idempotency_key=own_key,
        earlier=None,
        questions=question_views(questions, t),
        answers=answers_by_field(answers or {}),
        panels=[name for name in _PANELS if f"/desk/intake/{name}" in paths],
        has_calls="/desk/call" in paths,
        has_phrases=Permission.READ_KNOWLEDGE in principal.permissions,
        drafts=[one for one in draft_views(drafts, t) if one.key != own_key],
        resumes=request.method == "GET" and is_fresh,
        at_once=may_at_once(principal),
        at_once_open=any(form.errors.get(field.name) for field in AT_ONCE),
        chooses=may_choose_department(principal),
        departments=department_options(departments, t),
        limits=AT_ONCE[1].options(t),
        promise=translator(DEFAULT_LANGUAGE).text(STANDARD_PROMISE),
        may_batch=Permission.MERGE_MANY in principal.permissions,
    )
