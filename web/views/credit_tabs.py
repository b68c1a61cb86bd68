"""The pages of credit as a strip of tabs: each shown to whoever may open it.

A tab is one line of `CREDIT_TABS`. Its page must be there: one whose address leads nowhere is left out.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
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
    CreditTab(N_("Proposals"), "/credit/proposals", _P.ENTER_CREDIT),
    CreditTab(N_("Appeals"), "/credit/appeals", to=_inside),
    CreditTab(N_("Repairs"), "/credit/repairs", to=_inside),
    CreditTab(N_("Periods"), "/credit/periods"),
    CreditTab(N_("Exclusions"), "/credit/exclusions", _P.READ_EXCLUSIONS),
    CreditTab(N_("Reports"), "/credit/reports"),
    CreditTab(N_("Formula"), "/credit/formula"),
    CreditTab(N_("Rules"), "/credit/rules"),
    CreditTab(N_("Watch list"), "/credit/watchlist", _P.READ_BOARD),
    CreditTab(N_("Routine checks"), "/credit/checks", _P.READ_VISITS),
)
"""Every page of credit, in the order of the strip."""

OBSERVER_TABS: Sequence[CreditTab] = (
    CreditTab(N_("Register of observers"), "/credit/observers", _P.READ_OBSERVERS),
    CreditTab(N_("Surveys of observers"), "/credit/observers/surveys", _P.READ_OBSERVERS),
    CreditTab(N_("Visits of observers"), "/credit/observers/visits", _P.READ_OBSERVERS),
    CreditTab(N_("Observers' findings"), "/credit/findings", _P.READ_OBSERVERS),
    CreditTab(N_("Ranking of observers"), "/observer/ranking", _P.READ_OBSERVERS),
)
"""The pages about observers, a strip of their own for those who look after them."""


def credit_tabs(principal: Principal, path: str, routes: Collection[str]) -> list[ShownTab]:
    """Return the tabs of a person: those about observers on their pages, else those of credit.

    Args:
        principal: whose.
        path: the page he is on; a page below a tab's belongs to the longest that fits.
        routes: what the application answers.
    """
    strip = (
        OBSERVER_TABS if any(_is_below(path, one.href) for one in OBSERVER_TABS) else CREDIT_TABS
    )
    seen = [
        (tab.text, tab.href.replace("{department}", principal.department_code or ""))
        for tab in strip
        if tab.permission in principal.permissions
        and (tab.to is None or tab.to(principal))
        and (tab.route or tab.href) in routes
    ]
    here = max(
        (href for _, href in seen if _is_below(path, href)),
        key=len,
        default=None,
    )
    return [ShownTab(text, href, href == here) for text, href in seen]


def _is_below(path: str, href: str) -> bool:
    return path == href or path.startswith(f"{href}/")
