"""The record of who looked for a person.

Finding tickets by a telephone number or a name says whose they are, as a reveal does: it leaves a record,
without the number or the name, whether or not there was anything to find.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from hotline.kernel.ids import uuid7
from hotline.people.principal import Tx
from hotline.search.models import PersonLookup
from hotline.search.queries import Lookup


async def note_lookups(tx: Tx, lookups: Sequence[Lookup]) -> None:
    """Write down by what the actor looked for whom, and how many tickets that led to."""
    if not lookups or tx.actor.user_id is None:
        return
    await tx.session.exec(
        sa.insert(PersonLookup),
        params=[
            {
                "id": uuid7(tx.now),
                "user_id": tx.actor.user_id,
                "kind": lookup.key.kind,
                "key": lookup.key.digest,
                "hit_count": lookup.hit_count,
                "at": tx.now,
            }
            for lookup in lookups
        ],
    )
