"""Letting consequences follow the published grades, and recording routine checks."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete

from credit.books import PublishedBook, book_at
from credit.consequences.errors import CheckAhead
from credit.consequences.events import ConsequencesTurned
from credit.consequences.models import CreditConsequence, CreditConsequenceEnd, RoutineCheck
from credit.consequences.queries import standing_rows, worst_quarters
from credit.consequences.rules import ConsequenceKind, due_of, lifts, turned
from credit.period_models import PeriodScore
from credit.published import grades_in_force
from credit.rulebook import Grade
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.tx import Transaction
from hotline.people.actions import DepartmentNotFound
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.people.queries import find_department
from hotline.people.treatments import DepartmentTreatment

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('credit_consequences'))")

Standing = Mapping[ConsequenceKind, CreditConsequence]


async def follow_grades(tx: Transaction) -> int:
    """Let every department's consequences be those of its grade in force and of the rules in force.

    What stands stays; what a grade does not bring any more ends; what it brings begins. It may run as
    often as one likes: the second run finds nothing to do.

    Returns:
        For how many departments something changed.
    """
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    rules = await book_at(tx.session, tx.now)
    grades = await grades_in_force(tx.session)
    standing, worst = await standing_rows(tx.session), await worst_quarters(tx.session)
    facts = []
    for department_id in sorted({*grades, *standing}):
        fact = _turn(
            tx,
            department_id,
            grades.get(department_id),
            standing.get(department_id, {}),
            rules,
            worst.get(department_id, 0),
        )
        if fact is not None:
            facts.append(fact)
    await _treat(tx, grades, rules)
    await emit(tx, *facts)
    return len(facts)


def _turn(
    tx: Transaction,
    department_id: int,
    score: PeriodScore | None,
    standing: Standing,
    rules: PublishedBook,
    worst: int,
) -> ConsequencesTurned | None:
    """Write what ends and begins for one department; None when nothing does."""
    grade = score.grade if score else None
    due = due_of(rules.book.consequences[grade], worst_quarters=worst) if grade is not None else ()
    ended, begun = turned({kind: row.value for kind, row in standing.items()}, due)
    if not ended and not begun:
        return None
    tx.session.add_all(
        CreditConsequenceEnd(
            consequence_id=standing[kind].id,
            ended_at=tx.now,
            grade=grade,
            period=score.period if score else None,
        )
        for kind in ended
    )
    if score is not None and grade is not None:
        tx.session.add_all(
            CreditConsequence(
                id=uuid7(tx.now),
                department_id=department_id,
                kind=one.kind,
                value=one.value,
                grade=grade,
                period=score.period,
                revision=score.revision,
                is_trial=score.is_trial,
                rule_version=rules.version,
                since=tx.now,
            )
            for one in begun
        )
    new = [one.kind for one in begun if one.kind not in standing]
    gone = [kind for kind in ended if kind not in {one.kind for one in begun}]
    return ConsequencesTurned(
        department_id=department_id,
        grade=grade.value if grade else None,
        period=score.period if score else None,
        begun=tuple(kind.value for kind in new),
        ended=tuple(kind.value for kind in gone),
    )


async def _treat(tx: Transaction, grades: Mapping[int, PeriodScore], rules: PublishedBook) -> None:
    """Tell the hotline how each department is to be treated from now on."""
    free = lifts(rules.book.consequences, ConsequenceKind.NO_EXTENSION)
    rows = [
        _treatment(score, score.grade, rules, free, tx.now)
        for score in grades.values()
        if score.grade is not None
    ]
    await tx.session.exec(
        delete(DepartmentTreatment).where(
            col(DepartmentTreatment.department_id).not_in([row["department_id"] for row in rows])
        )
    )
    if not rows:
        return
    statement = insert(DepartmentTreatment)
    kept = {name: statement.excluded[name] for name in rows[0] if name != "since"}
    is_same = sa.and_(
        col(DepartmentTreatment.grade) == statement.excluded.grade,
        col(DepartmentTreatment.period) == statement.excluded.period,
    )
    since = sa.case((is_same, col(DepartmentTreatment.since)), else_=statement.excluded.since)
    await tx.session.exec(
        statement.on_conflict_do_update(
            index_elements=["department_id"],
            set_={**kept, "since": since},
            where=sa.or_(
                *(
                    getattr(DepartmentTreatment, name).is_distinct_from(new)
                    for name, new in kept.items()
                )
            ),
        ),
        params=rows,
    )


def _treatment(
    score: PeriodScore, grade: Grade, rules: PublishedBook, free: Grade | None, now: datetime
) -> dict[str, str | int | bool | Decimal | datetime | None]:
    brings = rules.book.consequences[grade]
    return {
        "department_id": score.department_id,
        "grade": grade.value,
        "period": score.period,
        "is_trial": score.is_trial,
        "qa_share": brings.qa_share,
        "check_share": brings.check_share,
        "check_days": brings.check_days,
        "is_watched": brings.is_watched,
        "may_extend": brings.may_extend,
        "extends_from": free.value if free else None,
        "honours": brings.honours,
        "since": now,
    }


async def follow_grades_once(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> int:
    """Let consequences follow the grades in a transaction of its own."""
    async with session_maker() as session, session.begin():
        return await follow_grades(Transaction(session, now, cipher, "credit:consequences"))


async def record_routine_check(
    tx: Tx, department: str, *, checked_at: datetime, findings: str
) -> RoutineCheck:
    """Write that a department was checked in its cycle; the next check is counted from it.

    Raises:
        DepartmentNotFound: there is no such department.
        CheckAhead: it has not taken place yet.
    """
    tx.actor.require(Permission.CHECK_PLACES)
    unit = await find_department(tx.session, department)
    if unit is None or unit.is_hotline:
        raise DepartmentNotFound(department=department)
    if checked_at > tx.now:
        raise CheckAhead
    check = RoutineCheck(
        id=uuid7(tx.now),
        department_id=unit.id,
        checked_at=checked_at,
        findings=findings,
        recorded_at=tx.now,
        recorded_by=tx.actor.user_id,
    )
    tx.session.add(check)
    return check
