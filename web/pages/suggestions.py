"""Suggestions: the panel beside the intake form, and the administrator's page of models."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.suggestions.actions import switch_off, use_model
from hotline.suggestions.models import SuggestionModel
from hotline.suggestions.queries import list_models, live_figures
from hotline.suggestions.shelf import fault_of, folder_of
from hotline.suggestions.suggesting import Matter, suggest
from hotline.tickets.catalogue import list_categories
from hotline.tickets.models import RequestType
from web.errors import status_of
from web.i18n import Translator
from web.pages.desk import category_code
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.catalogue import Names, department_words
from web.views.directory import category_paths
from web.views.forms import EMPTY, FormState
from web.views.problems import explain
from web.views.suggestions import (
    figures_view,
    live_view,
    model_line,
    suggestions_view,
)

PATH = "/admin/suggestions"
_LONGEST_AREA = 64


def models_folder(request: PageRequest) -> Path:
    """Return where the models of this house lie."""
    return folder_of(request.app.state.settings.home)


class SuggestionPanelController(Controller):
    """What is suggested while an operator types."""

    path = "/desk/intake/suggestions"
    guards = (requires(Permission.CREATE_TICKETS),)
    include_in_schema = False

    @post(status_code=200)
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what is suggested for what was typed so far; nothing when that says too little."""
        t = speaker(request)
        matter = _typed(await posted(request))
        made = await suggest(reader, models_folder(request), matter, shell_of(request).now)
        view = None
        if not made.is_empty:
            view = suggestions_view(made, await _names(reader, t), t)
        return page(request, "fragments/suggestions.html", suggested=view)


def _typed(sent: Mapping[str, Sequence[str]]) -> Matter:
    def text(name: str) -> str:
        return "".join(sent.get(name, [])[:1])

    kinds = {kind.value for kind in RequestType}
    asked = text("request_type")
    return Matter(
        title=text("title"),
        content=text("content"),
        area=text("area").strip()[:_LONGEST_AREA] or None,
        category=category_code(text("category")),
        request_type=asked if asked in kinds else RequestType.HELP.value,
        is_secret=bool(text("secret")),
    )


async def _names(reader: AsyncSession, t: Translator) -> Names:
    return Names(
        category_paths(await list_categories(reader), t),
        department_words(await list_departments(reader), t),
    )


class SuggestionAdminController(Controller):
    """Models of suggestions: how good they are, which one is used."""

    path = PATH
    guards = (requires(Permission.MANAGE_SUGGESTIONS),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the models, the figures of the one in use, and what people chose."""
        return await _admin_page(request, reader)

    @post("/use/{version:int}", status_code=200)
    async def use(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        version: FromPath[int],
    ) -> Response[Any]:
        """Use a model from now on."""
        principal.require(Permission.MANAGE_SUGGESTIONS)
        try:
            async with tx.session.begin_nested():
                await use_model(tx, models_folder(request), version)
        except DomainError as error:
            refused = FormState({}, refusal=explain(error, speaker(request).language))
            return await _admin_page(request, tx.session, refused, status=status_of(error))
        return see_other(f"{PATH}?done=used")

    @post("/off", status_code=200)
    async def switch_off(self, tx: NamedDependency[Tx]) -> Response[Any]:
        """Go on without suggestions from words."""
        await switch_off(tx)
        return see_other(f"{PATH}?done=off")


_DONE = {
    "used": N_("The model is used from now on"),
    "off": N_("Suggestions from words are switched off"),
}


async def _admin_page(
    request: PageRequest, reader: AsyncSession, form: FormState = EMPTY, *, status: int = 200
) -> Response[str]:
    t, folder = speaker(request), models_folder(request)
    models = await list_models(reader)
    names = await _names(reader, t)
    today = shell_of(request).now.astimezone(SHANGHAI).date()
    active = next((row for row in models if row.is_active), None)
    shown = _asked(request, models) or active or (models[0] if models else None)
    metrics = shown.metrics if shown else {}
    done = _DONE.get(request.query_params.get("done", ""))
    return page(
        request,
        "pages/suggestions.html",
        status=status,
        form=form,
        done=t.text(done) if done else None,
        models=[
            model_line(
                row, fault_of(folder, row.version, row.file_digest) if row.is_kept else None, t
            )
            for row in models
        ],
        active=active.version if active else None,
        shown=shown.version if shown else None,
        categories=_figures(metrics, "categories", names.categories, t),
        departments=[
            (title, _figures(metrics, name, names.departments, t))
            for name, title in _DEPARTMENT_FIGURES
            if metrics.get(name)
        ],
        left_out=metrics.get("left_out", 0),
        unjudged=metrics.get("unjudged", 0),
        live=[live_view(row, t) for row in await live_figures(reader, today)],
    )


_DEPARTMENT_FIGURES = (
    ("departments_by_words", N_("Departments, from the words alone")),
    ("departments_by_category", N_("Departments, with the category known")),
)


def _asked(request: PageRequest, models: Sequence[SuggestionModel]) -> SuggestionModel | None:
    wanted = request.query_params.get("model", "")
    return next((row for row in models if str(row.version) == wanted), None)


def _figures(
    metrics: Mapping[str, Any], name: str, names: Mapping[str, str], t: Translator
) -> object:
    found = metrics.get(name)
    return figures_view(found, names, t) if found else None
