"""Reporting a matter in three steps; every page is kept as soon as it is sent, and needs no script."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.errors import SubmissionNotFound
from hotline.citizens.like_public import like_public_matters
from hotline.citizens.photo_rules import MOST_PHOTOS
from hotline.citizens.photos import (
    add_submission_photos,
    photos_of_submission,
    read_submission_photo,
    remove_submission_photo,
)
from hotline.citizens.steps import (
    SubmitStep,
    first_open,
    is_filled,
    number_of,
    step_after,
    step_before,
)
from hotline.citizens.submissions import (
    Begun,
    begin_submission,
    created_of,
    find_submission,
    keep_step,
    send_submission,
)
from hotline.intake.recognition.reading import Recognised, recognise
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import DomainError
from hotline.knowledge.queries import list_public as list_answers
from hotline.knowledge.rules import day_of
from hotline.people.attempts import (
    BEGIN_BY_ADDRESS,
    PHOTOS_BY_ADDRESS,
    SUBMIT_BY_ADDRESS,
    AttemptLimit,
    count_attempt,
)
from hotline.people.principal import Tx
from hotline.people.queries import list_departments
from hotline.suggestions.suggesting import Matter, suggest
from hotline.tickets.actions.intake import Created, NewTicket
from hotline.tickets.answers import questions_for
from hotline.tickets.catalogue import list_categories
from hotline.tickets.follow_links import follow_word, last_day
from hotline.tickets.models import RequestType
from hotline.tickets.questions import Given, Question
from web.errors import status_of
from web.i18n import Translator
from web.labels import label
from web.pages.desk import AREA_GROUPS
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.intake import areas_of
from web.pages.session import client_address
from web.pages.suggestions import models_folder
from web.resources import Resources
from web.views.directory import category_paths, unit_name
from web.views.fields import Posted
from web.views.forms import FormState
from web.views.intake import ANSWER, danger_view, question_views
from web.views.knowledge import PublicAnswer, public_answer
from web.views.papers import qr_of
from web.views.problems import explain
from web.views.submitting import (
    PublicMatter,
    faults_of,
    form_of,
    new_matter,
    public_matter,
    step_marks,
    title_for,
)

MOST_ANSWERS = 3
_MOST_OF_PAGE = 34 * 1024 * 1024
_STEPS = {step.value: step for step in SubmitStep}
_PICTURE_HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-store",
    "content-disposition": "inline",
}


class SubmittingController(Controller):
    """The steps."""

    path = "/submit"
    include_in_schema = False

    @get()
    async def show_first(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the first page; nothing is kept yet."""
        return await _what(request, reader, None, {"request_type": [RequestType.HELP.value]}, {})

    @post("/steps", status_code=303, request_max_body_size=_MOST_OF_PAGE)
    async def begin(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[Any]:
        """Keep the first page, and go on."""
        sent, files = await sent_with_files(request)
        try:
            await _count(request, public_tx, resources, BEGIN_BY_ADDRESS)
            await count_photos(request, public_tx, resources, files)
            async with public_tx.session.begin_nested():
                key = await begin_submission(public_tx, SubmitStep.WHAT, sent)
                begun = await find_submission(
                    public_tx.session, public_tx.cipher, key, public_tx.now
                )
                await add_submission_photos(public_tx, begun.id, files)
        except DomainError as error:
            return await _what(request, public_tx.session, None, sent, {}, refused=error)
        return _onward(key, SubmitStep.WHAT, begun.fields, (), sent)

    @get("/{key:str}/{step:str}")
    async def show(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        key: FromPath[str],
        step: FromPath[str],
    ) -> Response[Any]:
        """Show a page with what was typed; what is missing before it comes first."""
        try:
            begun = await find_submission(reader, resources.cipher, key, shell_of(request).now)
        except SubmissionNotFound as error:
            return await _gone(request, reader, {}, error)
        if begun.ticket_id is not None:
            return await _done(request, reader, resources, begun.ticket_id)
        return await _page(request, reader, resources, _On(key, begun), _STEPS.get(step))

    @post("/{key:str}/{step:str}", status_code=303, request_max_body_size=_MOST_OF_PAGE)
    async def keep(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        key: FromPath[str],
        step: FromPath[str],
    ) -> Response[Any]:
        """Keep a page, whatever is wrong with it, and show the next, the same or the one before."""
        sent, files = await sent_with_files(request)
        wanted = _STEPS.get(step, SubmitStep.WHAT)
        try:
            await count_photos(request, public_tx, resources, files)
            async with public_tx.session.begin_nested():
                begun = await keep_step(public_tx, key, wanted, sent)
                await _photos(public_tx, begun, sent, files)
        except SubmissionNotFound as error:
            return await _begin_anew(request, public_tx, wanted, sent, error)
        except DomainError as error:
            begun = await find_submission(public_tx.session, public_tx.cipher, key, public_tx.now)
            on = _On(key, begun, {**begun.fields, **sent})
            return await _page(request, public_tx.session, resources, on, wanted, refused=error)
        if begun.ticket_id is not None:
            return see_other(f"/submit/{key}/done")
        questions = await _questions(public_tx.session, begun.fields)
        if wanted is SubmitStep.CHECK and _then(sent) == "send":
            return await _send(request, public_tx, resources, _On(key, begun), questions)
        return _onward(key, wanted, begun.fields, questions, sent)

    @get("/{key:str}/photos/{photo_id:uuid}")
    async def photo(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        key: FromPath[str],
        photo_id: FromPath[uuid.UUID],
    ) -> Response[bytes]:
        """Give a photo back to whoever is sending it."""
        begun = await find_submission(reader, resources.cipher, key, shell_of(request).now)
        picture = await read_submission_photo(reader, resources.cipher, begun.id, photo_id)
        return picture_response(picture.media_type, picture.data)


def picture_response(media_type: str, data: bytes) -> Response[bytes]:
    """Return a photo as a picture and as nothing else: it can neither run nor load anything."""
    return Response(data, media_type=media_type, headers=_PICTURE_HEADERS)


@dataclass(frozen=True, slots=True)
class _On:
    """A matter on its way under its key, and what is typed on the page itself."""

    key: str
    begun: Begun
    typed: Given | None = None

    @property
    def fields(self) -> Given:
        return self.begun.fields if self.typed is None else self.typed


async def sent_with_files(request: PageRequest) -> tuple[Posted, list[bytes]]:
    """Return the fields of a page and the photos that came with it."""
    form = await request.form()
    files: list[bytes] = []
    fields: dict[str, list[str]] = {}
    for name in form:
        values = form.getall(name)
        fields[name] = [value for value in values if isinstance(value, str)]
        files += [await value.read() for value in values if isinstance(value, UploadFile)]
    return fields, [data for data in files if data]


async def _count(request: PageRequest, tx: Tx, resources: Resources, limit: AttemptLimit) -> None:
    await count_attempt(
        resources.session_maker, resources.cipher, limit, client_address(request), tx.now
    )


async def count_photos(
    request: PageRequest, tx: Tx, resources: Resources, files: Sequence[bytes]
) -> None:
    """Count a page that carries photos: they take room.

    Raises:
        TooManyAttempts: too many of late.
    """
    if files:
        await _count(request, tx, resources, PHOTOS_BY_ADDRESS)


async def _photos(tx: Tx, begun: Begun, sent: Posted, files: Sequence[bytes]) -> None:
    if begun.ticket_id is not None:
        return
    for removed in sent.get("remove_photo", ()):
        try:
            await remove_submission_photo(tx, begun.id, uuid.UUID(removed))
        except ValueError:
            continue  # no name of a photo
    await add_submission_photos(tx, begun.id, files)


def _then(sent: Posted) -> str:
    """Return what the pressed button asks for: `on`, `back`, `stay` or `send`."""
    if sent.get("remove_photo"):
        return "stay"
    return "".join(sent.get("then", ())[:1]) or "on"


def _onward(
    key: str, step: SubmitStep, fields: Given, questions: Sequence[Question], sent: Posted
) -> Response[Any]:
    """Lead to where the button leads; with something wrong on the page, back to it."""
    asks, then = bool(questions), _then(sent)
    if then == "stay":
        return see_other(f"/submit/{key}/{step.value}?stay=1")
    if then == "back":
        before = step_before(step, asks=asks) or step
        return see_other(f"/submit/{key}/{before.value}")
    if not is_filled(step, fields):
        return see_other(f"/submit/{key}/{step.value}?wrong=1")
    return see_other(f"/submit/{key}/{step_after(step, asks=asks).value}?from={step.value}")


async def _questions(session: AsyncSession, fields: Given) -> Sequence[Question]:
    code = "".join(fields.get("category", ())).strip()
    return await questions_for(session, code) if code else ()


async def _begin_anew(
    request: PageRequest, tx: Tx, step: SubmitStep, sent: Posted, error: DomainError
) -> Response[Any]:
    """What was kept is gone: what this page says is kept anew, so that it at least is not lost."""
    if step is not SubmitStep.WHAT:
        return await _gone(request, tx.session, {}, error)
    key = await begin_submission(tx, step, sent)
    return see_other(f"/submit/{key}/{SubmitStep.WHAT.value}?stay=1")


async def _gone(
    request: PageRequest, reader: AsyncSession, fields: Given, error: DomainError
) -> Response[str]:
    given = {"request_type": [RequestType.HELP.value], **fields}
    return await _what(request, reader, None, given, {}, refused=error)


# -- the pages -------------------------------------------------------------------------------------


async def _page(
    request: PageRequest,
    reader: AsyncSession,
    resources: Resources,
    on: _On,
    wanted: SubmitStep | None,
    *,
    refused: DomainError | None = None,
) -> Response[Any]:
    t, fields = speaker(request), on.fields
    questions = await _questions(reader, fields)
    step = _allowed(wanted, fields, questions, t)
    if step is not wanted and refused is None:
        wrong = "?wrong=1" if "from" in request.query_params else ""
        return see_other(f"/submit/{on.key}/{step.value}{wrong}")
    shows = "wrong" in request.query_params or refused is not None
    errors = faults_of(step, fields, questions, t) if shows else {}
    if step is SubmitStep.WHAT:
        return await _what(request, reader, on, fields, errors, refused=refused)
    if step is SubmitStep.WHERE:
        return await _where(request, reader, on, errors, refused)
    if step is SubmitStep.CHECK:
        return await _check(request, reader, resources, on, questions, refused)
    shown: dict[str, object] = {}
    if step is SubmitStep.DETAILS:
        shown = {
            "questions": question_views(questions, t),
            "answers": {name: given for name, given in fields.items() if name.startswith(ANSWER)},
        }
    return _show(request, step, on, form_of(fields, errors), refused, asks=bool(questions), **shown)


def _allowed(
    wanted: SubmitStep | None, fields: Given, questions: Sequence[Question], t: Translator
) -> SubmitStep:
    """Return the page that may be shown: not one that rests on what is missing."""
    asks = bool(questions)
    is_answered = not faults_of(SubmitStep.DETAILS, fields, questions, t)
    first = first_open(fields, asks=asks, is_answered=is_answered)
    order = list(SubmitStep)
    for step in order[: order.index(first)]:
        if faults_of(step, fields, questions, t):
            first = step
            break
    if wanted is None or (wanted is SubmitStep.DETAILS and not asks):
        return first
    return wanted if order.index(wanted) <= order.index(first) else first


def _show(
    request: PageRequest,
    step: SubmitStep,
    on: _On | None,
    form: FormState,
    refused: DomainError | None,
    *,
    asks: bool = False,
    **shown: object,
) -> Response[str]:
    t = speaker(request)
    if refused is not None:
        form = FormState(form.values, form.errors, explain(refused, t.language))
    before = step_before(step, asks=asks)
    return page(
        request,
        f"pages/submit_{step.value}.html",
        status=status_of(refused) if refused is not None else 200,
        form=form,
        step=step,
        number=number_of(step),
        marks_of=step_marks(step),
        words=label(step),
        action=f"/submit/{on.key}/{step.value}" if on else "/submit/steps",
        back=f"/submit/{on.key}/{before.value}" if on and before else None,
        key=on.key if on else None,
        **shown,
    )


async def _what(
    request: PageRequest,
    reader: AsyncSession,
    on: _On | None,
    fields: Given,
    errors: Mapping[str, str],
    *,
    refused: DomainError | None = None,
) -> Response[str]:
    t = speaker(request)
    return _show(
        request,
        SubmitStep.WHAT,
        on,
        form_of(fields, errors),
        refused,
        request_types=[(kind.value, t.text(label(kind))) for kind in RequestType],
        photos=await photos_of_submission(reader, on.begun.id) if on else (),
        most_photos=MOST_PHOTOS,
    )


async def _where(
    request: PageRequest,
    reader: AsyncSession,
    on: _On,
    errors: Mapping[str, str],
    refused: DomainError | None,
) -> Response[str]:
    t, now, fields = speaker(request), shell_of(request).now, on.fields
    departments = await list_departments(reader)
    content = "".join(fields.get("content", ()))
    read_off = recognise(content, now, areas_of(departments))
    is_fresh = "address" not in fields and not errors
    filled = _filled(read_off) if is_fresh else {}
    guessed = await suggest(
        reader,
        models_folder(request),
        Matter(title=title_for(fields), content=content, area=filled.get("area")),
        now,
    )
    likely = [one.code for one in guessed.categories]
    if is_fresh and guessed.is_sure and likely:
        filled["category"] = likely[0]
    paths = category_paths(await list_categories(reader), t)
    return _show(
        request,
        SubmitStep.WHERE,
        on,
        form_of(fields, errors, filled=filled),
        refused,
        recognised=sorted(filled),
        danger=danger_view(read_off.dangers, t),
        area_pairs=[
            (one.name, unit_name(one, t)) for one in departments if one.peer_group in AREA_GROUPS
        ],
        likely=[(code, paths[code]) for code in likely if code in paths],
        others=[(code, name) for code, name in paths.items() if code not in likely],
        known_answers=await _known_answers(reader, content, now, t),
    )


def _filled(found: Recognised) -> dict[str, str]:
    values = {name: text for name, text in found.fields.items() if name in {"address", "area"}}
    if found.times:
        values["since"] = found.times[0].words
    return values


async def _known_answers(
    reader: AsyncSession, content: str, now: datetime, t: Translator
) -> list[PublicAnswer]:
    found = await list_answers(
        reader, q=content[:200], category=None, today=day_of(now), limit=MOST_ANSWERS
    )
    return [public_answer(*row, t) for row in found]


async def _check(
    request: PageRequest,
    reader: AsyncSession,
    resources: Resources,
    on: _On,
    questions: Sequence[Question],
    refused: DomainError | None,
) -> Response[str]:
    t, now, fields = speaker(request), shell_of(request).now, on.fields
    new = new_matter(fields, questions, t)
    paths = category_paths(await list_categories(reader), t)
    return _show(
        request,
        SubmitStep.CHECK,
        on,
        form_of(fields, {}, filled={"title": title_for(fields)}),
        refused,
        asks=bool(questions),
        new=new,
        subject=paths.get(new.category or "", ""),
        questions=question_views(questions, t),
        answers=new.answers or {},
        photos=await photos_of_submission(reader, on.begun.id),
        others=await _told_by_others(reader, resources, new, now, t),
    )


async def _told_by_others(
    reader: AsyncSession, resources: Resources, new: NewTicket, now: datetime, t: Translator
) -> list[PublicMatter]:
    found = await like_public_matters(
        reader,
        resources.cipher,
        title=new.title,
        content=new.content,
        address=new.address,
        area=new.area,
        category=new.category,
        now=now,
    )
    if new.secret or not found:
        return []
    until = last_day(now.astimezone(SHANGHAI).date())
    return [
        public_matter(one.public, follow_word(resources.cipher, one.ticket_id, until), t)
        for one in found
    ]


async def _send(
    request: PageRequest,
    tx: Tx,
    resources: Resources,
    on: _On,
    questions: Sequence[Question],
) -> Response[Any]:
    t = speaker(request)
    first = _allowed(SubmitStep.CHECK, on.fields, questions, t)
    if first is not SubmitStep.CHECK:
        return see_other(f"/submit/{on.key}/{first.value}?wrong=1")
    try:
        await _count(request, tx, resources, SUBMIT_BY_ADDRESS)
        async with tx.session.begin_nested():
            await send_submission(tx, on.key, new_matter(on.fields, questions, t))
    except DomainError as error:
        return await _check(request, tx.session, resources, on, questions, error)
    return see_other(f"/submit/{on.key}/done")


async def _done(
    request: PageRequest, reader: AsyncSession, resources: Resources, ticket_id: uuid.UUID
) -> Response[str]:
    """Show number and query code; for an hour the page can be loaded again."""
    return show_submitted(request, resources, await created_of(reader, ticket_id))


def show_submitted(
    request: PageRequest, resources: Resources, created: Created, *, status: int = 200
) -> Response[str]:
    """Show a sender the number and the query code of his ticket, and how he comes back to it."""
    now, settings = shell_of(request).now, request.app.state.settings
    word = follow_word(resources.cipher, created.id, last_day(now.astimezone(SHANGHAI).date()))
    link = urljoin(settings.tracking_url, f"f/{word}")
    return page(
        request,
        "pages/submitted.html",
        status=status,
        created=created,
        link=link,
        qr=qr_of(link),
        sends=settings.sms_url is not None and settings.delivery_mode == "send",
    )
