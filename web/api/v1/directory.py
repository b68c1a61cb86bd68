"""The directory: departments, categories, users, and one's own tokens."""

import uuid
from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people import actions
from hotline.people.levels import DepartmentLevel
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import duty_names, list_departments, list_users
from hotline.tickets.actions.categories import save_category
from hotline.tickets.catalogue import list_categories
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Words
from web.security.guards import requires, signed_in

Code = Annotated[str, Field(min_length=1, max_length=96)]
Name = Annotated[Words, Field(max_length=120)]


class DepartmentOut(Answer):
    """A unit in the tree of departments."""

    code: str
    name: str
    name_en: str
    parent: str | None
    peer_group: str | None
    phone: str | None
    level: str
    duty: str | None
    is_hotline: bool
    is_active: bool


class DepartmentList(Answer):
    """The directory of departments."""

    items: list[DepartmentOut]
    next_cursor: str | None = None


class DepartmentBody(Body):
    """A department to add or change."""

    name: Name
    name_en: Name
    parent: Code | None = None
    peer_group: Code | None = None
    phone: str | None = Field(default=None, max_length=32)
    level: DepartmentLevel | None = Field(
        default=None, description="How high it stands; left out, it stays as it is"
    )
    is_active: bool = True


class DutyBody(Body):
    """Who answers for a department when nobody else does."""

    username: Code


class CategoryOut(Answer):
    """A category; `a.b` lies below `a`."""

    code: str
    parent: str | None
    name: str
    name_en: str
    steps: list[str]
    is_active: bool


class CategoryList(Answer):
    """The tree of categories."""

    items: list[CategoryOut]
    next_cursor: str | None = None


class CategoryBody(Body):
    """A category to add or change."""

    name: Name
    name_en: Name
    steps: tuple[Annotated[Words, Field(max_length=200)], ...] = Field(default=(), max_length=20)
    is_active: bool = True


class UserOut(Answer):
    """An account."""

    username: str
    display_name: str
    roles: list[str]
    department: str
    is_active: bool


class UserList(Answer):
    """The directory of accounts."""

    items: list[UserOut]
    next_cursor: str | None = None


class NewUserBody(Body):
    """An account to open."""

    username: Code
    display_name: Annotated[Words, Field(max_length=80)]
    roles: tuple[Role, ...] = Field(min_length=1)
    department: Code
    password: str | None = Field(default=None, max_length=200, repr=False)


class UserBody(Body):
    """An account to change."""

    display_name: Annotated[Words, Field(max_length=80)]
    roles: tuple[Role, ...] = Field(min_length=1)
    department: Code
    is_active: bool = True


class MeOut(Answer):
    """Who asks, and what he may do."""

    username: str
    display_name: str
    roles: list[str]
    department: str | None
    permissions: list[str]


class TokenBody(Body):
    """What a token is for."""

    label: Annotated[Words, Field(max_length=80)]


class NewTokenOut(Answer):
    """A new token, shown this once."""

    token: str


class TokenOut(Answer):
    """A token without its secret."""

    id: str
    label: str
    created_at: Instant
    revoked_at: Instant | None


class TokenList(Answer):
    """One's own tokens."""

    items: list[TokenOut]
    next_cursor: str | None = None


class DirectoryController(Controller):
    """Departments, categories and users, each by stable code or user name."""

    tags = ("directory",)

    @get(
        "/departments",
        guards=[requires(Permission.READ_DIRECTORY)],
        operation_id="listDepartments",
        operation_class=ApiOperation,
        summary="List departments",
        responses=problem_responses(401, 403),
    )
    async def departments(self, reader: NamedDependency[AsyncSession]) -> DepartmentList:
        """Return every department, by code."""
        rows = await list_departments(reader)
        codes = {row.id: row.code for row in rows}
        duties = await duty_names(reader)
        return DepartmentList(
            items=[
                DepartmentOut(
                    code=row.code,
                    name=row.name,
                    name_en=row.name_en,
                    parent=codes.get(row.parent_id or 0),
                    peer_group=row.peer_group,
                    phone=row.phone,
                    level=row.level.value,
                    duty=duties.get(row.id),
                    is_hotline=row.is_hotline,
                    is_active=row.is_active,
                )
                for row in rows
            ]
        )

    @put(
        "/departments/{code:str}",
        guards=[requires(Permission.MANAGE_DIRECTORY)],
        operation_id="saveDepartment",
        operation_class=ApiOperation,
        summary="Add or change a department",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def save_department(
        self, tx: NamedDependency[Tx], code: FromPath[str], data: JSONBody[DepartmentBody]
    ) -> DepartmentOut:
        """Add a department, or change the one with this code."""
        row = await actions.save_department(tx, code=code, **data.model_dump())
        return DepartmentOut(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            parent=data.parent,
            peer_group=row.peer_group,
            phone=row.phone,
            level=row.level.value,
            duty=(await duty_names(tx.session)).get(row.id),
            is_hotline=row.is_hotline,
            is_active=row.is_active,
        )

    @put(
        "/departments/{code:str}/duty",
        status_code=204,
        guards=[requires(Permission.MANAGE_DIRECTORY)],
        operation_id="setDutyHolder",
        operation_class=ApiOperation,
        summary="Say who is on duty for a department",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def set_duty(
        self, tx: NamedDependency[Tx], code: FromPath[str], data: JSONBody[DutyBody]
    ) -> None:
        """Say who answers for a department when nobody else does."""
        await actions.set_duty_holder(tx, department=code, username=data.username)

    @get(
        "/categories",
        guards=[requires(Permission.READ_DIRECTORY)],
        operation_id="listCategories",
        operation_class=ApiOperation,
        summary="List categories",
        responses=problem_responses(401, 403),
    )
    async def categories(self, reader: NamedDependency[AsyncSession]) -> CategoryList:
        """Return every category, by code."""
        return CategoryList(
            items=[
                CategoryOut(
                    code=row.code,
                    parent=row.parent,
                    name=row.name,
                    name_en=row.name_en,
                    steps=row.steps,
                    is_active=row.is_active,
                )
                for row in await list_categories(reader)
            ]
        )

    @put(
        "/categories/{code:str}",
        guards=[requires(Permission.MANAGE_DIRECTORY)],
        operation_id="saveCategory",
        operation_class=ApiOperation,
        summary="Add or change a category",
        responses=problem_responses(401, 403, 422),
    )
    async def save_category(
        self, tx: NamedDependency[Tx], code: FromPath[str], data: JSONBody[CategoryBody]
    ) -> CategoryOut:
        """Add a category, or change the one with this code."""
        row = await save_category(tx, code=code, **data.model_dump())
        return CategoryOut(
            code=row.code,
            parent=row.parent,
            name=row.name,
            name_en=row.name_en,
            steps=row.steps,
            is_active=row.is_active,
        )

    @get(
        "/users",
        guards=[requires(Permission.READ_STAFF)],
        operation_id="listUsers",
        operation_class=ApiOperation,
        summary="List accounts",
        responses=problem_responses(401, 403),
    )
    async def users(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
    ) -> UserList:
        """Return the accounts you may see: departments see their own."""
        own = None if principal.sees_every_ticket else principal.department_id
        return UserList(
            items=[
                UserOut(
                    username=user.username,
                    display_name=user.display_name,
                    roles=user.roles,
                    department=department.code,
                    is_active=user.is_active,
                )
                for user, department in await list_users(reader, own)
            ]
        )

    @post(
        "/users",
        guards=[requires(Permission.MANAGE_USERS)],
        operation_id="addUser",
        operation_class=ApiOperation,
        summary="Open an account",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def add_user(self, tx: NamedDependency[Tx], data: JSONBody[NewUserBody]) -> UserOut:
        """Open an account."""
        user = await actions.add_user(tx, **dict(data))
        return UserOut(
            username=user.username,
            display_name=user.display_name,
            roles=user.roles,
            department=data.department,
            is_active=True,
        )

    @put(
        "/users/{username:str}",
        guards=[requires(Permission.MANAGE_USERS)],
        operation_id="changeUser",
        operation_class=ApiOperation,
        summary="Change an account",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def change_user(
        self, tx: NamedDependency[Tx], username: FromPath[str], data: JSONBody[UserBody]
    ) -> UserOut:
        """Change an account; its sessions end, so that new roles hold at once."""
        user = await actions.change_user(tx, username=username, **dict(data))
        return UserOut(
            username=user.username,
            display_name=user.display_name,
            roles=user.roles,
            department=data.department,
            is_active=user.is_active,
        )


class AccountController(Controller):
    """One's own account."""

    tags = ("account",)
    guards = (signed_in,)

    @get(
        "/me",
        operation_id="readMe",
        operation_class=ApiOperation,
        summary="Who you are",
        responses=problem_responses(401),
    )
    async def me(self, principal: NamedDependency[Principal]) -> MeOut:
        """Return who asks, and what he may do."""
        return MeOut(
            username=principal.username,
            display_name=principal.display_name,
            roles=sorted(principal.roles),
            department=principal.department_code,
            permissions=sorted(principal.permissions),
        )

    @get(
        "/me/tokens",
        operation_id="listTokens",
        operation_class=ApiOperation,
        summary="Your tokens",
        responses=problem_responses(401),
    )
    async def tokens(self, tx: NamedDependency[Tx]) -> TokenList:
        """Return your tokens without their secrets, newest first."""
        return TokenList(
            items=[
                TokenOut(
                    id=str(token.id),
                    label=token.label,
                    created_at=token.created_at,
                    revoked_at=token.revoked_at,
                )
                for token in await actions.list_tokens(tx, tx.actor.username)
            ]
        )

    @post(
        "/me/tokens",
        operation_id="issueToken",
        operation_class=ApiOperation,
        summary="Make a token",
        responses=problem_responses(401, 422),
    )
    async def issue(self, tx: NamedDependency[Tx], data: JSONBody[TokenBody]) -> NewTokenOut:
        """Make a token for a program of yours; it is shown this once."""
        token = await actions.issue_token(tx, username=tx.actor.username, label=data.label)
        return NewTokenOut(token=token)

    @delete(
        "/me/tokens/{token_id:uuid}",
        status_code=204,
        operation_id="revokeToken",
        operation_class=ApiOperation,
        summary="End a token",
        responses=problem_responses(401, 404),
    )
    async def revoke(self, tx: NamedDependency[Tx], token_id: FromPath[uuid.UUID]) -> None:
        """End a token at once."""
        await actions.revoke_token(tx, token_id)
