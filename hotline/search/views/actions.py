"""Keeping views: save, rename, share, put into order, delete; each person his own."""

import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from hotline.kernel.ids import uuid7
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import PermissionDenied, Tx
from hotline.search.errors import PersonalView, TooManyViews, ViewNameTaken
from hotline.search.models import NAME_MAX, SavedView, ViewPlace
from hotline.search.views.queries import own_view

MOST_VIEWS = 30
FILTERS: Mapping[ViewPlace, frozenset[str]] = {
    ViewPlace.SEARCH: frozenset(
        {
            *("q", "status", "department", "category", "area", "channel"),
            *("created_from", "created_to", "open", "sort"),
        }
    ),
    ViewPlace.TICKETS: frozenset(
        {
            *("q", "status", "level", "department", "category", "due", "limit", "limit_unit"),
            *("limit_due", "holder", "post", "owner", "bounced", "created_from", "created_to"),
        }
    ),
}
"""What each page is narrowed by; nothing else is kept."""

_FILTER_MAX = 200


def clean_name(name: str) -> str:
    """Return a view's name without what nobody sees."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()[:NAME_MAX]


def kept_filters(place: ViewPlace, filters: Mapping[str, str]) -> dict[str, str]:
    """Return of what a page was asked for the part that a view keeps.

    Raises:
        PersonalView: its words hold a number that is masked wherever it is shown.
    """
    kept = {
        name: text[:_FILTER_MAX]
        for name, text in filters.items()
        if name in FILTERS[place] and text.strip()
    }
    if any(mask_text(text) != text for text in kept.values()):
        raise PersonalView
    return kept


async def save_view(
    tx: Tx, *, name: str, place: ViewPlace, filters: Mapping[str, str], is_shared: bool = False
) -> SavedView:
    """Keep what a page was asked for under a name, the last in the person's order.

    Raises:
        ViewNameTaken: he has one of that name.
        TooManyViews: he has as many as anybody may.
        PersonalView: its words hold a telephone number.
        PermissionDenied: he may not share views.
    """
    user_id = _keeper(tx)
    own = (await tx.session.exec(_own(user_id))).all()
    if len(own) >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view = SavedView(
        id=uuid7(tx.now),
        user_id=user_id,
        department_id=_shared_with(tx) if is_shared else None,
        name=_free(own, clean_name(name)),
        place=place,
        filters=kept_filters(place, filters),
        position=max((other.position for other in own), default=0) + 1,
        created_at=tx.now,
        changed_at=tx.now,
    )
    tx.session.add(view)
    return view


async def rename_view(tx: Tx, view_id: uuid.UUID, *, name: str) -> SavedView:
    """Give one's own view another name.

    Raises:
        ViewNotFound: there is none of his own.
        ViewNameTaken: he has one of that name.
    """
    view = await own_view(tx.session, tx.actor, view_id)
    others = [other for other in await _all_own(tx) if other.id != view.id]
    view.name = _free(others, clean_name(name))
    view.changed_at = tx.now
    return view


async def share_view(tx: Tx, view_id: uuid.UUID, *, is_shared: bool) -> SavedView:
    """Let everybody of one's department have a view, or keep it to oneself again.

    Raises:
        ViewNotFound: there is none of his own.
        PermissionDenied: he may not share views.
    """
    view = await own_view(tx.session, tx.actor, view_id)
    view.department_id = _shared_with(tx) if is_shared else None
    view.changed_at = tx.now
    return view


async def move_view(tx: Tx, view_id: uuid.UUID, *, up: bool) -> SavedView:
    """Let one's own view change places with the one before or behind it; at an end it stays.

    Raises:
        ViewNotFound: there is none of his own.
    """
    view = await own_view(tx.session, tx.actor, view_id)
    order = list(await _all_own(tx))
    here = next(place for place, other in enumerate(order) if other.id == view.id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
    for position, other in enumerate(order, start=1):
        other.position = position
    return view


async def delete_view(tx: Tx, view_id: uuid.UUID) -> None:
    """Delete one's own view; for those it was shared with it is gone as well.

    Raises:
        ViewNotFound: there is none of his own.
    """
    await tx.session.delete(await own_view(tx.session, tx.actor, view_id))


def _keeper(tx: Tx) -> uuid.UUID:
    tx.actor.require(Permission.READ_TICKETS)
    if tx.actor.user_id is None:
        raise PermissionDenied(permission=Permission.READ_TICKETS)
    return tx.actor.user_id


def _shared_with(tx: Tx) -> int | None:
    tx.actor.require(Permission.SHARE_VIEWS)
    return tx.actor.department_id


def _own(user_id: uuid.UUID) -> SelectOfScalar[SavedView]:
    return (
        select(SavedView)
        .where(SavedView.user_id == user_id)
        .order_by(col(SavedView.position), col(SavedView.id))
        .with_for_update()
    )


async def _all_own(tx: Tx) -> Sequence[SavedView]:
    return (await tx.session.exec(_own(_keeper(tx)))).all()


def _free(others: Sequence[SavedView], name: str) -> str:
    if any(other.name == name for other in others):
        raise ViewNameTaken(name=name)
    return name
