"""Every route of the interface against one table: who is let in, who is turned away.

A route that is missing here fails the test; so does a row without a route.
"""

from typing import Any

import pytest
from litestar import Litestar

from hotline.people.permissions import ASSIGNABLE_ROLES, Role
from hotline.tickets.lifecycle import Status
from tests.support.builders import Build
from tests.support.clients import ACTION_BODIES, NEW_TICKET, TICKETS, Client, ClientAs

HOTLINE = "operator dispatcher auditor visitor supervisor authority admin"
DEPARTMENT = "handler leader"
INSIDE = f"{HOTLINE} {DEPARTMENT} discipline"
EVERYONE = f"{INSIDE} observer"
TICKET = f"{TICKETS}/{{number:str}}"
INTERVIEW = "/api/v1/interviews/{number:str}"
DRAFT = "/api/v1/credit/rules/drafts/{draft_id:uuid}"
INTERVIEWED = "supervisor authority leader"
BULLETIN = "/api/v1/bulletins/{bulletin_id:uuid}"
ARTICLES = "/api/v1/knowledge"
ARTICLE = f"{ARTICLES}/{{article:str}}"
WRITES = f"operator dispatcher auditor supervisor admin {DEPARTMENT}"
TEXT = {"title": "路灯", "short": "报修", "answer": "报修", "valid_from": "2026-01-01"}
PHRASE = {"title": "结束语", "text": "再见", "desk": "any", "kind": "wrap_up"}
REPORT = "/api/v1/credit/reports/{name:str}"
PERIOD = "/api/v1/credit/periods/{period:str}"
EXCLUSION = "/api/v1/credit/exclusions/{exclusion_id:uuid}"
EXCLUDES = f"dispatcher auditor supervisor authority admin {DEPARTMENT}"
CLUE = "/api/v1/clues/{number:str}"
HELD = "/api/v1/held-reports/{submission_id:uuid}"
HELD_UPDATE = "/api/v1/held-reports/updates/{update_id:uuid}"
SURVEY = "/api/v1/observer-surveys/{survey_id:uuid}"
FINDING = "/api/v1/observer-findings/{finding_id:uuid}"
APPEAL = "/api/v1/credit/appeals/{appeal_id:uuid}"
WEBHOOK = "/api/v1/webhooks/{webhook_id:uuid}"
INCIDENT = "/api/v1/incidents/{incident_id:uuid}"
REPAIR = "/api/v1/credit/repairs/{repair_id:uuid}"

ROUTES = {
    f"POST {TICKETS}": "operator dispatcher supervisor",
    f"GET {TICKETS}": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/timeline": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/clocks": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/actions": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/proposal": HOTLINE,
    f"GET {TICKET}/suggestions": HOTLINE,
    "POST /api/v1/suggestions": "operator dispatcher supervisor",
    f"GET {TICKET}/consultation": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/co-reports": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/publication": "operator auditor supervisor",
    f"PUT {TICKET}/publication": "operator auditor supervisor",
    f"DELETE {TICKET}/publication": "operator auditor supervisor",
    "GET /api/v1/held-reports": "operator supervisor",
    f"POST {HELD}/take-in": "operator supervisor",
    f"POST {HELD}/refuse": "operator supervisor",
    f"POST {HELD}/throw-away": "operator supervisor",
    "GET /api/v1/held-reports/updates": "operator supervisor",
    f"POST {HELD_UPDATE}/take": "operator supervisor",
    f"POST {HELD_UPDATE}/dismiss": "operator supervisor",
    "GET /api/v1/other-systems/keys": "admin",
    "POST /api/v1/other-systems/keys": "admin",
    "DELETE /api/v1/other-systems/keys/{key_id:uuid}": "admin",
    "GET /api/v1/other-systems/services": "admin",
    "PUT /api/v1/other-systems/services/{code:str}": "admin",
    f"POST {TICKET}/reveal": "operator dispatcher auditor visitor supervisor handler leader",
    f"GET {TICKET}/papers": f"{HOTLINE} {DEPARTMENT}",
    f"POST {TICKET}/papers": f"operator dispatcher supervisor {DEPARTMENT}",
    f"GET {TICKET}/papers/{{paper:str}}": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/papers/{{paper:str}}/docx": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/papers": "dispatcher supervisor authority admin",
    "GET /api/v1/papers/verify/{code:str}": EVERYONE,
    "GET /api/v1/departments": EVERYONE,
    "PUT /api/v1/departments/{code:str}": "admin",
    "PUT /api/v1/departments/{code:str}/duty": "admin",
    "GET /api/v1/categories": EVERYONE,
    "PUT /api/v1/categories/{code:str}": "admin",
    "GET /api/v1/categories/{category:str}/questions": EVERYONE,
    "PUT /api/v1/categories/{category:str}/questions/{code:str}": "admin",
    "DELETE /api/v1/categories/{category:str}/questions/{code:str}": "admin",
    "GET /api/v1/setup": "admin",
    "GET /api/v1/users": INSIDE,
    "POST /api/v1/users": "admin",
    "PUT /api/v1/users/{username:str}": "admin",
    "GET /api/v1/me": EVERYONE,
    "GET /api/v1/me/notices": EVERYONE,
    "POST /api/v1/me/notices/read": EVERYONE,
    "POST /api/v1/me/notices/acknowledge": EVERYONE,
    "GET /api/v1/me/contact": EVERYONE,
    "PUT /api/v1/me/contact": EVERYONE,
    "GET /api/v1/users/{username:str}/contact": "admin",
    "PUT /api/v1/users/{username:str}/contact": "admin",
    "GET /api/v1/subscriptions": "admin",
    "POST /api/v1/subscriptions": "admin",
    "PUT /api/v1/subscriptions/{subscription_id:uuid}": "admin",
    "DELETE /api/v1/subscriptions/{subscription_id:uuid}": "admin",
    "GET /api/v1/deliveries": "supervisor admin",
    "POST /api/v1/deliveries/resend": "supervisor admin",
    "POST /api/v1/deliveries/{delivery_id:uuid}/resend": "supervisor admin",
    "POST /api/v1/deliveries/{delivery_id:uuid}/dismiss": "supervisor admin",
    "GET /api/v1/facts/parked": "supervisor admin",
    "POST /api/v1/facts/replay": "supervisor admin",
    "GET /api/v1/webhooks": "admin leader",
    "POST /api/v1/webhooks": "admin leader",
    f"PUT {WEBHOOK}": "admin leader",
    f"DELETE {WEBHOOK}": "admin leader",
    f"POST {WEBHOOK}/rotate": "admin leader",
    f"POST {WEBHOOK}/test": "admin leader",
    f"POST {WEBHOOK}/pause": "admin leader",
    f"POST {WEBHOOK}/resume": "admin leader",
    f"POST {WEBHOOK}/replay": "admin leader",
    f"GET {WEBHOOK}/deliveries": "admin leader",
    f"POST {WEBHOOK}/deliveries/{{delivery_id:uuid}}/replay": "admin leader",
    "GET /api/v1/exports": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/exports/lists": f"{HOTLINE} {DEPARTMENT}",
    "POST /api/v1/exports": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/exports/{export_id:uuid}": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/exports/{export_id:uuid}/file": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/handovers": "supervisor authority",
    "POST /api/v1/handovers": "supervisor authority",
    "GET /api/v1/handovers/{number:str}": "supervisor authority",
    "GET /api/v1/handovers/{number:str}/file": "supervisor authority",
    "POST /api/v1/handovers/{number:str}/give": "supervisor authority",
    "POST /api/v1/handovers/{number:str}/receipt": "supervisor authority",
    "GET /api/v1/me/tokens": EVERYONE,
    "POST /api/v1/me/tokens": EVERYONE,
    "DELETE /api/v1/me/tokens/{token_id:uuid}": EVERYONE,
    "GET /api/v1/sla/policies": "dispatcher supervisor authority admin",
    "GET /api/v1/sla/policies/{code:str}/versions": "dispatcher supervisor authority admin",
    "POST /api/v1/sla/policies": "admin",
    "POST /api/v1/sla/policies/preview": "admin",
    "POST /api/v1/sla/policies/{code:str}/rollback": "admin",
    "POST /api/v1/sla/policies/{code:str}/switch": "admin",
    "POST /api/v1/sla/policies/{code:str}/restore": "admin",
    "POST /api/v1/sla/policies/{code:str}/reapply": "admin",
    "GET /api/v1/sla/calendars": "dispatcher supervisor authority admin",
    "GET /api/v1/sla/calendars/{calendar:str}": "dispatcher supervisor authority admin",
    "POST /api/v1/sla/calendars": "admin",
    "POST /api/v1/sla/calendars/{calendar:str}/preview": "admin",
    "POST /api/v1/sla/calendars/{calendar:str}/import-year": "admin",
    "POST /api/v1/sla/calendars/{calendar:str}/recalculate": "admin",
    "POST /api/v1/sla/simulate": "dispatcher supervisor authority admin",
    "GET /api/v1/catalogue": "dispatcher supervisor authority admin",
    "GET /api/v1/catalogue/versions": "dispatcher supervisor authority admin",
    "POST /api/v1/catalogue": "admin",
    "POST /api/v1/catalogue/preview": "admin",
    "POST /api/v1/catalogue/rollback": "admin",
    "GET /api/v1/catalogue/propose": "dispatcher supervisor authority admin",
    "GET /api/v1/catalogue/accuracy": "dispatcher supervisor authority admin",
    "GET /api/v1/precedents": "dispatcher supervisor authority admin",
    "POST /api/v1/precedents/{precedent_id:uuid}/end": "admin",
    "GET /api/v1/credit/departments/{code:str}/consequences": EVERYONE,
    "GET /api/v1/credit/watchlist": "dispatcher supervisor authority admin",
    "GET /api/v1/credit/honours": "dispatcher supervisor authority admin",
    "GET /api/v1/credit/checks": "auditor visitor supervisor authority",
    "POST /api/v1/credit/checks": "auditor visitor supervisor",
    "GET /api/v1/credit/rules": EVERYONE,
    "POST /api/v1/credit/rules": "supervisor admin",
    "GET /api/v1/credit/rules/{version:int}": EVERYONE,
    "POST /api/v1/credit/rules/{version:int}/retroactive": "authority",
    "GET /api/v1/credit/rules/drafts": "supervisor admin",
    f"GET {DRAFT}": "supervisor admin",
    f"PUT {DRAFT}": "supervisor admin",
    f"POST {DRAFT}/preview": "supervisor admin",
    f"POST {DRAFT}/carry-over": "supervisor admin",
    f"POST {DRAFT}/discard": "supervisor admin",
    f"POST {DRAFT}/publish": "supervisor admin",
    "GET /api/v1/second-looks": "auditor visitor supervisor authority",
    "POST /api/v1/second-looks/{look_id:uuid}/record": "auditor supervisor",
    "POST /api/v1/credit/events/{entry_id:uuid}/appeals": "leader",
    "POST /api/v1/credit/events/{entry_id:uuid}/repairs": "leader",
    "POST /api/v1/credit/periods/{period:str}/objections": "leader",
    "GET /api/v1/credit/appeals": f"{HOTLINE} {DEPARTMENT}",
    f"GET {APPEAL}": f"{HOTLINE} {DEPARTMENT}",
    f"POST {APPEAL}/decide-appeal": "auditor supervisor authority",
    f"POST {APPEAL}/second-level": "leader",
    f"POST {APPEAL}/withdraw-appeal": "leader",
    "GET /api/v1/credit/repairs": f"{HOTLINE} {DEPARTMENT}",
    f"GET {REPAIR}": f"{HOTLINE} {DEPARTMENT}",
    f"POST {REPAIR}/check-repair": "auditor visitor",
    f"POST {REPAIR}/decide-repair": "supervisor",
    f"POST {REPAIR}/put-off-repair": "supervisor",
    f"POST {REPAIR}/withdraw-repair": "leader",
    f"POST {REPAIR}/report-false-statement": "auditor visitor supervisor",
    f"POST {REPAIR}/decide-false-statement": "supervisor",
    "GET /api/v1/credit/departments/{code:str}/events": INSIDE,
    "GET /api/v1/credit/events/{entry_id:uuid}": INSIDE,
    "POST /api/v1/credit/events/{entry_id:uuid}/accept": "leader",
    "POST /api/v1/credit/events/{entry_id:uuid}/reverse": "supervisor authority",
    "POST /api/v1/credit/events/{entry_id:uuid}/tolerate": "authority",
    "GET /api/v1/credit/proposals": "supervisor authority",
    "POST /api/v1/credit/proposals": "supervisor authority",
    "GET /api/v1/credit/proposals/{proposal_id:uuid}": "supervisor authority",
    "POST /api/v1/credit/proposals/{proposal_id:uuid}/confirm": "supervisor authority",
    "POST /api/v1/credit/proposals/{proposal_id:uuid}/refuse": "supervisor authority",
    "GET /api/v1/credit/reports": EVERYONE,
    "POST /api/v1/credit/reports": "supervisor authority",
    f"GET {REPORT}": EVERYONE,
    f"GET {REPORT}/{{form:str}}": EVERYONE,
    f"PUT {REPORT}/words": "supervisor authority",
    f"POST {REPORT}/sign": "supervisor authority",
    f"POST {REPORT}/publish": "supervisor authority",
    f"POST {REPORT}/withdraw": "supervisor authority",
    f"POST {REPORT}/reissue": "supervisor authority",
    "GET /api/v1/credit/departments/{code:str}": EVERYONE,
    "GET /api/v1/credit/departments/{code:str}/tickets": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/credit/departments/{code:str}/set-aside": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/credit/rankings": EVERYONE,
    "GET /api/v1/credit/periods": EVERYONE,
    "POST /api/v1/credit/periods": "supervisor authority",
    f"GET {PERIOD}/revisions": EVERYONE,
    f"POST {PERIOD}/begin-notice": "supervisor authority",
    f"POST {PERIOD}/publish": "supervisor authority",
    "GET /api/v1/credit/exclusions": EXCLUDES,
    "GET /api/v1/credit/exclusions/by-facts": EXCLUDES,
    "POST /api/v1/credit/exclusions": "dispatcher auditor supervisor authority leader",
    f"GET {EXCLUSION}": EXCLUDES,
    f"POST {EXCLUSION}/decide": "auditor supervisor authority",
    f"POST {EXCLUSION}/recheck": "auditor supervisor authority",
    "GET /api/v1/credit/departments/{code:str}/promises": INSIDE,
    "GET /api/v1/observers": "supervisor authority",
    "POST /api/v1/observers": "supervisor",
    "GET /api/v1/observers/me": "observer",
    "POST /api/v1/observers/me/conflicts": "observer",
    "GET /api/v1/observers/activity": EVERYONE,
    "GET /api/v1/observers/scores": "supervisor authority",
    "POST /api/v1/observers/conflicts/{conflict_id:uuid}/lift": "supervisor",
    "GET /api/v1/observers/{observer_id:uuid}": "supervisor authority",
    "PUT /api/v1/observers/{observer_id:uuid}": "supervisor",
    "POST /api/v1/observers/{observer_id:uuid}/end": "supervisor",
    "GET /api/v1/observer-surveys": "supervisor authority observer",
    "POST /api/v1/observer-surveys": "supervisor",
    f"GET {SURVEY}": "supervisor authority observer",
    f"PUT {SURVEY}": "supervisor",
    f"POST {SURVEY}/publish": "supervisor",
    f"POST {SURVEY}/close": "supervisor",
    f"GET {SURVEY}/results": "supervisor authority",
    f"PUT {SURVEY}/answers/{{code:str}}": "observer",
    "GET /api/v1/observer-visits": "supervisor authority observer",
    "POST /api/v1/observer-visits": "observer",
    "POST /api/v1/observer-visits/plan": "supervisor",
    "GET /api/v1/observer-visits/{visit_id:uuid}": "supervisor authority observer",
    "POST /api/v1/observer-visits/{visit_id:uuid}/record": "observer",
    "GET /api/v1/observer-findings": f"supervisor authority observer {DEPARTMENT}",
    f"GET {FINDING}": f"supervisor authority observer {DEPARTMENT}",
    f"POST {FINDING}/answer": DEPARTMENT,
    f"POST {FINDING}/confirm": "supervisor observer",
    f"POST {FINDING}/send-back": "supervisor observer",
    f"POST {FINDING}/set-aside": "supervisor",
    "GET /api/v1/observer-snaps": "observer",
    "POST /api/v1/observer-snaps": "observer",
    "GET /api/v1/observer-snaps/{number:str}": "observer",
    "GET /api/v1/returns": f"dispatcher auditor supervisor authority admin {DEPARTMENT}",
    "GET /api/v1/returns/figures": f"dispatcher auditor supervisor authority admin {DEPARTMENT}",
    "GET /api/v1/groups": HOTLINE,
    "POST /api/v1/groups/merge": "operator dispatcher",
    "POST /api/v1/like-cases": "operator dispatcher supervisor",
    "POST /api/v1/like-cases/{number:str}/join": "operator dispatcher",
    "GET /api/v1/incidents": HOTLINE,
    f"GET {INCIDENT}": HOTLINE,
    f"GET {INCIDENT}/tickets": HOTLINE,
    f"POST {INCIDENT}/confirm": "dispatcher supervisor",
    f"POST {INCIDENT}/rename": "dispatcher supervisor",
    f"POST {INCIDENT}/words": "dispatcher supervisor",
    f"POST {INCIDENT}/join": "dispatcher supervisor",
    f"POST {INCIDENT}/leave": "dispatcher supervisor",
    f"POST {INCIDENT}/take-in": "dispatcher supervisor",
    f"POST {INCIDENT}/dismiss": "dispatcher supervisor",
    f"POST {INCIDENT}/end": "dispatcher supervisor",
    f"POST {INCIDENT}/put-together": "operator dispatcher",
    "GET /api/v1/bursts": HOTLINE,
    "POST /api/v1/bursts/{burst_id:uuid}/acknowledge": "dispatcher supervisor",
    "GET /api/v1/anomalies": "supervisor auditor authority admin leader",
    "GET /api/v1/anomalies/{card_id:uuid}": "supervisor auditor authority admin leader",
    "POST /api/v1/anomalies/{card_id:uuid}/look-into": "supervisor auditor authority",
    "POST /api/v1/anomalies/{card_id:uuid}/decide": "supervisor auditor authority",
    "GET /api/v1/supervision/orders": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/suspensions": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/plans": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/whistles": f"dispatcher supervisor authority admin {DEPARTMENT}",
    "GET /api/v1/whistles/figures": f"dispatcher supervisor authority admin {DEPARTMENT}",
    "GET /api/v1/board": "dispatcher supervisor authority admin leader",
    "GET /api/v1/board/behind/{figure:str}": "dispatcher supervisor authority admin leader",
    "GET /api/v1/supervision/late": "dispatcher supervisor authority admin",
    "POST /api/v1/bulk": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/bulk/{run_id:uuid}": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/check-ins": f"{HOTLINE} {DEPARTMENT}",
    f"GET {TICKET}/check-ins/{{position:int}}/photos/{{photo:int}}": f"{HOTLINE} {DEPARTMENT}",
    "POST /api/v1/supervision/urge": "supervisor",
    "GET /api/v1/supervision/urge/{run_id:uuid}": "supervisor",
    "GET /api/v1/search": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/saved-views": f"{HOTLINE} {DEPARTMENT}",
    "POST /api/v1/saved-views": f"{HOTLINE} {DEPARTMENT}",
    "PATCH /api/v1/saved-views/{view_id:uuid}": f"{HOTLINE} {DEPARTMENT}",
    "DELETE /api/v1/saved-views/{view_id:uuid}": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/person-lookups": "supervisor admin",
    "GET /api/v1/visits": "auditor visitor supervisor authority",
    "GET /api/v1/visits/answers": "auditor visitor supervisor authority",
    "GET /api/v1/visits/comparison": "auditor visitor supervisor authority",
    "POST /api/v1/visits/{number:str}/skip": "visitor",
    "GET /api/v1/field-checks": "auditor visitor supervisor authority",
    "POST /api/v1/field-checks/{check_id:uuid}/record": "auditor visitor supervisor",
    "POST /api/v1/field-checks/{check_id:uuid}/miss": "auditor visitor supervisor",
    "POST /api/v1/field-checks/{check_id:uuid}/confirm": "supervisor",
    "GET /api/v1/supervision/urges": "dispatcher supervisor authority admin",
    "GET /api/v1/supervision/listings": f"{HOTLINE} {DEPARTMENT}",
    "POST /api/v1/supervision/listings/{number:str}/name-leaders": "supervisor authority",
    "POST /api/v1/supervision/listings/{number:str}/delist": "supervisor authority",
    "GET /api/v1/interviews": INTERVIEWED,
    "GET /api/v1/interviews/proposals": "supervisor authority",
    "POST /api/v1/interviews": "supervisor authority",
    f"GET {INTERVIEW}": INTERVIEWED,
    f"POST {INTERVIEW}/hold": "supervisor authority",
    f"POST {INTERVIEW}/fulfil": INTERVIEWED,
    f"POST {INTERVIEW}/follow-up": "supervisor authority",
    f"POST {INTERVIEW}/close": "supervisor authority",
    f"POST {INTERVIEW}/cancel": "supervisor authority",
    "GET /api/v1/bulletins": f"{HOTLINE} {DEPARTMENT}",
    "POST /api/v1/bulletins": "supervisor authority",
    f"GET {BULLETIN}": f"{HOTLINE} {DEPARTMENT}",
    f"PUT {BULLETIN}": "supervisor authority",
    f"POST {BULLETIN}/review": "supervisor authority",
    f"POST {BULLETIN}/publish": "supervisor authority",
    f"POST {BULLETIN}/recall": "supervisor authority",
    f"GET {ARTICLES}": f"{HOTLINE} {DEPARTMENT}",
    f"GET {ARTICLES}/answers": f"{HOTLINE} {DEPARTMENT}",
    f"POST {ARTICLES}": WRITES,
    f"GET {ARTICLES}/export": "supervisor admin",
    f"POST {ARTICLES}/import": "supervisor admin",
    f"GET {ARTICLES}/corrections": f"{HOTLINE} {DEPARTMENT}",
    f"POST {ARTICLES}/corrections/{{correction_id:uuid}}/decide": f"{HOTLINE} {DEPARTMENT}",
    f"GET {ARTICLE}": f"{HOTLINE} {DEPARTMENT}",
    f"PUT {ARTICLE}": WRITES,
    f"POST {ARTICLE}/submit": WRITES,
    f"POST {ARTICLE}/publish": "auditor supervisor leader",
    f"POST {ARTICLE}/send-back": "auditor supervisor leader",
    f"POST {ARTICLE}/confirm": WRITES,
    f"POST {ARTICLE}/retire": "auditor supervisor leader",
    f"POST {ARTICLE}/give": "auditor supervisor leader",
    f"POST {ARTICLE}/use": f"{HOTLINE} {DEPARTMENT}",
    f"POST {ARTICLE}/report": f"{HOTLINE} {DEPARTMENT}",
    f"POST {TICKET}/knowledge/answer": f"{HOTLINE} {DEPARTMENT}",
    f"POST {TICKET}/knowledge/draft": WRITES,
    "GET /api/v1/phrases": f"{HOTLINE} {DEPARTMENT}",
    "POST /api/v1/phrases": f"{HOTLINE} {DEPARTMENT}",
    "PUT /api/v1/phrases/{phrase_id:uuid}": f"{HOTLINE} {DEPARTMENT}",
    "GET /api/v1/clues": "discipline",
    "GET /api/v1/clues/sent": "supervisor authority",
    "POST /api/v1/clues": "supervisor authority",
    f"GET {CLUE}": "discipline",
    f"POST {CLUE}/acknowledge": "discipline",
    f"POST {CLUE}/ask": "discipline",
    f"POST {CLUE}/conclude": "discipline",
    f"POST {CLUE}/answer": "supervisor authority",
}

ACTIONS = {
    "accept": "operator",
    "answer": "operator dispatcher",
    "refuse": "operator",
    "decide-refusal": "supervisor auditor",
    "object": "operator",
    "transfer-out": "operator",
    "merge": "operator dispatcher",
    "split": "dispatcher supervisor",
    "contribute": "operator dispatcher visitor",
    "explain-repeat": "operator dispatcher",
    "decide-repeat": "supervisor auditor",
    "withdraw": "operator",
    "dispatch": "dispatcher",
    "direct-dispatch": "operator",
    "sign": DEPARTMENT,
    "contact": DEPARTMENT,
    "progress": DEPARTMENT,
    "sign-co": "",
    "report-stage": "",
    "explain-delay": "",
    "propose-co-department": DEPARTMENT,
    "add-co-department": "dispatcher",
    "release-co-department": "dispatcher",
    "ask-again": DEPARTMENT,
    "submit-opinion": "",  # a co-handler's, and the departments here lead
    "submit-feedback": DEPARTMENT,
    "pass-audit": "auditor",
    "reject-audit": "auditor",
    "record-visit": "visitor",
    "close-unreached": "visitor",
    "record-own-visit": DEPARTMENT,
    "reopen": "operator visitor supervisor",
    "archive": "supervisor admin",
    "check-in": DEPARTMENT,
    "name-handler": DEPARTMENT,
    "urge": "operator dispatcher supervisor",
    "answer-urge": DEPARTMENT,
    "note": "operator dispatcher auditor visitor supervisor",
    "request-supplement": f"operator {DEPARTMENT}",
    "decide-supplement": "supervisor authority",
    "provide-supplement": f"operator {DEPARTMENT}",
    "cancel-unsupplemented": "operator",
    "request-consultation": "dispatcher",
    "call-units": "dispatcher supervisor",
    "respond-consultation": DEPARTMENT,
    "decide-consultation": "dispatcher supervisor",
    "request-return": DEPARTMENT,
    "decide-return": "dispatcher authority",
    "withdraw-return": DEPARTMENT,
    "dispute-return": "leader",
    "refer-arbitration": "dispatcher supervisor",
    "decide-arbitration": "authority",
    "request-extension": DEPARTMENT,
    "decide-extension": "supervisor authority",
    "request-suspension": DEPARTMENT,
    "decide-suspension": "supervisor authority",
    "review-suspension": "supervisor authority",
    "end-suspension": f"supervisor {DEPARTMENT}",
    "request-rectification": DEPARTMENT,
    "decide-rectification": "supervisor",
    "complete-milestone": DEPARTMENT,
    "request-close-out": DEPARTMENT,
    "refuse-close-out": "supervisor",
    "end-rectification": "supervisor",
    "request-final-reply": "leader",
    "review-final-reply": "supervisor",
    "decide-final-reply": "authority",
    "open-rating-check": "auditor",
    "appeal-rating": "leader",
    "contact-rater": "auditor",
    "propose-unfounded": "auditor",
    "decide-rating-check": "auditor supervisor",
    "reclassify": "operator dispatcher supervisor",
    "issue-order": "supervisor authority",
    "acknowledge-order": DEPARTMENT,
    "answer-order": DEPARTMENT,
    "verify-order": "supervisor authority",
    "raise-order": "supervisor authority",
    "report-in": DEPARTMENT,
    "blow-whistle": "dispatcher supervisor authority leader",
    "decide-whistle": "dispatcher supervisor authority",
    "score-whistle": "dispatcher supervisor authority",
    "call-off-whistle": "dispatcher supervisor authority",
    "finish-meeting-task": "",
}

POLICY_CLOCKS = {
    name: {"limit": "PT1H"} for name in ("accept", "dispatch", "complete", "audit", "visit")
}
OBSERVER_SURVEY = {
    "title": "年度评议",
    "kind": "year",
    "year": 2026,
    "opens_on": "2026-03-02",
    "closes_on": "2026-03-20",
    "questions": [{"kind": "scale", "text": "服务态度"}],
}
VISITED = {"visited_on": "2026-03-02", "place": "大厅", "items": {"attitude": "good"}}
SUBSCRIPTION = {"name": "大屏", "channel": "webhook", "address": "https://example.test/hook"}
BODIES: dict[str, object] = {
    "POST /api/v1/exports": {"list": "tickets"},
    "POST /api/v1/handovers": {"recipient": "市信访局", "tickets": ["2603029999990"]},
    "POST /api/v1/handovers/{number:str}/give": {},
    "POST /api/v1/handovers/{number:str}/receipt": {
        "lines": [{"number": "2603029999990", "accepted": True}]
    },
    "POST /api/v1/webhooks": {
        "name": "自有系统",
        "department": "chengguan",
        "address": "https://example.test/hook",
    },
    f"PUT {WEBHOOK}": {"name": "自有系统"},
    f"POST {WEBHOOK}/replay": {"since": "2026-03-02T00:00:00+08:00"},
    f"POST {TICKETS}": NEW_TICKET,
    f"POST {TICKET}/reveal": {"reason": "需要回电话"},
    f"POST {TICKET}/papers": {"kind": "commitment"},
    "PUT /api/v1/departments/{code:str}": {"name": "水务局", "name_en": "Water"},
    "PUT /api/v1/departments/{code:str}/duty": {"username": "supervisor"},
    "PUT /api/v1/categories/{code:str}": {"name": "供水", "name_en": "Water"},
    "PUT /api/v1/categories/{category:str}/questions/{code:str}": {
        "datatype": "string",
        "description": "灯杆号",
    },
    "POST /api/v1/users": {
        "username": "newcomer",
        "display_name": "新人",
        "roles": ["visitor"],
        "department": "hotline",
    },
    "PUT /api/v1/users/{username:str}": {
        "display_name": "张三",
        "roles": ["observer"],
        "department": "hotline",
    },
    "POST /api/v1/groups/merge": {
        "parent": "2603029999990",
        "children": ["2603029999991"],
        "dry_run": True,
    },
    "POST /api/v1/credit/events/{entry_id:uuid}/appeals": {"grounds": "other", "text": "不属实"},
    "POST /api/v1/credit/events/{entry_id:uuid}/repairs": {"cure": "已整改"},
    "POST /api/v1/credit/periods/{period:str}/objections": {
        "indicator": "promise",
        "tickets": ["2603029999990"],
        "grounds": "other",
        "text": "不应计入",
    },
    f"POST {APPEAL}/decide-appeal": {"uphold": True, "explanation": "属实"},
    f"POST {APPEAL}/second-level": {"text": "请复核"},
    f"POST {APPEAL}/withdraw-appeal": {},
    f"POST {REPAIR}/check-repair": {"passed": True, "visit": "回访", "finding": "已整改"},
    f"POST {REPAIR}/decide-repair": {"approve": True, "explanation": "同意"},
    f"POST {REPAIR}/put-off-repair": {"reason": "需复核"},
    f"POST {REPAIR}/withdraw-repair": {},
    f"POST {REPAIR}/report-false-statement": {"words": "材料不实"},
    f"POST {REPAIR}/decide-false-statement": {"confirm": True, "explanation": "查实"},
    "POST /api/v1/like-cases": {"title": "路灯不亮"},
    "POST /api/v1/like-cases/{number:str}/join": NEW_TICKET,
    f"POST {INCIDENT}/confirm": {},
    f"POST {INCIDENT}/rename": {"name": "柳塘街爆管"},
    f"POST {INCIDENT}/words": {"words": "抢修中"},
    f"POST {INCIDENT}/join": {"ticket": "2603029999990"},
    f"POST {INCIDENT}/leave": {"ticket": "2603029999990"},
    f"POST {INCIDENT}/take-in": {"incident": "00000000-0000-7000-8000-000000000001"},
    f"POST {INCIDENT}/dismiss": {"reason": "各是各的"},
    f"POST {INCIDENT}/end": {"reason": "已来水"},
    f"POST {INCIDENT}/put-together": {"parent": "2603029999990"},
    "POST /api/v1/anomalies/{card_id:uuid}/decide": {"founded": True, "words": "属实"},
    "POST /api/v1/credit/rules": {"note": "试行"},
    "POST /api/v1/credit/rules/{version:int}/retroactive": {
        "since": "2026-01-01T00:00:00+08:00",
        "reason": "市政府决定",
    },
    f"PUT {DRAFT}": {"book": {}},
    f"POST {DRAFT}/carry-over": {},
    f"POST {DRAFT}/discard": {},
    f"POST {DRAFT}/publish": {},
    "POST /api/v1/credit/checks": {
        "department": "huanbao",
        "checked_at": "2026-03-01T09:00:00+08:00",
        "findings": "台账齐全",
    },
    "POST /api/v1/second-looks/{look_id:uuid}/record": {
        "contact_shown": True,
        "answers_matter": True,
        "evidence_shown": True,
    },
    "POST /api/v1/credit/events/{entry_id:uuid}/reverse": {"finding": "误录"},
    "POST /api/v1/credit/events/{entry_id:uuid}/tolerate": {"reason": "先行先试"},
    "POST /api/v1/credit/proposals": {
        "code": "rude_service",
        "department": "huanbao",
        "finding": "录音核实",
        "document": "通报1号",
    },
    "POST /api/v1/credit/proposals/{proposal_id:uuid}/confirm": {"words": "属实"},
    "POST /api/v1/credit/proposals/{proposal_id:uuid}/refuse": {"reason": "证据不足"},
    "POST /api/v1/me/tokens": {"label": "软电话"},
    "POST /api/v1/observers": {
        "username": "observer",
        "nickname": "望山",
        "category": "citizen",
        "valid_until": "2027-03-01",
    },
    "POST /api/v1/observers/me/conflicts": {"department": "huanbao", "reason": "family"},
    "POST /api/v1/observers/conflicts/{conflict_id:uuid}/lift": {"reason": "已不相关"},
    "PUT /api/v1/observers/{observer_id:uuid}": {
        "category": "citizen",
        "valid_until": "2027-03-01",
    },
    "POST /api/v1/observers/{observer_id:uuid}/end": {"reason": "届满"},
    f"PUT {TICKET}/publication": {"text": "路面坑洼"},
    f"POST {HELD}/take-in": {},
    f"POST {HELD}/refuse": {"reason": "重复"},
    "POST /api/v1/other-systems/keys": {"name": "城市应用"},
    "PUT /api/v1/other-systems/services/{code:str}": {"is_offered": True, "is_listed": True},
    "POST /api/v1/observer-surveys": OBSERVER_SURVEY,
    f"PUT {SURVEY}": OBSERVER_SURVEY,
    f"POST {SURVEY}/publish": {},
    f"POST {SURVEY}/close": {},
    f"PUT {SURVEY}/answers/{{code:str}}": {"values": [5]},
    "POST /api/v1/observer-visits": {**VISITED, "department": "huanbao"},
    "POST /api/v1/observer-visits/plan": {
        "observer": "00000000-0000-7000-8000-000000000000",
        "department": "huanbao",
        "due_on": "2026-03-05",
    },
    "POST /api/v1/observer-visits/{visit_id:uuid}/record": VISITED,
    f"POST {FINDING}/answer": {"text": "已改"},
    f"POST {FINDING}/confirm": {"explanation": "属实"},
    f"POST {FINDING}/send-back": {"reason": "未改"},
    f"POST {FINDING}/set-aside": {"reason": "不属"},
    "POST /api/v1/observer-snaps": {
        "key": "00000000-0000-7000-8000-000000000000",
        "title": "井盖破损",
        "content": "缺了一角",
        "address": "建设路口",
    },
    "POST /api/v1/saved-views": {"name": "红牌", "place": "tickets"},
    "PATCH /api/v1/saved-views/{view_id:uuid}": {"name": "红牌"},
    "POST /api/v1/visits/{number:str}/skip": {"reason": "line_engaged"},
    "POST /api/v1/field-checks/{check_id:uuid}/record": {"is_done": True, "words": "已修好"},
    "POST /api/v1/field-checks/{check_id:uuid}/miss": {"reason": "no_access"},
    "POST /api/v1/field-checks/{check_id:uuid}/confirm": {"confirm": True, "explanation": "属实"},
    "POST /api/v1/bulk": {
        "doing": "sign",
        "tickets": [{"number": "2603029999990"}],
        "dry_run": True,
    },
    "POST /api/v1/supervision/urge": {"note": "请抓紧办理", "dry_run": True},
    "POST /api/v1/supervision/listings/{number:str}/name-leaders": {
        "city_leader": "副市长",
        "responsible": "局长",
    },
    "POST /api/v1/supervision/listings/{number:str}/delist": {"explanation": "已核实"},
    "POST /api/v1/interviews": {
        "department": "huanbao",
        "reason": "other",
        "explanation": "督办单多次逾期",
        "interviewer": "热线中心主任",
        "called": "分管副局长",
        "planned_at": "2026-03-05T09:00:00+08:00",
        "place": "会议室",
    },
    f"POST {INTERVIEW}/hold": {
        "held_at": "2026-03-01T09:00:00+08:00",
        "attendance": "双方",
        "minutes": "已谈",
        "follow_up_due_at": "2026-03-20T09:00:00+08:00",
    },
    "POST /api/v1/credit/periods": {"period": "2026-02"},
    "POST /api/v1/credit/exclusions": {
        "ticket": "2603029999990",
        "code": "pilot",
        "reason": "试点",
        "evidence": ["文件"],
    },
    f"POST {EXCLUSION}/decide": {"approve": True, "explanation": "属实"},
    f"POST {EXCLUSION}/recheck": {"founded": True, "explanation": "属实"},
    f"POST {INTERVIEW}/fulfil": {"position": 1, "evidence": "照片"},
    f"POST {INTERVIEW}/follow-up": {"finding": "已落实"},
    f"POST {INTERVIEW}/close": {},
    f"POST {INTERVIEW}/cancel": {"reason": "改期"},
    "POST /api/v1/credit/reports": {"period": "2026-02"},
    f"PUT {REPORT}/words": {"preface": "见表"},
    f"POST {REPORT}/sign": {},
    f"POST {REPORT}/publish": {},
    f"POST {REPORT}/withdraw": {"reason": "数据有误"},
    f"POST {REPORT}/reissue": {"reason": "数据有误"},
    "POST /api/v1/bulletins": {
        "title": "二月通报",
        "begins": "2026-02-01",
        "ends": "2026-02-28",
        "text": "见表",
    },
    f"PUT {BULLETIN}": {"title": "二月通报", "text": "见表"},
    f"POST {BULLETIN}/review": {},
    f"POST {BULLETIN}/publish": {},
    f"POST {BULLETIN}/recall": {"reason": "数据有误"},
    "POST /api/v1/clues": {"grounds": "leak", "text": "涉嫌泄露诉求人信息"},
    f"POST {ARTICLES}": {**TEXT, "department": "chengguan"},
    f"POST {ARTICLES}/import": {"articles": []},
    f"POST {ARTICLES}/corrections/{{correction_id:uuid}}/decide": {"accept": True, "words": "是"},
    f"PUT {ARTICLE}": TEXT,
    f"POST {ARTICLE}/submit": {},
    f"POST {ARTICLE}/publish": {},
    f"POST {ARTICLE}/send-back": {"reason": "不清楚"},
    f"POST {ARTICLE}/confirm": {},
    f"POST {ARTICLE}/retire": {"reason": "停用"},
    f"POST {ARTICLE}/give": {"department": "huanbao"},
    f"POST {ARTICLE}/use": {"use": "read_out"},
    f"POST {ARTICLE}/report": {"reason": "有误"},
    f"POST {TICKET}/knowledge/answer": {"article": "ZS-99999"},
    f"POST {TICKET}/knowledge/draft": {},
    "POST /api/v1/phrases": PHRASE,
    "PUT /api/v1/phrases/{phrase_id:uuid}": PHRASE,
    f"POST {CLUE}/ask": {"question": "有何凭据"},
    f"POST {CLUE}/conclude": {"outcome": "not_founded", "conclusion": "不属实"},
    f"POST {CLUE}/answer": {"answer": "见附件"},
    "PUT /api/v1/me/contact": {"hourly_limit": 5},
    "PUT /api/v1/users/{username:str}/contact": {"hourly_limit": 5},
    "POST /api/v1/subscriptions": SUBSCRIPTION,
    "PUT /api/v1/subscriptions/{subscription_id:uuid}": SUBSCRIPTION,
    "POST /api/v1/deliveries/resend": {},
    "POST /api/v1/facts/replay": {},
    "POST /api/v1/me/notices/acknowledge": {"ids": ["00000000-0000-7000-8000-000000000000"]},
    "POST /api/v1/sla/calendars": {
        "code": "own",
        "name": "自定",
        "definition": {"week": {"mon": ["09:00-17:00"]}, "covered_until": "2026-12-31"},
    },
    "POST /api/v1/sla/calendars/{calendar:str}/preview": {},
    "POST /api/v1/sla/calendars/{calendar:str}/import-year": {
        "year": 2026,
        "text": "2026-10-01,holiday,国庆节",
        "dry_run": True,
    },
    "POST /api/v1/sla/policies": {"code": "own", "name": "自定", "clocks": POLICY_CLOCKS},
    "POST /api/v1/sla/policies/preview": {"code": "own", "name": "自定", "clocks": POLICY_CLOCKS},
    "POST /api/v1/sla/policies/{code:str}/rollback": {"version": 1},
    "POST /api/v1/sla/policies/{code:str}/switch": {"is_active": True},
    "POST /api/v1/sla/policies/{code:str}/reapply": {"reason": "新政策施行"},
    "POST /api/v1/catalogue": {
        "entries": [{"category": "urban", "department": "chengguan"}],
        "note": "试行",
    },
    "POST /api/v1/catalogue/preview": {"entries": []},
    "POST /api/v1/suggestions": {"text": "路灯不亮"},
    "POST /api/v1/catalogue/rollback": {"version": 999, "note": "恢复"},
    "POST /api/v1/precedents/{precedent_id:uuid}/end": {"reason": "已写入目录"},
    "POST /api/v1/sla/simulate": {
        "from": "2026-03-01",
        "to": "2026-03-31",
        "policy": {"code": "own", "name": "自定", "clocks": POLICY_CLOCKS},
    },
}


SIGNED = {"POST /api/v1/notices/receipts/{channel:str}", "POST /api/v1/call-events"}
"""Open to whoever signs with the secret of the gateway or exchange, whatever account he has."""

ABSENT = {
    "view-not-found",
    "tickets-not-found",
    "hand-over-file-not-found",
    "paper-not-found",
    "publication-not-found",
    "submission-not-found",
    "other-system-key-not-found",
    "unknown-code",
    "token-not-found",
    "card-not-found",
    "incident-not-found",
    "burst-not-found",
    "board-figure-not-found",
    "credit-draft-not-found",
    "second-look-not-found",
    "credit-entry-not-found",
    "credit-proposal-not-found",
    "department-not-found",
    "ticket-not-found",
    "urge-run-not-found",
    "bulk-run-not-found",
    "photo-not-found",
    "subscription-not-found",
    "export-not-found",
    "webhook-not-found",
    "delivery-not-found",
    "unknown-policy",
    "unknown-catalogue-version",
    "precedent-not-found",
    "meeting-not-found",
    "nothing-to-visit",
    "field-check-not-found",
    "listing-not-found",
    "interview-not-found",
    "bulletin-not-found",
    "article-not-found",
    "correction-not-found",
    "phrase-not-found",
    "nothing-to-draft-from",
    "report-not-found",
    "credit-period-not-frozen",
    "clue-not-found",
    "credit-appeal-not-found",
    "credit-repair-not-found",
    "credit-period-not-in-notice",
    "exclusion-not-found",
    "observer-not-found",
    "observer-not-registered",
    "conflict-not-found",
    "survey-not-found",
    "observer-visit-not-found",
    "finding-not-found",
    "snap-not-found",
}
"""He was let in; there was only nothing under the id that this test asks for."""


HIDDEN = {f"GET {CLUE}"}
"""To whoever is not let in nothing is there at all."""


def account_of(role: Role) -> str:
    return f"{role}.chengguan" if role in {Role.HANDLER, Role.LEADER} else role.value


ROLES = sorted(ASSIGNABLE_ROLES)


def _paths(app: Litestar) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in app.routes
        if route.path.startswith("/api/")
        for method in getattr(route, "methods", ())
        if method not in {"OPTIONS", "HEAD"}
    }


def test_the_table_names_every_route(app: Litestar) -> None:
    actions = {f"POST {TICKET}/{action}" for action in ACTIONS}
    assert _paths(app) == set(ROUTES) | SIGNED | actions
    assert set(ACTION_BODIES) == set(ACTIONS)


def _address(path: str, number: str) -> str:
    return (
        path.replace("{number:str}", number)
        .replace("{code:str}", "huanbao")
        .replace("{category:str}", "urban")
        .replace("{paper:str}", "CN-2026-000099")
        .replace("{calendar:str}", "working")
        .replace("{username:str}", "observer")
        .replace("{draft_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{look_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{version:int}", "1")
        .replace("{position:int}", "1")
        .replace("{photo:int}", "1")
        .replace("{entry_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{proposal_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{card_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{incident_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{burst_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{token_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{webhook_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{export_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{subscription_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{run_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{precedent_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{check_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{name:str}", "YTB-2026-9999")
        .replace("{form:str}", "docx")
        .replace("{bulletin_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{article:str}", "ZS-99999")
        .replace("{correction_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{phrase_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{exclusion_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{period:str}", "2025-01")
        .replace("{observer_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{conflict_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{survey_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{visit_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{finding_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{delivery_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{appeal_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{submission_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{update_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{key_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{repair_id:uuid}", "00000000-0000-7000-8000-000000000000")
        .replace("{view_id:uuid}", "00000000-0000-7000-8000-000000000000")
    )


async def _ask(client: Client, route: str, number: str) -> tuple[int, Any]:
    method, _, path = route.partition(" ")
    answer = await client.request(method, _address(path, number), json=BODIES.get(route))
    return answer.status_code, answer.json() if answer.content else {}


@pytest.mark.parametrize("role", ROLES)
async def test_who_is_let_in(client_as: ClientAs, build: Build, role: Role) -> None:
    number = await build.ticket(Status.PROCESSING)
    client = client_as(account_of(role))
    for route, allowed in ROUTES.items():
        status, body = await _ask(client, route, number)
        if role in allowed.split():
            assert status in {200, 201, 204} or body["code"] in ABSENT, route
        elif route in HIDDEN or ("{number" in route and method_of(route) != "GET"):
            assert status in {403, 404}, route
        else:
            assert (status, body["code"]) == (403, "permission-denied"), route


def method_of(route: str) -> str:
    return route.partition(" ")[0]


@pytest.mark.parametrize("role", ROLES)
async def test_who_may_act(client_as: ClientAs, build: Build, role: Role) -> None:
    """On a ticket he can see, everyone is refused what is not his, whatever the state."""
    number = await build.ticket(Status.PROCESSING)
    parent = {"merge": {"parent": await build.ticket()}}
    client = client_as(account_of(role))
    for action, allowed in ACTIONS.items():
        answer = await client.act(number, action, **parent.get(action, ACTION_BODIES[action]))
        if role in {Role.OBSERVER, Role.DISCIPLINE} or (
            action == "merge" and role in DEPARTMENT.split()
        ):
            # Observers and inspectors see no ticket, and a department not the one to be followed.
            assert answer.status_code == 404, action
        elif role in allowed.split():
            assert answer.status_code in {200, 409, 410}, f"{action}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{action}: {answer.text}"
            assert answer.json()["code"] in {"action-forbidden", "not-your-task"}, action


async def test_nobody_is_asked_to_sign_in(client_as: ClientAs, build: Build) -> None:
    number = await build.ticket(Status.PROCESSING)
    nobody = client_as(None)
    everything = [*ROUTES, *(f"POST {TICKET}/{action}" for action in ACTIONS)]
    for route in everything:
        status, body = await _ask(nobody, route, number)
        assert (status, body["code"]) == (401, "not-signed-in"), route
    forged = {"authorization": "Bearer " + "x" * 43}
    for header in (forged, {"authorization": "Bearer "}, {"cookie": "hotline_session=forged"}):
        answer = await nobody.request("GET", "/api/v1/me", headers=header)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_guards_come_before_bodies(client_as: ClientAs) -> None:
    """Who may not is told so, whatever he sends."""
    for name in (None, "observer"):
        answer = await client_as(name).request("POST", TICKETS, content=b"{not json")
        assert answer.status_code == (401 if name is None else 403)


async def test_a_revoked_token_and_a_closed_account_open_nothing(client_as: ClientAs) -> None:
    admin, visitor = client_as("admin"), client_as("visitor")
    assert (await visitor.get("/api/v1/me")).status_code == 200
    own = (await visitor.get("/api/v1/me/tokens")).json()["items"][0]["id"]
    assert (await visitor.request("DELETE", f"/api/v1/me/tokens/{own}")).status_code == 204
    assert (await visitor.get("/api/v1/me")).status_code == 401
    auditor = client_as("auditor")
    answer = await admin.put(
        "/api/v1/users/auditor",
        {
            "display_name": "李四",
            "roles": ["auditor"],
            "department": "hotline",
            "is_active": False,
        },
    )
    assert answer.status_code == 200
    assert (await auditor.get("/api/v1/me")).status_code == 401
