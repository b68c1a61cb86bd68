"""Practising in the demo city; in every other house there is nothing at this address."""

import secrets
from datetime import timedelta

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from hotline.kernel.errors import DomainError
from hotline.kernel.settings import Settings
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.practice.actions import (
    ask_again,
    begin_own_practice,
    find_late,
    require_practice,
    ring,
)
from hotline.practice.queries import own_acts
from web.errors import status_of
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.run.demo.loader import load
from web.security.guards import requires, signed_in
from web.views.forms import EMPTY, FormState
from web.views.practice import task_views
from web.views.problems import explain


class PracticeController(Controller):
    """Tasks of one's own role, a telephone that rings when asked to, and beginning again."""

    path = "/practice"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, principal: NamedDependency[Principal], tx: NamedDependency[Tx]
    ) -> Response[str]:
        """Show the tasks with what of them is done."""
        return await _practice_page(request, principal, tx, EMPTY)

    @post("/begin", status_code=303)
    async def begin(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Count one's own steps anew."""
        await begin_own_practice(tx, is_demo=_settings(request).demo)
        return see_other("/practice")

    @post("/ring", status_code=303, guards=[requires(Permission.TAKE_CALLS)])
    async def let_ring(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Let one's own telephone ring: somebody invented calls."""
        settings = _settings(request)
        await require_practice(tx, is_demo=settings.demo)
        parts = load().requesters
        number = secrets.choice(range(parts.phone_first, parts.phone_last + 1))
        await ring(
            tx,
            f"{parts.phone_prefix}{number:04d}",
            is_demo=settings.demo,
            within=timedelta(minutes=settings.call_back_minutes),
        )
        return see_other("/desk/intake")

    @post("/late", status_code=200)
    async def found_late(
        self, request: PageRequest, principal: NamedDependency[Principal], tx: NamedDependency[Tx]
    ) -> Response[str]:
        """Take the number of a matter that somebody found to be late."""
        number = "".join((await posted(request)).get("number", ()))[:64]
        try:
            await find_late(tx, number, is_demo=_settings(request).demo)
        except DomainError as error:
            said = explain(error, speaker(request).language)
            form = FormState({"number": number}, {"number": said})
            return await _practice_page(request, principal, tx, form, status=status_of(error))
        return see_other("/practice")

    @post("/again", status_code=200, guards=[requires(Permission.MANAGE_DIRECTORY)])
    async def again(
        self, request: PageRequest, principal: NamedDependency[Principal], tx: NamedDependency[Tx]
    ) -> Response[str]:
        """Ask for the whole city to be built anew."""
        settings = _settings(request)
        await ask_again(tx, is_demo=settings.demo, is_renewable=settings.database_url is None)
        return await _practice_page(request, principal, tx, EMPTY)


def _settings(request: PageRequest) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _practice_page(
    request: PageRequest, principal: Principal, tx: Tx, form: FormState, *, status: int = 200
) -> Response[str]:
    settings = _settings(request)
    city = await require_practice(tx, is_demo=settings.demo)
    acts = await own_acts(tx.session, principal.user_id or tx.actor.user_id, city.founded_at)  # type: ignore[arg-type]  # who is signed in has an id
    roles = sorted(principal.roles)
    return page(
        request,
        "pages/practice.html",
        status=status,
        form=form,
        tasks=task_views(roles, acts, speaker(request)),
        founded_at=city.founded_at,
        is_asked=city.again_asked_at is not None,
        may_renew=Permission.MANAGE_DIRECTORY in principal.permissions
        and settings.database_url is None,
    )
