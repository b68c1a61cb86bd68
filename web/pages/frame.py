"""Answering with a page: what surrounds it, and in which language."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.enums import MediaType
from litestar.response import Redirect

from hotline.people.looks import Looks, read_looks
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.errors import language_of
from web.exports.lists import list_at
from web.help.empty import advice_for
from web.i18n import Translator, translator
from web.labels import label
from web.resources import Resources
from web.security.identity import SESSION_COOKIE, csrf_token
from web.views.alarms import alarm_views
from web.views.credit_tabs import ShownTab, credit_tabs
from web.views.fields import Posted
from web.views.queues import nav_groups
from web.views.rendering import Shell, render

PageRequest = Request[Any, Any, Any]
LOOKS_COOKIE = "looks"


_TABBED = ("/credit", "/observer/ranking")


def shell_of(request: PageRequest) -> Shell:
    """Return what surrounds every page of this reader."""
    resources: Resources = request.app.state.resources
    now = resources.clock.now()
    principal = request.scope.get("user")
    token = csrf_token(resources.cipher, request.cookies.get(SESSION_COOKIE))
    path = request.url.path
    looks = looks_of(request)
    is_practice: bool = request.app.state.is_practice
    if not isinstance(principal, Principal):
        return Shell(path, now, token, looks, is_practice=is_practice)
    return Shell(
        path,
        now,
        token,
        looks,
        user=principal.username,
        display_name=principal.display_name,
        roles=[label(role) for role in sorted(principal.roles)],
        groups=nav_groups(principal, path),
        may_search=Permission.READ_TICKETS in principal.permissions,
        takes_calls=Permission.TAKE_CALLS in principal.permissions,
        export_href=_export_href(request, principal),
        alarms=alarm_views(request.app.state.alarms, principal, speaker(request)),
        tabs=credit_tabs_of(request, principal) if path.startswith(_TABBED) else (),
        is_practice=is_practice,
        advice=advice_for(path, request.url.query, principal),
    )


def _export_href(request: PageRequest, principal: Principal) -> str | None:
    """Return where the list that a page shows is exported, with the page's own filter."""
    found = list_at(request.app.state.lists, principal, request.url.path)
    if found is None:
        return None
    one, added = found
    asked = one.filter_of({**dict(request.query_params.items()), **added})
    return f"/exports/new?{urlencode({'list': one.code, **asked})}"


def credit_tabs_of(request: PageRequest, principal: Principal) -> list[ShownTab]:
    """Return the pages of credit that a person may open."""
    return credit_tabs(principal, request.url.path, {route.path for route in request.app.routes})


def speaker(request: PageRequest) -> Translator:
    """Return the translator of this reader."""
    return translator(language_of(request))


def looks_of(request: PageRequest) -> Looks:
    """Return the looks to answer in: the account's, else those that the browser remembers."""
    principal = request.scope.get("user")
    chosen = principal.looks if isinstance(principal, Principal) else None
    return chosen or read_looks(request.cookies.get(LOOKS_COOKIE))


def page(
    request: PageRequest, template: str, *, status: int = 200, **context: object
) -> Response[str]:
    """Return a page in the reader's language."""
    text = render(template, language=language_of(request), shell=shell_of(request), **context)
    return Response(text, status_code=status, media_type=MediaType.HTML)


async def posted(request: PageRequest) -> Posted:
    """Return the fields of a sent form, each with all its values."""
    form = await request.form()
    return {name: [str(value) for value in form.getall(name)] for name in form}


def see_other(path: str) -> Redirect:
    """Send the browser to look at what its form has done."""
    return Redirect(path, status_code=303)


def own_path(path: str) -> str:
    """Return `path` when it is one of ours, else the first page: nobody is sent elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if is_ours else "/"
