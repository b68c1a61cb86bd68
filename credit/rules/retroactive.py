"""Letting a version of the rules hold for the past: the authority's decision, kept for good."""

from datetime import datetime

from credit.recalculating import outdate_frozen
from credit.rules.errors import RetroactiveRefused
from credit.rules.models import RetroactiveDecision
from credit.rules.queries import find_version
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Tx


async def decide_retroactive(
    tx: Tx, version: int, *, since: datetime, reason: str
) -> RetroactiveDecision:
    """Decide that a version holds from an earlier instant; every frozen period since follows soon.

    Entries keep the points that they were written with: what an event weighed stays what people were
    told. Weights, targets, spans and lines hold for the past from now on.

    Args:
        tx: the transaction.
        version: of the rules; its day must have come.
        since: from when it holds.
        reason: why; every new revision says it.

    Raises:
        RuleVersionNotFound: there is no such version.
        RetroactiveRefused: it is not earlier than what holds anyway, or the version is still to come.
    """
    tx.actor.require(Permission.DECIDE_RETROACTIVE)
    row = await find_version(tx.session, version)
    if since >= row.valid_from or row.valid_from > tx.now or tx.actor.user_id is None:
        raise RetroactiveRefused(version=version, valid_from=row.valid_from.isoformat())
    decision = RetroactiveDecision(
        id=uuid7(tx.now),
        version=version,
        since=since,
        reason=reason,
        decided_at=tx.now,
        decided_by=tx.actor.user_id,
    )
    tx.session.add(decision)
    await outdate_frozen(tx, decision.id, since, reason=reason)
    return decision
