"""The link to rate: opens once, on any telephone, without JavaScript, cookie or account."""

from dataclasses import replace

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from hotline.followup.access import LinkFound
from hotline.followup.actions import Said, answer_by_link
from hotline.followup.links import LinkUnknown, LinkUsed, open_link
from hotline.followup.rules import VisitAnswer
from hotline.kernel.errors import N_, DomainError
from hotline.people.attempts import RATE_BY_ADDRESS, TooManyAttempts, count_attempt
from hotline.people.principal import Tx
from hotline.tickets.access import find_readable
from hotline.tickets.lifecycle import Status
from web.errors import status_of
from web.pages.action_forms import ANONYMOUS
from web.pages.frame import PageRequest, page, posted, speaker
from web.pages.session import client_address
from web.resources import Resources
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

FIELDS = (
    Field("was_contacted", N_("Did anyone contact you?"), Kind.YES_NO, required=False),
    Field(
        "solved",
        N_("Is the matter solved?"),
        Kind.YES_NO,
        words=(N_("Solved"), N_("Not solved")),
    ),
    Field("rating", N_("Rating"), Kind.RATING, required=False),
    Field("note", N_("Your words"), required=False, most=2000),
    replace(ANONYMOUS, text=N_("Do not tell the department that I said this")),
)
REOPEN = Field(
    "reopen",
    N_("If it is not solved: handle it again"),
    Kind.CHECK,
    required=False,
)


class RatingController(Controller):
    """One requester's link."""

    path = "/rate/{word:str}"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        word: FromPath[str],
    ) -> Response[str]:
        """Show the questions, or that the link does not open."""
        try:
            await _count(request, public_tx, resources)
            found = await open_link(public_tx, word)
        except DomainError as error:
            return _closed(request, error)
        return await _form(request, public_tx, found, EMPTY)

    @post(status_code=200)
    async def answer(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        word: FromPath[str],
    ) -> Response[str]:
        """Record the answer; of two at once exactly one counts."""
        t = speaker(request)
        try:
            await _count(request, public_tx, resources)
            found = await open_link(public_tx, word)
        except DomainError as error:
            return _closed(request, error)
        values, form = read((*FIELDS, REOPEN), await posted(request), t)
        if form.errors:
            return await _form(request, public_tx, found, form, status=422)
        agent = request.headers.get("user-agent", "")
        try:
            async with public_tx.session.begin_nested():
                ticket = await answer_by_link(
                    public_tx,
                    word,
                    VisitAnswer(True, values["solved"], values["rating"], values["was_contacted"]),
                    Said(
                        note=values["note"],
                        is_anonymous=values["is_anonymous"],
                        source=f"{client_address(request)}|{agent}",
                    ),
                    reopen=values["reopen"],
                )
        except DomainError as error:
            return _closed(request, error)
        return page(
            request,
            "pages/rated.html",
            is_solved=values["solved"],
            is_again=ticket.round != found.round,
        )


async def _count(request: PageRequest, tx: Tx, resources: Resources) -> None:
    await count_attempt(
        resources.session_maker,
        resources.cipher,
        RATE_BY_ADDRESS,
        client_address(request),
        tx.now,
    )


def _closed(request: PageRequest, error: DomainError) -> Response[str]:
    """Say that the link does not open, and nothing of what it was about."""
    known = isinstance(error, LinkUsed | TooManyAttempts)
    shown = error if known else LinkUnknown()
    return page(
        request,
        "pages/link_closed.html",
        status=status_of(shown),
        words=explain(shown, speaker(request).language),
        is_used=isinstance(shown, LinkUsed),
    )


async def _form(
    request: PageRequest, tx: Tx, found: LinkFound, form: FormState, *, status: int = 200
) -> Response[str]:
    ticket = await find_readable(tx.session, tx.actor, found.number)
    return page(
        request,
        "pages/rate.html",
        status=status,
        fields=FIELDS,
        reopen=REOPEN if ticket.status is Status.CLOSED else None,
        form=form,
    )
