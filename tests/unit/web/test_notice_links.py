"""Where notices lead, and how alarms of one kind are folded into one line."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.kernel.alarms import Alarm, AlarmKind
from hotline.notices.models import Notice
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from web.i18n import Translator
from web.views.alarms import alarm_views
from web.views.notices import notice_href
from web.views.queues import MOST_OPEN, nav_groups

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
CASE = str(uuid.UUID(int=7))


def _person(role: Role, department: str | None = None) -> Principal:
    return Principal(frozenset({role}), department_code=department)


def _notice(kind: str, **params: Any) -> Notice:
    return Notice(
        id=uuid.uuid4(),
        user_id=uuid.uuid4(),
        fact_id=uuid.uuid4(),
        kind=kind,
        params=params,
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("kind", "params", "leads_to"),
    [
        ("credit_event", {"entry": CASE}, f"/credit/events/{CASE}"),
        ("credit_appeal_waits", {"appeal": CASE}, f"/credit/appeals/{CASE}"),
        ("credit_appeal_waits", {}, "/credit/appeals"),
        ("credit_repaired", {"repair": CASE}, f"/credit/repairs/{CASE}"),
        ("finding_open", {"finding": CASE}, f"/credit/findings/{CASE}"),
        ("observer_visit_overdue", {"visit": CASE}, f"/credit/observers/visits/{CASE}"),
        ("credit_watched", {"grade": "C"}, "/credit/departments/chengguan/consequences"),
        ("report_published", {}, "/credit/reports"),
        ("called_order", {}, None),
    ],
)
def test_a_notice_leads_to_its_case(
    kind: str, params: dict[str, Any], leads_to: str | None
) -> None:
    assert notice_href(_notice(kind, **params), _person(Role.LEADER, "chengguan")) == leads_to


def test_an_observer_comes_to_his_own_visit() -> None:
    notice = _notice("observer_visit_asked", visit=CASE)
    assert notice_href(notice, _person(Role.OBSERVER)) == f"/observer/visits/{CASE}"


def test_who_is_of_no_department_is_led_to_none() -> None:
    assert notice_href(_notice("credit_watched"), _person(Role.SUPERVISOR)) is None


def test_alarms_of_one_kind_are_one_line() -> None:
    alarms = [
        Alarm(
            kind=AlarmKind.EXCLUSIONS_UNUSUAL,
            subject=code,
            details={"department": code, "name": name, "share": "50.0%", "count": 1},
            raised_at=NOW,
        )
        for code, name in (("chengguan", "城市管理局"), ("zhujian", "住房和城乡建设局"))
    ]
    single, both = (
        alarm_views(some, _person(Role.SUPERVISOR), Translator("zh-CN"))
        for some in (alarms[:1], alarms)
    )
    assert "城市管理局" in single[0].details
    assert single[0].also == ()
    assert len(both) == 1
    assert [details.partition(" · ")[0] for details, _ in both[0].also] == [
        "单位 城市管理局",
        "单位 住房和城乡建设局",
    ]
    assert both[0].href == "/credit/exclusions"
    assert alarm_views(alarms, _person(Role.OPERATOR), Translator("zh-CN")) == []


def test_one_entry_of_the_side_bar_is_the_present_one() -> None:
    for path, here in (
        ("/credit/observers/visits", "/credit/observers"),
        ("/credit/appeals", "/credit"),
    ):
        groups = nav_groups(_person(Role.SUPERVISOR), path)
        assert [one.href for group in groups for one in group.items if one.current] == [here]


@pytest.mark.parametrize("role", Role)
def test_a_side_bar_opens_no_more_than_fits_and_where_one_is(role: Role) -> None:
    person = _person(role)
    groups = nav_groups(person, "/nowhere")
    assert sum(len(group.items) for group in groups if group.is_open) <= MOST_OPEN
    for group in groups:
        assert len({item.href for item in group.items}) == len(group.items)
        assert group.is_open or not any(item.shortcut for item in group.items)
        here = nav_groups(person, group.items[0].href)
        assert [one.is_open for one in here if any(item.current for item in one.items)] == [True]
