"""Reading the directory."""

import uuid
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department, DutyHolder, PeerGroup, User
from hotline.people.permissions import DEPARTMENT_ROLES, Role
from hotline.people.principal import Principal


async def find_department(session: AsyncSession, code: str) -> Department | None:
    """Return the department with this code."""
    return (await session.exec(select(Department).where(Department.code == code))).first()


async def list_departments(session: AsyncSession) -> Sequence[Department]:
    """Return every department, by code."""
    return (await session.exec(select(Department).order_by(col(Department.code)))).all()


async def departments_by_id(
    session: AsyncSession, ids: Collection[int | None]
) -> Mapping[int, Department]:
    """Return the departments with these ids."""
    rows = await session.exec(
        select(Department).where(col(Department.id).in_([i for i in ids if i is not None]))
    )
    return {row.id: row for row in rows}


async def list_peer_groups(session: AsyncSession) -> Sequence[PeerGroup]:
    """Return every peer group, by code."""
    return (await session.exec(select(PeerGroup).order_by(col(PeerGroup.code)))).all()


async def hotline_department_id(session: AsyncSession) -> int:
    """Return the id of the hotline centre."""
    return (
        await session.exec(select(Department.id).where(col(Department.is_hotline).is_(True)))
    ).one()


async def list_users(
    session: AsyncSession, department_id: int | None = None
) -> Sequence[tuple[User, Department]]:
    """Return accounts with their departments, by user name."""
    statement = (
        select(User, Department)
        .join(Department, col(Department.id) == col(User.department_id))
        .order_by(col(User.username))
    )
    if department_id is not None:
        statement = statement.where(User.department_id == department_id)
    return (await session.exec(statement)).all()


async def leaders_of(session: AsyncSession, department_id: int) -> Sequence[User]:
    """Return the active leaders of a department, by user name."""
    rows = await session.exec(
        select(User)
        .where(
            User.department_id == department_id,
            col(User.is_active).is_(True),
            col(User.roles).contains([Role.LEADER.value]),
        )
        .order_by(col(User.username))
    )
    return rows.all()


async def find_user(session: AsyncSession, username: str) -> User | None:
    """Return the account with this name."""
    return (await session.exec(select(User).where(User.username == username))).first()


async def principal_of(session: AsyncSession, user_id: uuid.UUID) -> Principal | None:
    """Return the person behind an account, for work that goes on after his request."""
    row = (
        await session.exec(
            select(User, Department.code)
            .join(Department, col(Department.id) == col(User.department_id))
            .where(User.id == user_id, col(User.is_active).is_(True))
        )
    ).first()
    if row is None:
        return None
    user, department = row
    return Principal(
        roles=frozenset(Role(role) for role in user.roles),
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        department_id=user.department_id,
        department_code=department,
        language=user.language,
    )


async def users_by_id(
    session: AsyncSession, ids: Collection[uuid.UUID | None]
) -> Mapping[uuid.UUID, User]:
    """Return the accounts with these ids."""
    rows = await session.exec(
        select(User).where(col(User.id).in_([i for i in ids if i is not None]))
    )
    return {row.id: row for row in rows}


async def duty_names(session: AsyncSession) -> Mapping[int, str]:
    """Return the user name of every department's duty holder, by the department's id."""
    rows = await session.exec(
        select(DutyHolder.department_id, User.username).join(
            User, col(User.id) == col(DutyHolder.user_id)
        )
    )
    return dict(rows.all())


async def user_ids_with_role(
    session: AsyncSession, role: Role, department_id: int | None = None
) -> Sequence[uuid.UUID]:
    """Return the active accounts that hold `role`, of one department when it is given."""
    statement = select(User.id).where(
        col(User.roles).contains([role.value]), col(User.is_active).is_(True)
    )
    if department_id is not None:
        statement = statement.where(User.department_id == department_id)
    return (await session.exec(statement.order_by(col(User.username)))).all()


async def colleagues_of(session: AsyncSession, department_id: int | None) -> Sequence[User]:
    """Return who handles tickets in a department, by user name."""
    rows = await session.exec(
        select(User)
        .where(
            User.department_id == department_id,
            col(User.is_active).is_(True),
            sa.or_(*(col(User.roles).contains([role.value]) for role in DEPARTMENT_ROLES)),
        )
        .order_by(col(User.username))
    )
    return rows.all()
