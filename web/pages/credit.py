"""Credit: where each role finds what matters to it."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.pages.frame import PageRequest, credit_tabs_of, page, see_other
from web.security.guards import requires


class CreditController(Controller):
    """The door to the pages of credit."""

    path = "/credit"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, principal: NamedDependency[Principal]
    ) -> Response[Any]:
        """Send a person to the first page of credit that is his."""
        tabs = credit_tabs_of(request, principal)
        return see_other(tabs[0].href) if tabs else page(request, "pages/credit.html")
