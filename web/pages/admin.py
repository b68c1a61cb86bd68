"""The administrator's pages: directory, accounts, categories."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.people.actions import add_user, change_user, save_department, set_password
from hotline.people.levels import DepartmentLevel
from hotline.people.models import User
from hotline.people.permissions import ASSIGNABLE_ROLES, Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import (
    departments_by_id,
    find_department,
    find_user,
    list_departments,
    list_peer_groups,
    list_users,
)
from hotline.tickets.catalogue import list_categories
from hotline.tickets.routing.queries import CATALOGUES
from web.errors import status_of
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.directory import category_tree, department_tree, unit_name, user_rows
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain

USER = (
    Field("username", N_("User name"), Kind.LINE, most=63),
    Field("display_name", N_("Name"), Kind.LINE, most=80),
    Field("department", N_("Department"), Kind.DEPARTMENT),
    Field("password", N_("Password"), Kind.SECRET, required=False, most=200),
    Field("is_active", N_("In use"), Kind.CHECK, required=False),
)
DEPARTMENT = (
    Field("code", N_("Code"), Kind.LINE, most=63),
    Field("name", N_("Designation"), Kind.LINE, most=120),
    Field("name_en", N_("English name"), Kind.LINE, required=False, most=120),
    Field("parent", N_("Lies below"), Kind.DEPARTMENT, required=False),
    Field("peer_group", N_("Peer group"), Kind.LINE, required=False, most=32),
    Field("phone", N_("Telephone"), Kind.LINE, required=False, most=32),
    Field("level", N_("Level"), Kind.CHOICE, required=False, of=DepartmentLevel),
    Field("is_active", N_("Takes tickets"), Kind.CHECK, required=False),
)
_ROLES = [role for role in Role if role in ASSIGNABLE_ROLES]


class DirectoryController(Controller):
    """Departments, for everybody at work."""

    path = "/departments"
    guards = (requires(Permission.READ_DIRECTORY),)
    include_in_schema = False

    @get()
    async def show_departments(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the tree of departments."""
        departments = await list_departments(reader)
        groups = await list_peer_groups(reader)
        return page(
            request,
            "pages/departments.html",
            nodes=department_tree(departments, groups, speaker(request)),
            count=len(departments),
            may_edit=Permission.MANAGE_DIRECTORY in principal.permissions,
            may_list=Permission.READ_TICKETS in principal.permissions,
        )


class AdminDirectoryController(Controller):
    """Departments and categories, for the administrator."""

    path = "/admin"
    guards = (requires(Permission.MANAGE_DIRECTORY),)
    include_in_schema = False

    @get("/categories")
    async def show_categories(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the tree of categories."""
        categories = await list_categories(reader)
        departments = await list_departments(reader)
        catalogue = await CATALOGUES.in_force(reader, shell_of(request).now)
        leads = {
            entry.category: entry.department
            for entry in (catalogue.entries if catalogue else ())
            if entry.area is None and not entry.request_types
        }
        return page(
            request,
            "pages/categories.html",
            nodes=category_tree(categories, departments, leads, speaker(request)),
            count=len(categories),
        )

    @get("/departments/new")
    async def show_new_department(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the empty form of a department."""
        return await _department_page(request, reader, FormState({"is_active": "true"}), None)

    @get("/departments/{code:str}")
    async def show_department(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        code: FromPath[str],
    ) -> Response[Any]:
        """Show a department as a form."""
        found = await find_department(reader, code)
        if found is None:
            return see_other("/departments")
        parents = await departments_by_id(reader, {found.parent_id})
        parent = parents.get(found.parent_id or 0)
        values = {
            "code": found.code,
            "name": found.name,
            "name_en": found.name_en,
            "parent": parent.code if parent else "",
            "peer_group": found.peer_group or "",
            "phone": found.phone or "",
            "level": found.level.value,
            "is_active": "true" if found.is_active else "",
        }
        return await _department_page(request, reader, FormState(values), code)

    @post("/departments", status_code=200)
    async def save(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Add a department or change one."""
        t = speaker(request)
        sent = await posted(request)
        known = "".join(sent.get("known", [])) or None
        values, form = read(DEPARTMENT, sent, t)
        if form.errors:
            return await _department_page(request, tx.session, form, known, status=422)
        try:
            async with tx.session.begin_nested():
                await save_department(tx, **(values | {"name_en": values["name_en"] or ""}))
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await _department_page(
                request, tx.session, refused, known, status=status_of(error)
            )
        return see_other("/departments")


async def _department_page(
    request: PageRequest,
    reader: AsyncSession,
    form: FormState,
    known: str | None,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    departments = await list_departments(reader)
    groups = await list_peer_groups(reader)
    return page(
        request,
        "pages/department.html",
        status=status,
        form=form,
        known=known,
        departments=[(row.code, unit_name(row, t)) for row in departments if row.code != known],
        groups=[(g.code, g.name_en if t.language == "en" else g.name) for g in groups],
        levels=[(level.value, t.text(label(level))) for level in DepartmentLevel],
    )


class UserController(Controller):
    """Accounts."""

    path = "/admin/users"
    guards = (requires(Permission.MANAGE_USERS),)
    include_in_schema = False

    @get()
    async def show_users(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show every account."""
        rows = user_rows(await list_users(reader), speaker(request))
        return page(request, "pages/users.html", users=rows)

    @get("/new")
    async def show_new_user(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the empty form of an account."""
        return await _user_page(request, reader, EMPTY, None)

    @get("/{username:str}")
    async def show_user(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        username: FromPath[str],
    ) -> Response[Any]:
        """Show an account as a form."""
        user = await find_user(reader, username)
        if user is None:
            return see_other("/admin/users")
        return await _user_page(request, reader, await _user_form(reader, user), username)

    @post(status_code=200)
    async def save(
        self,
        request: PageRequest,
        tx: NamedDependency[Tx],
    ) -> Response[Any]:
        """Open an account or change one."""
        t = speaker(request)
        sent = await posted(request)
        known = "".join(sent.get("known", [])) or None
        values, form = read(USER, sent, t)
        roles = [role for role in _ROLES if role.value in sent.get("roles", ())]
        if form.errors:
            return await _user_page(request, tx.session, form, known, status=422)
        try:
            async with tx.session.begin_nested():
                await _save_user(tx, known, values, roles)
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, t.language))
            return await _user_page(request, tx.session, refused, known, status=status_of(error))
        return see_other("/admin/users")


async def _save_user(tx: Tx, known: str | None, values: dict[str, Any], roles: list[Role]) -> None:
    common = {
        "display_name": values["display_name"],
        "roles": roles,
        "department": values["department"],
    }
    if known is None:
        await add_user(tx, username=values["username"], password=values["password"], **common)
        return
    await change_user(tx, username=known, is_active=values["is_active"], **common)
    if values["password"]:
        await set_password(tx, username=known, password=values["password"])


async def _user_form(reader: AsyncSession, user: User) -> FormState:
    units = await departments_by_id(reader, {user.department_id})
    return FormState(
        {
            "username": user.username,
            "display_name": user.display_name,
            "department": units[user.department_id].code,
            "roles": " ".join(user.roles),
            "is_active": "true" if user.is_active else "",
        }
    )


async def _user_page(
    request: PageRequest,
    reader: AsyncSession,
    form: FormState,
    known: str | None,
    *,
    status: int = 200,
) -> Response[str]:
    t = speaker(request)
    departments = await list_departments(reader)
    return page(
        request,
        "pages/user.html",
        status=status,
        form=form,
        known=known,
        departments=[(row.code, unit_name(row, t)) for row in departments],
        roles=[(role.value, t.text(label(role))) for role in _ROLES],
    )
