"""Views that the demo city's people keep: some of their own, some for everybody at their desk."""

from dataclasses import replace

from hotline.people.principal import Tx
from hotline.search.models import ViewPlace
from hotline.search.views.actions import save_view
from web.run.demo.directory import Cast

_VIEWS = (
    ("supervisor", "红牌在办", ViewPlace.TICKETS, {"level": "red", "due": "open"}, True),
    ("supervisor", "燃气气味", ViewPlace.SEARCH, {"q": "燃气 味", "sort": "newest"}, False),
    ("dispatcher", "今日到期", ViewPlace.TICKETS, {"due": "today"}, True),
    ("dispatcher", "电梯困人", ViewPlace.SEARCH, {"q": "电梯", "open": "1"}, False),
)


async def keep_views(tx: Tx, cast: Cast) -> None:
    """Keep them, each by whoever works with it."""
    for username, name, place, filters, is_shared in _VIEWS:
        acting = replace(tx, actor=cast.people[username])
        await save_view(acting, name=name, place=place, filters=filters, is_shared=is_shared)
        await tx.session.flush()  # the next one of his is put behind it
