"""The first page that everybody sees: report, follow, read, and how promises are kept."""

from litestar import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.figures import PROMISES
from hotline.citizens.publishing import newest_months
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.resources import Resources
from web.views.forms import EMPTY
from web.views.promised import kept_lines


async def public_home(
    request: PageRequest, reader: AsyncSession, resources: Resources
) -> Response[str]:
    """Show the first page."""
    now, t = shell_of(request).now, speaker(request)
    promised = await PROMISES.read(reader, now, resources.read_maker)
    months = await newest_months(reader, 1)
    return page(
        request,
        "pages/home.html",
        form=EMPTY,
        kept=kept_lines(promised, t),
        promised=promised,
        month=months[0].month if months else None,
    )
