"""Writing the directory: accounts, passwords, tokens, sessions, departments."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import bearer_token, uuid7
from hotline.people.access import token_hash
from hotline.people.levels import DepartmentLevel
from hotline.people.looks import Looks
from hotline.people.models import (
    ApiToken,
    Department,
    DepartmentVersion,
    DutyHolder,
    PeerGroup,
    User,
    UserSession,
)
from hotline.people.passwords import hash_password, is_password
from hotline.people.permissions import ASSIGNABLE_ROLES, Permission, Role
from hotline.people.principal import Tx
from hotline.people.queries import find_department, find_user

SESSION_LIFE = timedelta(hours=12)
"""A shift; after it one signs in again."""

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,62}")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,62}")
_VERSIONED = ("name", "name_en", "peer_group", "is_active")


class UserNotFound(DomainError):
    """No such account."""

    kind = ErrorKind.NOT_FOUND
    code = "user-not-found"
    title = N_("There is no account {username}")


class DepartmentNotFound(DomainError):
    """No such department."""

    kind = ErrorKind.NOT_FOUND
    code = "department-not-found"
    title = N_("There is no department {department}")


class InvalidDirectoryEntry(DomainError):
    """An account or department that cannot be."""

    kind = ErrorKind.INVALID
    code = "invalid-directory-entry"
    title = N_("The entry is not valid: {problem}")


class SignInRefused(DomainError):
    """Name and password do not belong together, or the account is switched off."""

    kind = ErrorKind.INVALID
    code = "sign-in-refused"
    title = N_("The user name or the password is not right")


class TokenNotFound(DomainError):
    """No such token of this account."""

    kind = ErrorKind.NOT_FOUND
    code = "token-not-found"
    title = N_("There is no such token")


async def sign_in(tx: Tx, *, username: str, password: str, previous: str | None) -> str:
    """Return a fresh session secret for the right password; the one before is forgotten.

    Raises:
        SignInRefused: name and password do not belong together.
    """
    user = await find_user(tx.session, username.strip().lower())
    right = await is_password(user.password_hash if user else None, password)
    if user is None or not right or not user.is_active or _has_lapsed(user, tx.now):
        raise SignInRefused
    if previous is not None:
        await sign_out(tx, previous)
    await tx.session.exec(delete(UserSession).where(col(UserSession.expires_at) < tx.now))
    return _open_session(tx, user.id)


def _has_lapsed(user: User, now: datetime) -> bool:
    """Tell whether a first password was not changed in its time."""
    return user.first_password_until is not None and user.first_password_until <= now


def _open_session(tx: Tx, user_id: uuid.UUID) -> str:
    token = bearer_token()
    tx.session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=user_id,
            created_at=tx.now,
            expires_at=tx.now + SESSION_LIFE,
        )
    )
    return token


async def sign_out(tx: Tx, token: str) -> None:
    """Forget a session."""
    await tx.session.exec(
        delete(UserSession).where(col(UserSession.token_hash) == token_hash(token))
    )


async def add_user(
    tx: Tx,
    *,
    username: str,
    display_name: str,
    roles: Sequence[Role],
    department: str,
    password: str | None = None,
) -> User:
    """Open an account.

    Raises:
        PermissionDenied: the actor may not manage users.
        InvalidDirectoryEntry: the name is taken or malformed, or a role belongs to no account.
        DepartmentNotFound: there is no such department.
        WeakPassword: the password is too short.
    """
    tx.actor.require(Permission.MANAGE_USERS)
    if not _USERNAME.fullmatch(username):
        raise InvalidDirectoryEntry(
            problem="a user name is 2 to 63 small letters, digits, dots, - and _"
        )
    if not roles or not set(roles) <= ASSIGNABLE_ROLES:
        raise InvalidDirectoryEntry(problem="an account needs a role that an account may hold")
    if not display_name.strip():
        raise InvalidDirectoryEntry(problem="an account needs a name")
    if await find_user(tx.session, username) is not None:
        raise InvalidDirectoryEntry(problem=f"the user name {username} is taken")
    unit = await _require_department(tx, department)
    user = User(
        id=uuid7(tx.now),
        username=username,
        display_name=display_name.strip(),
        roles=[role.value for role in roles],
        department_id=unit.id,
        password_hash=await hash_password(password) if password else None,
        created_at=tx.now,
        is_active=True,
    )
    tx.session.add(user)
    return user


async def _require_department(tx: Tx, code: str) -> Department:
    department = await find_department(tx.session, code)
    if department is None:
        raise DepartmentNotFound(department=code)
    return department


async def _require_user(tx: Tx, username: str) -> User:
    user = await find_user(tx.session, username)
    if user is None:
        raise UserNotFound(username=username)
    return user


async def change_user(
    tx: Tx,
    *,
    username: str,
    display_name: str,
    roles: Sequence[Role],
    department: str,
    is_active: bool,
) -> User:
    """Change an account; its sessions end, so that new roles hold at once.

    Raises:
        PermissionDenied: the actor may not manage users.
        UserNotFound: there is no such account.
        InvalidDirectoryEntry: no role, or one that belongs to no account.
    """
    tx.actor.require(Permission.MANAGE_USERS)
    user = await _require_user(tx, username)
    if not roles or not set(roles) <= ASSIGNABLE_ROLES:
        raise InvalidDirectoryEntry(problem="an account needs a role that an account may hold")
    if user.id == tx.actor.user_id and (not is_active or Role.ADMIN not in roles):
        raise InvalidDirectoryEntry(problem="you cannot take your own administrator role away")
    user.display_name = display_name.strip() or user.display_name
    user.roles = [role.value for role in roles]
    user.department_id = (await _require_department(tx, department)).id
    user.is_active = is_active
    await tx.session.exec(delete(UserSession).where(col(UserSession.user_id) == user.id))
    return user


async def set_password(tx: Tx, *, username: str, password: str) -> None:
    """Give an account a new password and end its sessions.

    Raises:
        PermissionDenied: it is somebody else's and the actor may not manage users.
        UserNotFound: there is no such account.
        WeakPassword: it is too short.
    """
    if username != tx.actor.username:
        tx.actor.require(Permission.MANAGE_USERS)
    user = await _require_user(tx, username)
    user.password_hash = await hash_password(password)
    user.first_password_until = None
    await tx.session.exec(delete(UserSession).where(col(UserSession.user_id) == user.id))


async def change_own_password(tx: Tx, *, present: str, password: str) -> str:
    """Change the actor's own password and return a fresh session secret.

    Raises:
        SignInRefused: the present password is not right.
        WeakPassword: the new one is too short.
    """
    user = await _require_user(tx, tx.actor.username)
    if not await is_password(user.password_hash, present):
        raise SignInRefused
    await set_password(tx, username=user.username, password=password)
    return _open_session(tx, user.id)


async def set_language(tx: Tx, language: str) -> None:
    """Remember the language of the actor's screens."""
    await tx.session.exec(
        update(User).where(col(User.id) == tx.actor.user_id).values(language=language)
    )


async def set_looks(tx: Tx, looks: Looks) -> None:
    """Remember the looks of the actor's screens."""
    await tx.session.exec(
        update(User)
        .where(col(User.id) == tx.actor.user_id)
        .values(theme=looks.theme, density=looks.density, text_size=looks.size)
    )


async def issue_token(tx: Tx, *, username: str, label: str) -> str:
    """Return a new API token; it is shown this once and kept as a digest.

    Raises:
        PermissionDenied: it is for somebody else and the actor may not manage users.
        UserNotFound: there is no such account.
    """
    if username != tx.actor.username:
        tx.actor.require(Permission.MANAGE_USERS)
    user = await _require_user(tx, username)
    token = bearer_token()
    tx.session.add(
        ApiToken(
            id=uuid7(tx.now),
            user_id=user.id,
            label=label,
            token_hash=token_hash(token),
            created_at=tx.now,
        )
    )
    return token


async def revoke_token(tx: Tx, token_id: uuid.UUID) -> None:
    """End an API token at once.

    Raises:
        TokenNotFound: there is none, or it is somebody else's.
    """
    token = await tx.session.get(ApiToken, token_id)
    may = token is not None and (
        token.user_id == tx.actor.user_id or Permission.MANAGE_USERS in tx.actor.permissions
    )
    if token is None or not may:
        raise TokenNotFound
    token.revoked_at = token.revoked_at or tx.now


async def list_tokens(tx: Tx, username: str) -> Sequence[ApiToken]:
    """Return an account's tokens, newest first, revoked ones included.

    Raises:
        PermissionDenied: it is somebody else's and the actor may not manage users.
        UserNotFound: there is no such account.
    """
    if username != tx.actor.username:
        tx.actor.require(Permission.MANAGE_USERS)
    user = await _require_user(tx, username)
    rows = await tx.session.exec(
        select(ApiToken)
        .where(ApiToken.user_id == user.id)
        .order_by(col(ApiToken.created_at).desc())
    )
    return rows.all()


async def save_department(
    tx: Tx,
    *,
    code: str,
    name: str,
    name_en: str,
    parent: str | None = None,
    peer_group: str | None = None,
    phone: str | None = None,
    level: DepartmentLevel | None = None,
    is_hotline: bool = False,
    is_active: bool = True,
) -> Department:
    """Add a department, or change the one with this code; without a level it keeps the one it has.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        InvalidDirectoryEntry: a malformed code, no name, an unknown peer group, or a circle.
        DepartmentNotFound: the parent does not exist.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    if not _CODE.fullmatch(code):
        raise InvalidDirectoryEntry(problem="a code is 2 to 63 small letters, digits and _")
    if not name.strip():
        raise InvalidDirectoryEntry(problem="a department needs a name")
    if peer_group is not None and await tx.session.get(PeerGroup, peer_group) is None:
        raise InvalidDirectoryEntry(problem=f"there is no peer group {peer_group}")
    above = await _require_department(tx, parent) if parent else None
    department = await find_department(tx.session, code)
    if department is None:
        department = Department(code=code, name=name, name_en=name_en)
        tx.session.add(department)
    elif above is not None:
        await _refuse_circle(tx, department, above)
    department.name, department.name_en = name.strip(), name_en.strip() or name.strip()
    department.parent_id = above.id if above else None
    department.peer_group, department.phone = peer_group, phone
    department.level = level or department.level
    department.is_active = is_active
    if is_hotline:
        department.is_hotline = True
    await tx.session.flush()  # the caller may need the id of a new department
    await _keep_version(tx, department)
    return department


async def _keep_version(tx: Tx, department: Department) -> None:
    """Write down what a department is called and compared with from now on, if that is new."""
    known = (
        await tx.session.exec(
            select(DepartmentVersion)
            .where(DepartmentVersion.department_id == department.id)
            .order_by(col(DepartmentVersion.since).desc(), col(DepartmentVersion.id).desc())
            .limit(1)
        )
    ).first()
    told = {name: getattr(department, name) for name in _VERSIONED}
    if known is None or told != {name: getattr(known, name) for name in _VERSIONED}:
        tx.session.add(DepartmentVersion(department_id=department.id, since=tx.now, **told))


async def _refuse_circle(tx: Tx, department: Department, above: Department) -> None:
    step: Department | None = above
    while step is not None:
        if step.id == department.id:
            raise InvalidDirectoryEntry(problem="a department cannot lie below itself")
        step = await tx.session.get(Department, step.parent_id) if step.parent_id else None


async def save_peer_group(tx: Tx, *, code: str, name: str, name_en: str) -> None:
    """Add a peer group, or rename the one with this code.

    Raises:
        PermissionDenied: the actor may not manage the directory.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    await tx.session.exec(
        insert(PeerGroup)
        .values(code=code, name=name, name_en=name_en)
        .on_conflict_do_update(index_elements=["code"], set_={"name": name, "name_en": name_en})
    )


async def set_duty_holder(tx: Tx, *, department: str, username: str) -> None:
    """Say who answers for a department when nobody else does.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        InvalidDirectoryEntry: the account is switched off.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    unit, user = await _require_department(tx, department), await _require_user(tx, username)
    if not user.is_active:
        raise InvalidDirectoryEntry(problem=f"the account {username} is switched off")
    await tx.session.exec(
        insert(DutyHolder)
        .values(department_id=unit.id, user_id=user.id, since=tx.now)
        .on_conflict_do_update(
            index_elements=["department_id"], set_={"user_id": user.id, "since": tx.now}
        )
    )
