"""The pages of credit as a strip of tabs: each shown to whoever may open it.

A tab is one line of `CREDIT_TABS`. Its page must be there: one whose address leads nowhere is left out.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal

_P = Permission


@dataclass(frozen=True, slots=True)
class CreditTab:
    """One page of credit, or one with those below it.

    Attributes:
        text: message id.
        href: where it leads; `{department}` stands for the reader's own.
        permission: what it takes.
        route: the route as the application knows it, where it differs from `href`.
        to: who has it, beside the permission; None for everybody.
    """

    text: str
    href: str
    permission: Permission = _P.READ_CREDIT
    route: str | None = None
    to: Callable[[Principal], bool] | None = None


@dataclass(frozen=True, slots=True)
class ShownTab:
    """A tab as one reader sees it."""

    text: str
    href: str
    current: bool


def _hotline(principal: Principal) -> bool:
    return principal.sees_every_ticket


def _department(principal: Principal) -> bool:
    return principal.is_department


def _inside(principal: Principal) -> bool:
    """Tell whether he works in the loop: observers see what is published, not how it came about."""
    return principal.sees_every_ticket or principal.is_department


def _observers(principal: Principal) -> bool:
    return principal.sees_every_ticket or Role.OBSERVER in principal.roles


CREDIT_TABS: Sequence[CreditTab] = (
    CreditTab(
        N_("Own credit"),
        "/credit/departments/{department}",
        route="/credit/departments/{code:str}",
        to=_department,
    ),
    CreditTab(N_("Ranking"), "/credit/ranking"),
    CreditTab(N_("Departments"), "/credit/departments", to=_hotline),
    CreditTab(N_("Credit events"), "/credit/events", to=_inside),
    CreditTab(N_("Proposals"), "/credit/proposals", to=_hotline),
    CreditTab(N_("Appeals"), "/credit/appeals", to=_inside),
    CreditTab(N_("Repairs"), "/credit/repairs", to=_inside),
    CreditTab(N_("Periods"), "/credit/periods"),
    CreditTab(N_("Exclusions"), "/credit/exclusions", _P.READ_EXCLUSIONS),
    CreditTab(N_("Reports"), "/credit/reports"),
    CreditTab(N_("Formula"), "/credit/formula"),
    CreditTab(N_("Rules"), "/credit/rules", to=_hotline),
    CreditTab(N_("Observers"), "/credit/observers", to=_observers),
)
"""Every page of credit, in the order of the strip."""


def credit_tabs(principal: Principal, path: str, routes: Collection[str]) -> list[ShownTab]:
    """Return the tabs of a person.

    Args:
        principal: whose.
        path: the page he is on; a page below a tab's belongs to the longest that fits.
        routes: what the application answers.
    """
    seen = [
        (tab.text, tab.href.replace("{department}", principal.department_code or ""))
        for tab in CREDIT_TABS
        if tab.permission in principal.permissions
        and (tab.to is None or tab.to(principal))
        and (tab.route or tab.href) in routes
    ]
    here = max(
        (href for _, href in seen if path == href or path.startswith(f"{href}/")),
        key=len,
        default=None,
    )
    return [ShownTab(text, href, href == here) for text, href in seen]
