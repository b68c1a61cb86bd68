"""Alarms above every page: each by itself, or many alike in one line."""

from datetime import UTC, datetime, timedelta
from typing import Any

from credit.glance import CasesWaiting
from hotline.kernel.alarms import Alarm, AlarmKind
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from web.i18n import translator
from web.views.alarms import alarm_views
from web.views.credit_glance import waiting_marks

T = translator("zh_CN")
AT = datetime(2026, 11, 2, tzinfo=UTC)


def _alarm(kind: AlarmKind, subject: str, nth: int = 0) -> Alarm:
    details: dict[str, Any] = {"department": subject, "share": "16.7%", "count": 1}
    return Alarm(kind=kind, subject=subject, details=details, raised_at=AT + timedelta(days=nth))


def test_many_alike_are_one_line_that_leads_to_their_list() -> None:
    supervisor = Principal(frozenset({Role.SUPERVISOR}))
    unusual = [_alarm(AlarmKind.EXCLUSIONS_UNUSUAL, f"u{nth}", nth) for nth in range(14)]
    late = _alarm(AlarmKind.SWEEPER_LATE, "")
    grave, folded = alarm_views([*unusual, late], supervisor, T)
    assert grave.is_grave
    assert folded.details == "14 条告警"
    assert len(folded.also) == len(unusual)
    assert all("16.7%" in words for words, _ in folded.also)
    assert folded.since == AT
    assert folded.href == "/credit/exclusions"
    (alone,) = alarm_views(unusual[:1], supervisor, T)
    assert "16.7%" in alone.details
    assert not alone.also
    assert alarm_views([late], Principal(frozenset({Role.OPERATOR})), T)[0].is_grave
    assert not alarm_views(unusual, Principal(frozenset({Role.OPERATOR})), T)


def test_what_waits_is_shown_to_whoever_may_open_its_list() -> None:
    supervisor = Principal(frozenset({Role.SUPERVISOR}))
    marks = waiting_marks(CasesWaiting(2, 3, 1), supervisor, T)
    assert [(one.text, one.tone, one.href) for one in marks] == [
        ("2 项信用事件提议待定", "yellow", "/credit/proposals"),
        ("3 件异议申诉待决定 · 其中 1 件超期", "red", "/credit/appeals?show=waiting"),
    ]
    assert not waiting_marks(CasesWaiting(0, 0, 0), supervisor, T)
    assert not waiting_marks(CasesWaiting(2, 3, 1), Principal(frozenset({Role.OBSERVER})), T)
