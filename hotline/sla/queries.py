"""Reading policies and clocks."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.sla.codec import policy_from_json
from hotline.sla.models import Clock, PolicyVersion, Threshold
from hotline.sla.policy import Policy


@dataclass(frozen=True, slots=True)
class PinnedPolicy:
    """A policy and the id of the version that it is."""

    id: int
    version: int
    policy: Policy


def pinned_policy(row: PolicyVersion) -> PinnedPolicy:
    """Return a version as the policy it is."""
    return PinnedPolicy(
        row.id,
        row.version,
        policy_from_json(row.code, row.name, row.definition, is_default=row.is_default),
    )


class PolicyBook:
    """Versions of policies, remembered: a version never changes, so it is read once.

    The newest version id of the table says whether the remembered set of active policies still is
    the present one; whoever chooses a policy passes it in.
    """

    def __init__(self) -> None:
        self._by_id: dict[int, PinnedPolicy] = {}
        self._active: tuple[int, Sequence[PinnedPolicy]] = (0, ())

    async def version(self, session: AsyncSession, policy_id: int) -> PinnedPolicy:
        """Return one version."""
        if policy_id not in self._by_id:
            self._by_id[policy_id] = pinned_policy(await session.get_one(PolicyVersion, policy_id))
        return self._by_id[policy_id]

    def remembered(self, policy_id: int) -> PinnedPolicy:
        """Return a version that was asked for before."""
        return self._by_id[policy_id]

    async def active(self, session: AsyncSession, newest_id: int) -> Sequence[PinnedPolicy]:
        """Return the active version of every policy, as of the newest version `newest_id`."""
        if self._active[0] != newest_id:
            rows = await session.exec(
                select(PolicyVersion)
                .ext(distinct_on(col(PolicyVersion.code)))
                .order_by(col(PolicyVersion.code), col(PolicyVersion.version).desc())
            )
            present = tuple(pinned_policy(row) for row in rows if row.is_active)
            self._active = (newest_id, present)
            self._by_id.update({pinned.id: pinned for pinned in present})
        return self._active[1]


async def newest_policy_id(session: AsyncSession) -> int:
    """Return the id of the newest version of any policy, 0 when there is none."""
    return (await session.exec(select(sa.func.coalesce(sa.func.max(PolicyVersion.id), 0)))).one()


async def list_policies(session: AsyncSession) -> Sequence[PolicyVersion]:
    """Return the newest version of every policy, by code."""
    rows = await session.exec(
        select(PolicyVersion)
        .ext(distinct_on(col(PolicyVersion.code)))
        .order_by(col(PolicyVersion.code), col(PolicyVersion.version).desc())
    )
    return rows.all()


async def find_policy(session: AsyncSession, code: str) -> PolicyVersion | None:
    """Return the newest version of a policy, None when there is no such policy."""
    return (
        await session.exec(
            select(PolicyVersion)
            .where(PolicyVersion.code == code)
            .order_by(col(PolicyVersion.version).desc())
            .limit(1)
        )
    ).first()


async def list_policy_versions(session: AsyncSession, code: str) -> Sequence[PolicyVersion]:
    """Return every version of a policy, newest first; empty when there is no such policy."""
    rows = await session.exec(
        select(PolicyVersion)
        .where(PolicyVersion.code == code)
        .order_by(col(PolicyVersion.version).desc())
    )
    return rows.all()


async def list_clocks(
    session: AsyncSession, ticket_id: uuid.UUID
) -> Sequence[tuple[Clock, Sequence[Threshold]]]:
    """Return every clock a ticket ever had, in the order they started, each with its levels."""
    clocks = (
        await session.exec(
            select(Clock)
            .where(Clock.ticket_id == ticket_id)
            .order_by(col(Clock.started_at), col(Clock.id))
        )
    ).all()
    thresholds = (
        await session.exec(
            select(Threshold)
            .where(col(Threshold.clock_id).in_([clock.id for clock in clocks]))
            .order_by(col(Threshold.due_at))
        )
    ).all()
    rungs: dict[uuid.UUID, list[Threshold]] = {clock.id: [] for clock in clocks}
    for threshold in thresholds:
        rungs[threshold.clock_id].append(threshold)
    return [(clock, rungs[clock.id]) for clock in clocks]
