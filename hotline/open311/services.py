"""Which categories other systems may report, and which of their matters are public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.open311.models import Open311Service, ServiceType
from hotline.open311.public import is_listed_by_default
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.answers import questions_by_category
from hotline.tickets.catalogue import ancestry, require_category
from hotline.tickets.models import Category, RequestType
from hotline.tickets.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A category as it is offered.

    Attributes:
        code: the category's.
        group: name of the category at the top of its branch.
        is_offered: other systems may report it.
        is_listed: its matters are public.
        request_type: what a report of it is taken down as.
        changed_at: when somebody last decided about it; None when nobody has.
    """

    code: str
    name: str
    name_en: str
    group: str
    group_en: str
    description: str = ""
    keywords: str = ""
    is_offered: bool = True
    is_listed: bool = True
    type: ServiceType = ServiceType.REALTIME
    request_type: RequestType = RequestType.HELP
    changed_at: datetime | None = None


async def list_services(session: AsyncSession) -> Sequence[Service]:
    """Return every category in use as a service, offered or not, by code, in one statement."""
    rows = (
        await session.exec(
            select(Category, Open311Service)
            .outerjoin(Open311Service, col(Open311Service.category_code) == col(Category.code))
            .where(col(Category.is_active).is_(True))
            .order_by(col(Category.code))
        )
    ).all()
    by_code = {category.code: category for category, _ in rows}
    above = {category.parent for category, _ in rows}
    return [
        _service(category, decided, by_code, is_leaf=category.code not in above)
        for category, decided in rows
    ]


def _service(
    category: Category,
    decided: Open311Service | None,
    by_code: Mapping[str, Category],
    *,
    is_leaf: bool,
) -> Service:
    top = by_code.get(ancestry(category.code)[-1], category)
    if decided is None:
        return Service(
            code=category.code,
            name=category.name,
            name_en=category.name_en,
            group=top.name,
            group_en=top.name_en,
            is_offered=is_leaf,
            is_listed=is_listed_by_default(category.code),
        )
    return Service(
        code=category.code,
        name=decided.name or category.name,
        name_en=decided.name or category.name_en,
        group=top.name,
        group_en=top.name_en,
        description=decided.description,
        keywords=decided.keywords,
        is_offered=decided.is_offered,
        is_listed=decided.is_listed,
        type=decided.type,
        request_type=decided.request_type,
        changed_at=decided.changed_at,
    )


async def offered_services(session: AsyncSession) -> Mapping[str, Service]:
    """Return what other systems may report, by code."""
    return {one.code: one for one in await list_services(session) if one.is_offered}


async def questions_of(
    session: AsyncSession, codes: Sequence[str]
) -> Mapping[str, Sequence[Question]]:
    """Return what is asked about each of these services, in one statement."""
    return await questions_by_category(session, codes) if codes else {}


async def save_service(
    tx: Tx,
    code: str,
    *,
    is_offered: bool,
    is_listed: bool,
    type: ServiceType,  # noqa: A002  # the protocol's own word
    request_type: RequestType,
    name: str | None = None,
    description: str | None = None,
    keywords: str | None = None,
) -> Service:
    """Decide how a category is offered to other systems and whether its matters are public.

    Raises:
        PermissionDenied: the actor may not manage the interface.
        UnknownCode: there is no such category.
    """
    tx.actor.require(Permission.MANAGE_OPEN311)
    await require_category(tx.session, code)
    words = [part.strip() for part in (keywords or "").replace("，", ",").split(",")]
    await tx.session.merge(
        Open311Service(
            category_code=code,
            is_offered=is_offered,
            is_listed=is_listed,
            type=type,
            request_type=request_type,
            name=(name or "").strip(),
            description=(description or "").strip(),
            keywords=",".join(filter(None, words)),
            changed_at=tx.now,
        )
    )
    await tx.session.flush()  # the answer shows it
    return {one.code: one for one in await list_services(tx.session)}[code]


async def last_change(session: AsyncSession) -> datetime | None:
    """Return when somebody last decided about a service."""
    return (await session.exec(select(sa.func.max(col(Open311Service.changed_at))))).one()
