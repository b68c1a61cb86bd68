"""How the pages are made: every value and every component, from the parts that the pages use."""

from litestar import Controller, Response, get

from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import signed_in
from web.views.style import icons, samples, tokens


class StyleController(Controller):
    """The looks of the house on one page."""

    path = "/style"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest) -> Response[str]:
        """Show the tokens with their values, and each component with when to use it."""
        colours, sizes = tokens()
        return page(
            request,
            "pages/style.html",
            colours=colours,
            sizes=sizes,
            icon_names=icons(),
            some=samples(shell_of(request).now, speaker(request)),
        )
