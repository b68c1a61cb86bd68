"""The register of observers: who is on it, his card, and the departments that he keeps out of."""

import secrets
import uuid
from datetime import date

from sqlmodel import col, or_, select

from credit.observers.access import observer_of
from credit.observers.errors import (
    AlreadyRegistered,
    ConflictExists,
    ConflictNotFound,
    NoObserverAccount,
    ObserverNotFound,
)
from credit.observers.models import Observer, ObserverConflict
from credit.observers.rules import (
    ConflictReason,
    ObserverCategory,
    require_impersonal,
    require_valid_until,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.ids import QUERY_CODE_ALPHABET, uuid7
from hotline.people.actions import DepartmentNotFound
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Tx
from hotline.people.queries import find_department, find_user
from hotline.supervision.errors import StaleRecord
from hotline.supervision.numbering import next_number

OBSERVER_NUMBER = "JD"
CARD_CODE_LENGTH = 12


async def register_observer(
    tx: Tx, *, username: str, nickname: str, category: ObserverCategory, valid_until: date
) -> Observer:
    """Put an account on the register of observers and give it a card.

    Args:
        tx: the transaction.
        username: an active account with the role of an observer.
        nickname: by which others know him; no name of a person.
        category: from where he looks at the city.
        valid_until: the last day of his card.

    Raises:
        PermissionDenied: the actor does not keep the register.
        NoObserverAccount: there is no such account.
        AlreadyRegistered: the account or the nickname is on it.
        InvalidCard: the card would have run out.
    """
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    require_impersonal(nickname)
    require_valid_until(valid_until, tx.now.astimezone(SHANGHAI).date())
    user = await find_user(tx.session, username)
    if user is None or not user.is_active or Role.OBSERVER.value not in user.roles:
        raise NoObserverAccount(username=username)
    taken = await tx.session.exec(
        select(Observer.id).where(
            or_(Observer.user_id == user.id, col(Observer.nickname) == nickname)
        )
    )
    if taken.first() is not None:
        raise AlreadyRegistered
    observer = Observer(
        id=uuid7(tx.now),
        user_id=user.id,
        number=await next_number(tx, OBSERVER_NUMBER),
        nickname=nickname,
        category=category,
        card_code=_card_code(),
        valid_until=valid_until,
        registered_by=tx.actor.user_id,
        registered_at=tx.now,
    )
    tx.session.add(observer)
    return observer


async def renew_observer(
    tx: Tx,
    observer_id: uuid.UUID,
    *,
    category: ObserverCategory,
    valid_until: date,
    expected_version: int | None = None,
) -> Observer:
    """Renew a card; whoever had been taken off the register is on it again, under his old number.

    Raises:
        ObserverNotFound: there is none.
        InvalidCard: the card would have run out.
        StaleRecord: somebody else has changed it.
    """
    require_valid_until(valid_until, tx.now.astimezone(SHANGHAI).date())
    observer = await _lock(tx, observer_id, expected_version)
    observer.category, observer.valid_until = category, valid_until
    observer.is_active, observer.ended_at, observer.end_reason = True, None, None
    return observer


async def end_observer(
    tx: Tx, observer_id: uuid.UUID, *, reason: str, expected_version: int | None = None
) -> Observer:
    """Take an observer off the register; his card is not valid from now on, what he did stays.

    Raises:
        ObserverNotFound: there is none on the register.
        StaleRecord: somebody else has changed it.
    """
    observer = await _lock(tx, observer_id, expected_version)
    if not observer.is_active:
        raise ObserverNotFound
    observer.is_active, observer.ended_at, observer.end_reason = False, tx.now, reason
    return observer


async def declare_conflict(tx: Tx, *, department: str, reason: ConflictReason) -> ObserverConflict:
    """Keep out of a department's matters from now on: the observer's own word.

    What he had answered about it does not count in surveys that are not closed yet.

    Raises:
        NotOnRegister: the actor is no observer.
        DepartmentNotFound: there is none.
        ConflictExists: he keeps out of it already.
    """
    observer = await observer_of(tx.session, tx.actor)
    unit = await find_department(tx.session, department)
    if unit is None:
        raise DepartmentNotFound(department=department)
    standing = await tx.session.exec(
        select(ObserverConflict.id).where(
            ObserverConflict.observer_id == observer.id,
            ObserverConflict.department_id == unit.id,
            col(ObserverConflict.lifted_at).is_(None),
        )
    )
    if standing.first() is not None:
        raise ConflictExists
    conflict = ObserverConflict(
        id=uuid7(tx.now),
        observer_id=observer.id,
        department_id=unit.id,
        reason=reason,
        declared_at=tx.now,
    )
    tx.session.add(conflict)
    return conflict


async def lift_conflict(tx: Tx, conflict_id: uuid.UUID, *, reason: str) -> ObserverConflict:
    """Let an observer say something about a department again: a supervisor's word.

    Raises:
        PermissionDenied: the actor does not keep the register.
        ConflictNotFound: there is none that stands.
    """
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    conflict = (
        await tx.session.exec(
            select(ObserverConflict)
            .where(ObserverConflict.id == conflict_id, col(ObserverConflict.lifted_at).is_(None))
            .with_for_update()
        )
    ).first()
    if conflict is None:
        raise ConflictNotFound
    conflict.lifted_at, conflict.lifted_by, conflict.lift_reason = (
        tx.now,
        tx.actor.user_id,
        reason,
    )
    return conflict


def _card_code() -> str:
    return "".join(secrets.choice(QUERY_CODE_ALPHABET) for _ in range(CARD_CODE_LENGTH))


async def _lock(tx: Tx, observer_id: uuid.UUID, expected_version: int | None) -> Observer:
    """Return an observer to change, locked, his version counted on."""
    tx.actor.require(Permission.MANAGE_OBSERVERS)
    observer = (
        await tx.session.exec(
            select(Observer)
            .where(Observer.id == observer_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if observer is None:
        raise ObserverNotFound
    if expected_version is not None and expected_version != observer.version:
        raise StaleRecord
    observer.version += 1
    return observer
