"""The pages of time-limit policies: edit, try, publish, roll back, re-apply."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.sla.actions import Draft, UnknownPolicy
from hotline.sla.models import PolicyVersion
from hotline.sla.policy import MAX_URGES, REQUIRED_CLOCKS, ClockKind
from hotline.sla.presets import PRESETS
from hotline.sla.queries import list_policies, list_policy_versions
from hotline.tickets.actions.intake import clean_text
from hotline.tickets.actions.policies import (
    OpenTx,
    preview_draft,
    publish_policy,
    reapply_next,
    restore_preset,
    roll_back_policy,
    switch_policy,
)
from hotline.tickets.models import RequestType
from hotline.tickets.reapplication import Preview, preview_reapplication
from hotline.workdays.book import list_calendars
from web.errors import status_of
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.resources import Resources
from web.security.guards import requires, signed_in
from web.views.fields import Posted, typed_values
from web.views.forms import EMPTY, FormState
from web.views.policies import (
    LADDER_RUNGS,
    MATCH_GROUPS,
    calendar_options,
    failure_words,
    general_limits,
    ladder_rungs,
    move_view,
    opened_clocks,
    policy_form,
    policy_row,
    read_policy,
    usual_ladder,
    version_views,
)
from web.views.problems import explain

PUBLISH = "publish"
"""What the button says that saves; the other one only tries."""

BATCH = 50
"""So many tickets are re-applied by one request of the page; it goes on by itself."""

_PRESETS = frozenset(preset.policy.code for preset in PRESETS)
_REASON_MAX = 2000
_SHOWN_FAILURES = 200


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page of one policy shows.

    Attributes:
        versions: newest first; empty for a new policy.
        form: as it stands.
        shown: the version that is looked at.
        preview: what publishing it would do, when it was tried.
        status: of the answer.
    """

    versions: Sequence[PolicyVersion]
    form: FormState
    shown: int | None = None
    preview: Preview | None = None
    status: int = 200

    @property
    def newest(self) -> PolicyVersion | None:
        """The version in force, or switched off."""
        return self.versions[0] if self.versions else None


class PolicyController(Controller):
    """Time-limit policies."""

    path = "/admin/policies"
    guards = (signed_in, requires(Permission.READ_POLICIES))
    include_in_schema = False

    @get()
    async def show_policies(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the newest version of every policy."""
        t = speaker(request)
        return page(
            request,
            "pages/policies.html",
            policies=[policy_row(row, t) for row in await list_policies(reader)],
            may_edit=Permission.MANAGE_POLICIES in principal.permissions,
        )

    @get("/new")
    async def show_new(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the empty form of a policy."""
        principal.require(Permission.MANAGE_POLICIES)
        return await _page(
            request, principal, reader, _Shown((), policy_form(None, speaker(request)))
        )

    @get("/{code:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
    ) -> Response[Any]:
        """Show a version of a policy, the newest when none is asked for."""
        versions = await list_policy_versions(reader, code)
        if not versions:
            return see_other("/admin/policies")
        asked = request.query_params.get("version", "")
        row = next((row for row in versions if str(row.version) == asked), versions[0])
        shown = _Shown(versions, policy_form(row, speaker(request)), row.version)
        return await _page(request, principal, reader, shown)

    @post(status_code=200)
    async def save_first(
        self, request: PageRequest, principal: NamedDependency[Principal], tx: NamedDependency[Tx]
    ) -> Response[Any]:
        """Try or publish the first version of a new policy."""
        return await _save(request, principal, tx, None)

    @post("/{code:str}", status_code=200)
    async def save_next(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        code: FromPath[str],
    ) -> Response[Any]:
        """Try or publish the next version of a policy."""
        return await _save(request, principal, tx, code)

    @post("/{code:str}/rollback", status_code=200)
    async def roll_back(
        self, request: PageRequest, tx: NamedDependency[Tx], code: FromPath[str]
    ) -> Response[Any]:
        """Publish an earlier version once more."""
        asked = "".join((await posted(request)).get("version", []))
        if not asked.isdecimal():
            raise UnknownPolicy(policy=f"{code} {asked}")
        await roll_back_policy(tx, code, int(asked[:9]))
        return see_other(f"/admin/policies/{code}?done=1")

    @post("/{code:str}/switch", status_code=200)
    async def switch(
        self, request: PageRequest, tx: NamedDependency[Tx], code: FromPath[str]
    ) -> Response[Any]:
        """Switch a policy on or off."""
        is_active = "true" in (await posted(request)).get("is_active", ())
        await switch_policy(tx, code, is_active=is_active)
        return see_other(f"/admin/policies/{code}?done=1")

    @post("/{code:str}/restore", status_code=200)
    async def restore(self, tx: NamedDependency[Tx], code: FromPath[str]) -> Response[Any]:
        """Publish a preset as it came."""
        await restore_preset(tx, code)
        return see_other(f"/admin/policies/{code}?done=1")

    @get("/{code:str}/reapply")
    async def show_reapplication(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
    ) -> Response[Any]:
        """Show what re-applying the policy in force would do to open tickets."""
        principal.require(Permission.MANAGE_POLICIES)
        return await _reapplication(request, reader, code, EMPTY)

    @post("/{code:str}/reapply", status_code=200)
    async def reapply(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        open_tx: NamedDependency[OpenTx],
        code: FromPath[str],
    ) -> Response[Any]:
        """Re-apply it to the next tickets, and show how far it has come."""
        principal.require(Permission.MANAGE_POLICIES)
        t = speaker(request)
        sent = await posted(request)
        form = FormState(typed_values(sent))
        reason = clean_text(form.values.get("reason", ""))
        errors = {}
        if not reason or len(reason) > _REASON_MAX:
            errors["reason"] = t.text(N_("This must be filled"))
        if form.values.get("confirmed") != "true":
            errors["confirmed"] = t.text(N_("Say that you have looked at the preview"))
        if errors:
            wrong = FormState(form.values, errors)
            async with open_tx() as tx:
                return await _reapplication(request, tx.session, code, wrong, status=422)
        return await _go_on(request, open_tx, code, sent, reason)


def _number(sent: Posted, name: str) -> int:
    text = "".join(sent.get(name, []))
    return int(text[:9]) if text.isdecimal() else 0


async def _go_on(
    request: PageRequest, open_tx: OpenTx, code: str, sent: Posted, reason: str
) -> Response[str]:
    t = speaker(request)
    after = "".join(sent.get("after", []))[:13]
    done = await reapply_next(open_tx, code, reason=reason, after=after, limit=BATCH)
    async with open_tx() as tx:
        name = await _name(tx.session, code)
    changed = _number(sent, "changed") + done.changed
    failures = [*sent.get("failure", [])][:_SHOWN_FAILURES] + [
        f"{failure.number}: {failure_words(failure, t.language)}" for failure in done.failures
    ]
    failed = _number(sent, "failed") + len(done.failures)
    return page(
        request,
        "pages/policy_reapply.html",
        code=code,
        name=name,
        form=FormState({"reason": reason, "confirmed": "true"}),
        progress={
            "changed": changed,
            "failed": failed,
            "remaining": done.remaining,
            "all": changed + failed + done.remaining,
            "after": done.last,
        },
        failures=failures,
        preview=None,
    )


async def _name(reader: AsyncSession, code: str) -> str:
    versions = await list_policy_versions(reader, code)
    if not versions:
        raise UnknownPolicy(policy=code)
    return versions[0].name


async def _reapplication(
    request: PageRequest,
    reader: AsyncSession,
    code: str,
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    name = await _name(reader, code)
    resources: Resources = request.app.state.resources
    preview = await preview_reapplication(reader, code, now=resources.clock.now())
    return page(
        request,
        "pages/policy_reapply.html",
        status=status,
        code=code,
        name=name,
        form=form,
        preview=preview,
        moves=[move_view(move, t) for move in preview.tickets],
        progress=None,
        failures=(),
    )


async def _save(
    request: PageRequest, principal: Principal, tx: Tx, code: str | None
) -> Response[Any]:
    """Try or publish what was typed; nothing typed is lost."""
    principal.require(Permission.MANAGE_POLICIES)
    t = speaker(request)
    sent = await posted(request)
    versions = await list_policy_versions(tx.session, code) if code else ()
    definition, form = read_policy(sent, t)
    name, errors = code or form.values.get("code", "").strip(), dict(form.errors)
    shown = _Shown(versions, form)
    newest = shown.newest
    if code is None and name and await list_policy_versions(tx.session, name):
        errors["code"] = t.text(N_("This code is taken"))
    if errors:
        wrong = replace(shown, form=FormState(form.values, errors), status=422)
        return await _page(request, principal, tx.session, wrong)
    if newest is not None and form.values.get("base", str(newest.version)) != str(newest.version):
        stale = t.text(
            N_("Somebody has published another version meanwhile: look at it, then begin anew")
        )
        late = replace(shown, form=FormState(form.values, refusal=stale), status=409)
        return await _page(request, principal, tx.session, late)
    draft = Draft(
        code=name,
        name=form.values["name"].strip(),
        definition=definition,
        is_active=_is_active(sent, newest),
    )
    try:
        if form.values.get("do", PUBLISH) == PUBLISH:
            async with tx.session.begin_nested():
                await publish_policy(tx, draft)
            return see_other(f"/admin/policies/{name}?done=1")
        preview = await preview_draft(tx, draft)
    except DomainError as error:
        refused = FormState(form.values, refusal=explain(error, t.language))
        answer = replace(shown, form=refused, status=status_of(error))
        return await _page(request, principal, tx.session, answer)
    return await _page(request, principal, tx.session, replace(shown, preview=preview))


def _is_active(sent: Posted, newest: PolicyVersion | None) -> bool:
    return (newest is not None and newest.is_default) or "true" in sent.get("is_active", ())


async def _page(
    request: PageRequest, principal: Principal, session: AsyncSession, shown: _Shown
) -> Response[str]:
    t = speaker(request)
    newest, form, preview = shown.newest, shown.form, shown.preview
    used = [form.values.get(f"{kind.value}-calendar", "") for kind in ClockKind]
    return page(
        request,
        "pages/policy.html",
        status=shown.status,
        form=form,
        newest=newest,
        action=f"/admin/policies/{newest.code}" if newest else "/admin/policies",
        versions=version_views(shown.versions, t),
        shown=shown.shown or (newest.version if newest else None),
        is_preset=newest is not None and newest.code in _PRESETS,
        may_edit=Permission.MANAGE_POLICIES in principal.permissions,
        kinds=list(ClockKind),
        opened=opened_clocks(form),
        general=general_limits(t),
        usual=usual_ladder(t),
        rungs={kind.value: ladder_rungs(kind) for kind in ClockKind},
        rung_words=dict(LADDER_RUNGS),
        most_urges=MAX_URGES,
        request_types=list(RequestType),
        required_kinds={kind.value for kind in REQUIRED_CLOCKS},
        calendars=calendar_options(await list_calendars(session), used, t),
        match_groups=[
            (group, t.text(text), [(str(m.value), t.text(label(m))) for m in members])
            for group, text, members in MATCH_GROUPS
        ],
        preview=preview,
        moves=[move_view(move, t) for move in preview.tickets] if preview else (),
        done=t.text(N_("A new version is in force")) if "done" in request.query_params else None,
    )
