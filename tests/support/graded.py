"""Published grades for tests, and what follows them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from sqlmodel import col, select

from credit.consequences.actions import follow_grades
from credit.consequences.events import ConsequencesTurned
from credit.consequences.telling import propose_talk, tell_consequences
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore, PeriodState
from credit.periods import Period
from credit.rulebook import Grade
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from tests.support.builders import Build


async def grade(
    build: Build,
    key: str,
    grades: dict[str, Grade],
    *,
    revision: int = 1,
    before: Mapping[str, Grade] = MappingProxyType({}),
) -> None:
    """Publish a period with grades, as `publish_period` leaves it."""
    period = Period.parse(key)
    async with build.acting("supervisor") as tx:
        row = await tx.session.get(CreditPeriod, key)
        if row is None:
            row = CreditPeriod(
                key=key,
                kind=period.kind,
                since=period.since,
                until=period.until,
                state=PeriodState.PUBLISHED,
                revision=revision,
                published_revision=revision,
                frozen_at=tx.now,
                published_at=tx.now,
            )
            tx.session.add(row)
        row.revision = row.published_revision = revision
        await tx.session.flush()
        tx.session.add(
            PeriodRevision(
                period=key,
                revision=revision,
                as_of=tx.now,
                formula="v1",
                rule_version=1,
                input_digest=b"",
                result_digest=b"",
                reason="",
                made_at=tx.now,
            )
        )
        await tx.session.flush()
        tx.session.add_all(
            PeriodScore(
                period=key,
                revision=revision,
                department_id=build.city.departments[code],
                department_code=code,
                department_name=code,
                department_name_en=code,
                input_digest=b"",
                score=Decimal(75),
                performance=Decimal(75),
                ledger=Decimal(0),
                n=40,
                severe=0,
                grade=one,
                grade_before=before.get(code),
                is_active=True,
                grade_reasons=[],
                is_trial=code == "huanbao",
                explanation={},
            )
            for code, one in grades.items()
        )


async def follow(build: Build) -> int:
    """Let consequences follow the grades."""
    async with build.acting("supervisor") as tx:
        return await follow_grades(tx)


async def told(build: Build) -> Sequence[Notice]:
    """Do what the subscriber does with every turn of consequences; return what leaders read."""
    async with build.acting("supervisor") as tx:
        facts = (
            await tx.session.exec(
                select(OutboxMessage)
                .where(OutboxMessage.topic == ConsequencesTurned.topic)
                .order_by(col(OutboxMessage.id))
            )
        ).all()
        for fact in facts:
            turn = ConsequencesTurned.from_payload(fact.payload)
            await tell_consequences(tx, fact.id, turn)
            await propose_talk(tx, turn)
    async with build.session_maker() as session:
        return (
            await session.exec(
                select(Notice)
                .where(col(Notice.kind).startswith("credit_"))
                .order_by(col(Notice.created_at), col(Notice.kind))
            )
        ).all()
