"""What was entered on the spot, as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.tickets.onsite.queries import CheckInRow
from hotline.tickets.onsite.rules import Moment, PlaceState, is_late, is_near
from web.i18n import Translator
from web.views.directory import unit_name


@dataclass(frozen=True, slots=True)
class CheckInView:
    """An entry made on the spot.

    Attributes:
        place: where it was made, in words.
        is_far: made so far from the matter that somebody should look at it.
        waited: how long it waited for a network, in words; None when it came at once.
        photos: the addresses of its photographs.
    """

    position: int
    moment: Moment
    who: str
    made_at: datetime
    note: str | None
    place: str
    is_far: bool
    waited: str | None
    photos: Sequence[str]


def check_in_views(rows: Sequence[CheckInRow], number: str, t: Translator) -> list[CheckInView]:
    """Return what was entered on the spot, personal data masked."""
    return [_view(row, number, t) for row in rows]


def _view(row: CheckInRow, number: str, t: Translator) -> CheckInView:
    entry = row.entry
    far = entry.distance_m is not None and not is_near(entry.distance_m, entry.accuracy_m)
    late = is_late(entry.made_at, entry.came_at)
    base = f"/tickets/{number}/check-ins/{entry.position}/photos"
    return CheckInView(
        entry.position,
        entry.moment,
        f"{unit_name(row.department, t)} · {row.person}",
        entry.made_at,
        mask_text(entry.note) if entry.note else None,
        _place(row, t),
        far,
        t.duration(entry.came_at - entry.made_at) if late else None,
        [f"{base}/{photo}" for photo in range(1, entry.photo_count + 1)],
    )


def _place(row: CheckInRow, t: Translator) -> str:
    entry = row.entry
    if entry.place is PlaceState.REFUSED:
        return t.text(N_("place not given"))
    if entry.place is PlaceState.UNKNOWN or entry.lat is None or entry.long is None:
        return t.text(N_("place unknown"))
    if entry.distance_m is not None:
        return t.text(N_("{n} m from the matter"), n=t.number(entry.distance_m))
    return t.text(
        N_("at {lat}, {long}; the matter has no coordinates"),
        lat=f"{entry.lat:.5f}",
        long=f"{entry.long:.5f}",
    )
