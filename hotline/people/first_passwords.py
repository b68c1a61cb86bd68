"""First passwords: made by the house, shown once, worth a week, and to be changed at once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlmodel import col, select

from hotline.people.actions import UserNotFound
from hotline.people.models import Department, User
from hotline.people.passwords import hash_password
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

FIRST_PASSWORD_LIFE = timedelta(days=7)
"""Whoever has not signed in and changed it by then asks for another."""

MOST_AT_ONCE = 20
"""Hashing is slow on purpose: so many take a few seconds."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
"""Without what is mistaken for something else on paper."""


def make_password() -> str:
    """Return a password that can be read from paper: four groups, sixty bits and more."""
    groups = ["".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(4)) for _ in range(4)]
    return "-".join(groups)


async def without_password(tx: Tx) -> Sequence[tuple[User, str]]:
    """Return active accounts that nobody can sign in to yet, with their units, by user name.

    Raises:
        PermissionDenied: the actor may not manage users.
    """
    tx.actor.require(Permission.MANAGE_USERS)
    rows = await tx.session.exec(
        select(User, Department.code)
        .join(Department, col(Department.id) == User.department_id)
        .where(col(User.is_active), col(User.password_hash).is_(None))
        .order_by(col(User.username))
    )
    return rows.all()


async def give_first_passwords(tx: Tx, usernames: Sequence[str]) -> Mapping[str, str]:
    """Give accounts that have no password their first, and return each: it is told this once.

    An account that has one by now is passed over, so that a list sent twice does no harm.

    Raises:
        PermissionDenied: the actor may not manage users.
        UserNotFound: there is no such account.
    """
    tx.actor.require(Permission.MANAGE_USERS)
    found = {
        user.username: user
        for user in await tx.session.exec(
            select(User)
            .where(col(User.username).in_(usernames))
            .order_by(col(User.username))
            .with_for_update()
        )
    }
    given: dict[str, str] = {}
    for username in dict.fromkeys(usernames):
        user = found.get(username)
        if user is None:
            raise UserNotFound(username=username)
        if user.password_hash is not None or not user.is_active:
            continue
        if len(given) == MOST_AT_ONCE:
            break
        password = make_password()
        user.password_hash = await hash_password(password)
        user.first_password_until = tx.now + FIRST_PASSWORD_LIFE
        given[username] = password
    return given
