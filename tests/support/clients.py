"""Callers of the interface: an account with its bearer token, or nobody."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from litestar import Litestar

from tests.support.builders import City

TICKETS = "/api/v1/tickets"

NEW_TICKET: Mapping[str, Any] = {
    "channel": "phone",
    "request_type": "help",
    "title": "路灯不亮",
    "content": "建设路的路灯三天不亮",
    "category": "urban",
    "location": {"address": "建设路12号3栋", "area": "新城街道"},
    "requester": {"name": "欧阳测试", "phone": "139 0000 1234"},
}


def http_client(app: Litestar) -> httpx.AsyncClient:
    """A client in the same event loop as the test, without a network."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),  # type: ignore[arg-type]
        base_url="http://test",
    )


class Client:
    """One caller."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str | bytes] | None = None,
        **given: Any,
    ) -> httpx.Response:
        raw = [
            (name.encode(), value.encode() if isinstance(value, str) else value)
            for name, value in {**self._headers, **(headers or {})}.items()
        ]
        return await self._http.request(method, path, headers=raw, **given)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.request("GET", path, params=params)

    async def post(
        self, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self.request("POST", path, json=body, headers=headers)

    async def put(self, path: str, body: object) -> httpx.Response:
        return await self.request("PUT", path, json=body)

    async def act(self, number: str, action: str, **body: Any) -> httpx.Response:
        """Take an action on a ticket."""
        return await self.post(f"{TICKETS}/{number}/{action}", body)


ClientAs = Callable[[str | None], Client]
"""Gives the caller of an account by its user name, or an unknown one for None."""


def clients_of(http: httpx.AsyncClient, city: City) -> ClientAs:
    return lambda name: Client(http, None if name is None else city.tokens[name])


_WHY = {"reason": "事出有因"}
_YES = {"approve": True, "explanation": "同意"}
_TOLD = {"told_how": "phone", "told_at": "2026-03-02T01:00:00Z"}
_WHERE = {"department": "chengguan", "explanation": "由你局办理"}

ACTION_BODIES: Mapping[str, Mapping[str, Any]] = {
    "accept": {"promise": "一天内修好"},
    "answer": {"reply": "政策如下"},
    "refuse": {**_WHY, "where_to": "法院"},
    "decide-refusal": _YES,
    "object": _WHY,
    "transfer-out": {**_WHY, "target": "110"},
    "merge": {"parent": "2603029999990"},
    "split": _WHY,
    "contribute": {"text": "还有一处也不亮"},
    "explain-repeat": {"earlier": "2603029999990", "explanation": "上次已经答复"},
    "decide-repeat": _YES,
    "withdraw": _WHY,
    "dispatch": {"department": "chengguan"},
    "direct-dispatch": {},
    "sign": {},
    "contact": {"method": "phone", "reached": True, "note": "已联系"},
    "progress": {"note": "已到现场"},
    "sign-co": {},
    "report-stage": {"stage": "on_site", "note": "已到现场查看"},
    "explain-delay": _WHY,
    "submit-opinion": {"opinion": "无异议"},
    "propose-co-department": {"department": "huanbao", **_WHY},
    "add-co-department": {"department": "zhujian"},
    "release-co-department": {"department": "zhujian", **_WHY},
    "ask-again": {"department": "zhujian", **_WHY},
    "submit-feedback": {"result": "已修", "reply": "已修好", "resolved": True},
    "pass-audit": {},
    "reject-audit": {"reason": "没有照片"},
    "record-visit": {"reached": True, "solved": True, "rating": 5},
    "close-unreached": {},
    "record-own-visit": {"solved": True, "rating": 5},
    "reopen": _WHY,
    "archive": {},
    "check-in": {"moment": "arrived", "note": "已到现场"},
    "name-handler": {"colleague": "second.chengguan"},
    "urge": {"note": "请快些"},
    "answer-urge": {"reply": "明天办结"},
    "note": {"note": "来电询问"},
    "request-supplement": {"items": ["照片"]},
    "decide-supplement": _YES,
    "provide-supplement": {"text": "照片已交"},
    "cancel-unsupplemented": _WHY,
    "request-consultation": {"departments": ["chengguan", "zhujian"], **_WHY},
    "call-units": {"departments": ["jiaotong"]},
    "respond-consultation": {"opinion": "not_ours", "explanation": "三定方案无此职责"},
    "decide-consultation": _WHERE,
    "request-return": {
        "reason": "not_my_duty",
        "suggested_department": "jiaotong",
        "explanation": "属于交通部门",
    },
    "decide-return": {"uphold": False, "explanation": "职责在你局"},
    "withdraw-return": {},
    "dispute-return": {"explanation": "职责清单明确属于交通部门"},
    "refer-arbitration": _WHY,
    "decide-arbitration": _WHERE,
    "request-extension": {
        "until": "2026-03-04T01:00:00Z",
        "reason": "awaiting_parts",
        "explanation": "备件在途",
        **_TOLD,
    },
    "decide-extension": _YES,
    "request-suspension": {
        "reason": "statutory_step",
        "explanation": "等待检测",
        "evidence": ["检测委托书"],
        **_TOLD,
    },
    "decide-suspension": _YES,
    "review-suspension": {"goes_on": False, "explanation": "检测已出结果"},
    "end-suspension": {"note": "检测完成"},
    "request-rectification": {
        **_WHY,
        "milestones": [
            {"text": "完成招标", "due_at": "2026-03-12T09:00:00+08:00", "person": "李工"},
            {"text": "完工", "due_at": "2026-04-12T09:00:00+08:00", "person": "王工"},
        ],
        **_TOLD,
    },
    "decide-rectification": _YES,
    "complete-milestone": {"milestone": 1, "note": "已中标", "evidence": ["中标通知书"], **_TOLD},
    "request-close-out": {"summary": "全部完成", "evidence": ["竣工验收报告"]},
    "refuse-close-out": _WHY,
    "end-rectification": {"completed": False, "explanation": "没有进展"},
    "request-final-reply": {
        "reply": "政策不允许",
        "reason": "policy_forbids",
        "basis": "依据管理办法第九条",
    },
    "review-final-reply": _YES,
    "decide-final-reply": _YES,
    "open-rating-check": _WHY,
    "appeal-rating": {"reason": "mistaken", "explanation": "误评", "evidence": ["通话记录"]},
    "contact-rater": {"reached": True, "note": "已通话核实"},
    "propose-unfounded": {"reason": "mistaken", "explanation": "误点"},
    "decide-rating-check": {"founded": True, "explanation": "属实"},
    "reclassify": {"reason": "情况紧急", "urgency": "p1"},
    "issue-order": {"level": 2, "demand": "三日内修复并说明原因", "reply_limit": "PT12H"},
    "acknowledge-order": {},
    "answer-order": {"reply": "已派抢修队"},
    "verify-order": {"accept": True, "explanation": "已核实"},
    "raise-order": _WHY,
    "blow-whistle": {"departments": ["zhujian", "jiaotong"], **_WHY},
    "report-in": {"attendee": "副局长", "deputy": True},
    "decide-whistle": {"decision": "分段负责", "attended": ["zhujian"]},
    "score-whistle": {"department": "zhujian", "score": 4, "explanation": "按时到场"},
    "call-off-whistle": _WHY,
    "finish-meeting-task": {"report": "已完成"},
}
"""A body that every action takes."""
