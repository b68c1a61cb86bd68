"""Why a revision was made, in words that people use."""

import uuid

import pytest

from credit.appeals.rules import AppealState
from web.i18n import translator
from web.views.credit_reasons import reason_view

KEY = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("reason", "text", "href"),
    [
        (f"appeal {KEY}: {AppealState.UPHELD}", "异议申诉成立", f"/credit/appeals/{KEY}"),
        (f"appeal {KEY}: {AppealState.WITHDRAWN}", "撤回", f"/credit/appeals/{KEY}"),
        (f"plan_failed {KEY}", "事件撤销：整改计划失败", f"/credit/events/{KEY}"),
        (f"added_by_people {KEY}", "added_by_people", f"/credit/events/{KEY}"),
        ("published with open objections, which are left out", "尚有异议未决", None),
        ("数据补录", "数据补录", None),
        ("", "", None),
    ],
)
def test_a_reason_in_words(reason: str, text: str, href: str | None) -> None:
    t = translator("zh_CN")
    found = reason_view(reason, t, sees_cases=True)
    assert text in found.text
    assert found.href == href
    assert str(KEY) not in found.text
    assert reason_view(reason, t, sees_cases=False).href is None
