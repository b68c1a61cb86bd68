"""The strip of credit: each tab for whoever may open it, and only where there is a page."""

import pytest

from hotline.people.permissions import Role
from hotline.people.principal import Principal
from web.views.credit_tabs import CREDIT_TABS, credit_tabs

EVERY_ROUTE = {tab.route or tab.href for tab in CREDIT_TABS}


def _person(role: Role) -> Principal:
    return Principal(frozenset({role}), department_code="chengguan")


def _hrefs(role: Role, routes: set[str] = EVERY_ROUTE) -> list[str]:
    return [tab.href for tab in credit_tabs(_person(role), "/credit", routes)]


def test_a_page_that_is_not_there_has_no_tab() -> None:
    assert _hrefs(Role.SUPERVISOR, {"/credit/ranking"}) == ["/credit/ranking"]
    assert _hrefs(Role.SUPERVISOR, set()) == []


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.SUPERVISOR, "/credit/ranking"),
        (Role.OBSERVER, "/credit/ranking"),
        (Role.LEADER, "/credit/departments/chengguan"),
        (Role.HANDLER, "/credit/departments/chengguan"),
    ],
)
def test_each_begins_where_it_matters_to_him(role: Role, first: str) -> None:
    assert _hrefs(role)[0] == first


def test_what_is_not_published_is_for_those_in_the_loop() -> None:
    for outsider in (Role.OBSERVER, Role.DISCIPLINE):
        assert not {"/credit/events", "/credit/appeals", "/credit/departments"} & set(
            _hrefs(outsider)
        )
    assert "/credit/departments" not in _hrefs(Role.LEADER)


def test_a_page_below_a_tab_belongs_to_the_longest_that_fits() -> None:
    tabs = credit_tabs(_person(Role.LEADER), "/credit/departments/chengguan", EVERY_ROUTE)
    assert [tab.href for tab in tabs if tab.current] == ["/credit/departments/chengguan"]
    tabs = credit_tabs(_person(Role.SUPERVISOR), "/credit/departments/chengguan", EVERY_ROUTE)
    assert [tab.href for tab in tabs if tab.current] == ["/credit/departments"]
    assert not any(
        tab.current for tab in credit_tabs(_person(Role.SUPERVISOR), "/credit", EVERY_ROUTE)
    )
