"""The doors: who acts as an observer, which departments he keeps out of, what somebody may read."""

import uuid

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.errors import CardNotValid, DepartmentClosed, NotOnRegister, Recused
from credit.observers.models import (
    Observer,
    ObserverConflict,
    ObserverFinding,
    ObserverVisit,
    Survey,
)
from credit.observers.rules import SurveyState, card_is_valid
from hotline.kernel.clock import SHANGHAI
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_department


async def observer_of(session: AsyncSession, principal: Principal) -> Observer:
    """Return the observer that somebody is.

    Raises:
        PermissionDenied: his account is no observer's.
        NotOnRegister: nobody has put him on the register.
    """
    principal.require(Permission.OBSERVE)
    found = (
        await session.exec(select(Observer).where(Observer.user_id == principal.user_id))
    ).first()
    if found is None:
        raise NotOnRegister
    return found


async def acting_observer(tx: Tx) -> Observer:
    """Return the observer who acts, his row locked, so that he does one thing at a time.

    Raises:
        PermissionDenied: his account is no observer's.
        NotOnRegister: nobody has put him on the register.
        CardNotValid: his card has run out, or he was taken off the register.
    """
    tx.actor.require(Permission.OBSERVE)
    found = (
        await tx.session.exec(
            select(Observer)
            .where(Observer.user_id == tx.actor.user_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if found is None:
        raise NotOnRegister
    today = tx.now.astimezone(SHANGHAI).date()
    if not card_is_valid(is_active=found.is_active, valid_until=found.valid_until, today=today):
        raise CardNotValid
    return found


async def department_to_judge(tx: Tx, observer: Observer, code: str) -> Department:
    """Return a department that the observer may say something about.

    Raises:
        DepartmentNotFound: there is none.
        DepartmentClosed: it was closed.
        Recused: he belongs to it, or has declared a conflict.
    """
    department = await find_department(tx.session, code)
    if department is None:
        raise DepartmentNotFound(department=code)
    if not department.is_active:
        raise DepartmentClosed
    if department.id == tx.actor.department_id or await _keeps_out(tx, observer, department.id):
        raise Recused
    return department


async def _keeps_out(tx: Tx, observer: Observer, department_id: int) -> bool:
    found = await tx.session.exec(
        select(ObserverConflict.id).where(
            ObserverConflict.observer_id == observer.id,
            ObserverConflict.department_id == department_id,
            col(ObserverConflict.lifted_at).is_(None),
        )
    )
    return found.first() is not None


def readable_surveys(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a survey exists for somebody: observers see no drafts."""
    if Permission.READ_OBSERVERS in principal.permissions:
        return sa.true()
    if Permission.OBSERVE in principal.permissions:
        return col(Survey.state) != SurveyState.DRAFT
    return sa.false()


def _own(principal: Principal) -> sa.ScalarSelect[uuid.UUID]:
    return select(Observer.id).where(Observer.user_id == principal.user_id).scalar_subquery()


def readable_visits(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a visit exists for somebody: an observer sees his own."""
    if Permission.READ_OBSERVERS in principal.permissions:
        return sa.true()
    if Permission.OBSERVE in principal.permissions:
        return col(ObserverVisit.observer_id) == _own(principal)
    return sa.false()


def readable_findings(principal: Principal) -> sa.ColumnElement[bool]:
    """Return the condition under which a finding exists for somebody.

    Whoever supervises sees all, a department those about itself, an observer those of his visits.
    """
    if Permission.READ_OBSERVERS in principal.permissions:
        return sa.true()
    if Permission.ANSWER_FINDINGS in principal.permissions:
        return col(ObserverFinding.department_id) == principal.department_id
    if Permission.OBSERVE in principal.permissions:
        own = select(ObserverVisit.id).where(ObserverVisit.observer_id == _own(principal))
        return col(ObserverFinding.visit_id).in_(own)
    return sa.false()
