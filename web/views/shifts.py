"""Hand-overs as they are shown."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.masking import mask_text
from hotline.people.principal import Principal
from hotline.shifts.models import Desk
from hotline.shifts.queries import HandOverRow
from hotline.tickets.lifecycle import Hold, Status
from web.i18n import Translator
from web.labels import label


@dataclass(frozen=True, slots=True)
class Figure:
    """How many tickets stood at a place, and how many of them were late."""

    text: str
    count: int
    late: int


@dataclass(frozen=True, slots=True)
class HandOverView:
    """A hand-over as it is read."""

    id: uuid.UUID
    desk: Desk
    given_by: str
    given_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    note: str
    remark: str
    items: Sequence[tuple[str | None, str]]
    figures: Sequence[Figure]
    may_take: bool


def figures(counts: Iterable[tuple[Status, Hold | None, int, int]], t: Translator) -> list[Figure]:
    """Return counted places in words, those with most late tickets first.

    What is held up stands under its hold, in whichever state it was.
    """
    sums: dict[str, tuple[int, int]] = {}
    for status, hold, count, late in counts:
        text = t.text(label(hold) if hold else label(status))
        so_far = sums.get(text, (0, 0))
        sums[text] = so_far[0] + count, so_far[1] + late
    shown = [Figure(text, count, late) for text, (count, late) in sums.items()]
    return sorted(shown, key=lambda one: (-one.late, -one.count, one.text))


def hand_over_view(row: HandOverRow, principal: Principal, t: Translator) -> HandOverView:
    """Return a hand-over as it is read; whatever was typed is masked."""
    one = row.hand_over
    return HandOverView(
        one.id,
        one.desk,
        row.given_by,
        one.given_at,
        row.taken_by,
        one.taken_at,
        mask_text(one.note or ""),
        mask_text(one.remark or ""),
        [(item["number"], mask_text(item["text"])) for item in one.items],
        figures(
            (
                (
                    Status(each["status"]),
                    Hold(each["hold"]) if each["hold"] else None,
                    each["count"],
                    each["late"],
                )
                for each in one.figures
            ),
            t,
        ),
        may_take=one.taken_at is None and one.given_by != principal.user_id,
    )
