"""What the field says when it refuses is said in the reader's language, parameters included."""

import re
from datetime import UTC, datetime

from hotline.kernel.errors import DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import PermissionDenied
from hotline.procedures.errors import ReturnWindowClosed
from hotline.tickets.errors import InvalidLimit, MergeImpossible, UnknownCode
from hotline.tickets.lifecycle import IllegalTransition
from web.i18n import ROOT, translate
from web.views.problems import explain, problem

SAID_TO_PEOPLE = ("tickets", "procedures", "followup", "people")


def _chinese(error: DomainError) -> str:
    return explain(error, "zh_CN")


def test_every_fixed_reason_of_a_refusal_is_translated() -> None:
    sources = [path for part in SAID_TO_PEOPLE for path in (ROOT / "hotline" / part).rglob("*.py")]
    reasons = {
        reason
        for path in sources
        for reason in re.findall(r'\bproblem="([^"{]+)"', path.read_text())
    }
    assert len(reasons) > 10
    for reason in reasons:
        assert translate("zh_CN", reason) != reason, reason


def test_parameters_are_said_as_people_say_them() -> None:
    closed_at = datetime(2026, 11, 21, 4, 0, tzinfo=UTC).isoformat()
    assert _chinese(ReturnWindowClosed(closed_at=closed_at)).endswith("2026-11-21 12:00 关闭")
    assert "1天" in _chinese(InvalidLimit(limit="PT24H"))
    assert "5天" in _chinese(InvalidLimit(limit="P5D"))
    assert _chinese(UnknownCode(what="category", value="x")) == "没有代码为 x 的事项分类"
    assert "管理用户" in _chinese(PermissionDenied(permission=Permission.MANAGE_USERS))
    refusal = IllegalTransition(status="accepted/arbitration", action="x", allowed="note, urge")
    assert _chinese(refusal) == "工单当前为“争议裁定”，不能这样操作；现在可以：添加备注、催办"
    assert _chinese(IllegalTransition(status="archived", action="x", allowed="")).endswith("–")
    merge = MergeImpossible(parent="1", problem="it is the same ticket")
    assert explain(merge, "en").endswith("it is the same ticket")


def test_every_status_has_words() -> None:
    for status in (400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503):
        said = problem(status)
        assert translate("zh_CN", said.title) != said.title
        assert translate("zh_CN", said.advice) != said.advice
    assert problem(418).title == problem(400).title
    assert problem(504).title == problem(500).title
