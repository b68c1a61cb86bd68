"""Reading views."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import User
from hotline.people.principal import Principal
from hotline.search.errors import ViewNotFound
from hotline.search.models import SavedView


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A view with the name of whoever keeps it.

    Attributes:
        is_own: the reader keeps it himself.
    """

    view: SavedView
    owner: str
    is_own: bool


async def list_views(session: AsyncSession, principal: Principal) -> Sequence[ViewRow]:
    """Return a person's own views in his order, then those his department shares, in one statement."""
    shared = sa.and_(
        col(SavedView.department_id).is_not(None),
        col(SavedView.department_id) == principal.department_id,
    )
    is_own = col(SavedView.user_id) == principal.user_id
    rows = await session.exec(
        select(SavedView, User.display_name)
        .join(User, col(User.id) == col(SavedView.user_id))
        .where(sa.or_(is_own, shared))
        .order_by(sa.not_(is_own), col(SavedView.position), col(SavedView.id))
    )
    return [ViewRow(view, owner, view.user_id == principal.user_id) for view, owner in rows]


async def own_view(session: AsyncSession, principal: Principal, view_id: uuid.UUID) -> SavedView:
    """Return a view that this person keeps himself, locked.

    Raises:
        ViewNotFound: there is none, or it is somebody else's.
    """
    found = await session.exec(
        select(SavedView)
        .where(SavedView.id == view_id, SavedView.user_id == principal.user_id)
        .with_for_update()
    )
    view = found.first()
    if view is None:
        raise ViewNotFound
    return view
