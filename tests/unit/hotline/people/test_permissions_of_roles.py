"""What each role may do beside the actions on a ticket, by hand."""

import pytest

from hotline.people.permissions import (
    ASSIGNABLE_ROLES,
    DEPARTMENT_ROLES,
    HOTLINE_ROLES,
    ROLE_PERMISSIONS,
    Role,
    permissions_of,
)
from hotline.people.principal import Principal

TABLE = {
    "read_tickets": "operator dispatcher auditor visitor supervisor authority admin handler leader",
    "create_tickets": "operator dispatcher supervisor",
    "share_views": "dispatcher supervisor admin leader",
    "reveal_personal_data": "operator dispatcher auditor visitor supervisor handler leader",
    "read_groups": "operator dispatcher auditor visitor supervisor authority admin",
    "merge_many": "operator dispatcher",
    "read_incidents": "operator dispatcher auditor visitor supervisor authority admin",
    "manage_incidents": "dispatcher supervisor",
    "read_anomalies": "auditor supervisor authority admin leader",
    "judge_anomalies": "auditor supervisor authority",
    "read_board": "dispatcher supervisor authority admin",
    "read_own_board": "leader",
    "manage_screens": "admin",
    "read_returns": "dispatcher auditor supervisor authority admin handler leader",
    "urge_many": "supervisor",
    "read_meetings": "dispatcher supervisor authority admin handler leader",
    "read_directory": "operator dispatcher auditor visitor supervisor authority admin observer "
    "discipline handler leader",
    "read_policies": "dispatcher supervisor authority admin",
    "manage_policies": "admin",
    "manage_templates": "admin",
    "read_catalogue": "dispatcher supervisor authority admin",
    "manage_catalogue": "admin",
    "manage_deliveries": "supervisor admin",
    "manage_directory": "admin",
    "manage_users": "admin",
    "read_credit": "operator dispatcher auditor visitor supervisor authority admin observer "
    "discipline handler leader",
    "read_credit_cases": "operator dispatcher auditor visitor supervisor authority admin "
    "handler leader",
    "appeal_credit": "leader",
    "decide_appeals": "auditor supervisor authority",
    "check_repairs": "auditor visitor",
    "decide_repairs": "supervisor",
    "enter_credit": "supervisor authority",
    "accept_credit": "leader",
    "tolerate_credit": "authority",
    "sign_credit": "supervisor authority",
    "read_exclusions": "dispatcher auditor supervisor authority admin handler leader",
    "ask_exclusion": "dispatcher auditor supervisor authority leader",
    "decide_exclusion": "auditor supervisor authority",
    "manage_credit_rules": "supervisor admin",
    "decide_retroactive": "authority",
    "look_again": "auditor supervisor",
    "read_live_credit": "operator dispatcher auditor visitor supervisor authority admin "
    "discipline handler leader",
    "read_staff": "operator dispatcher auditor visitor supervisor authority admin "
    "discipline handler leader",
    "observe": "observer",
    "read_surveys": "supervisor authority observer",
    "read_observers": "supervisor authority",
    "manage_observers": "supervisor",
    "read_findings": "supervisor authority observer handler leader",
    "answer_findings": "handler leader",
    "confirm_findings": "supervisor observer",
    "read_reveals": "supervisor admin",
    "read_visits": "auditor visitor supervisor authority",
    "skip_visits": "visitor",
    "check_places": "auditor visitor supervisor",
    "confirm_checks": "supervisor",
    "read_interviews": "supervisor authority leader",
    "interview": "supervisor authority",
    "publish_bulletin": "supervisor authority",
    "transfer_clue": "supervisor authority",
    "read_clues": "discipline",
    "export_lists": "operator dispatcher auditor visitor supervisor authority admin handler leader",
    "export_personal_data": "supervisor leader",
    "hand_over_shifts": "operator dispatcher auditor visitor supervisor",
    "hand_over_tickets": "supervisor authority",
    "hear_recordings": "auditor supervisor",
    "manage_open311": "admin",
    "manage_phrases": "supervisor admin",
    "manage_suggestions": "admin",
    "manage_webhooks": "admin leader",
    "moderate_reports": "operator supervisor",
    "move_knowledge": "supervisor admin",
    "publish_knowledge": "auditor supervisor leader",
    "publish_text": "operator auditor supervisor",
    "read_calls": "operator supervisor",
    "read_knowledge": "operator dispatcher auditor visitor supervisor authority admin handler leader",
    "take_calls": "operator",
    "write_knowledge": "operator dispatcher auditor supervisor admin handler leader",
}


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_do(role: Role) -> None:
    expected = {name for name, roles in TABLE.items() if role in roles.split()}
    assert {permission.value for permission in ROLE_PERMISSIONS[role]} == expected


def test_roles_add_up() -> None:
    both = permissions_of([Role.OPERATOR, Role.ADMIN])
    assert both == permissions_of([Role.OPERATOR]) | permissions_of([Role.ADMIN])
    assert permissions_of([]) == frozenset()
    assert Principal(frozenset({Role.OPERATOR, Role.ADMIN})).permissions == both


def test_who_sees_what() -> None:
    assert not HOTLINE_ROLES & DEPARTMENT_ROLES
    assert set(Role) - {Role.REQUESTER, Role.SYSTEM} == ASSIGNABLE_ROLES
    for role in Role:
        person = Principal(frozenset({role}))
        assert person.sees_every_ticket is (role in HOTLINE_ROLES or role is Role.SYSTEM)
        assert person.is_department is (role in DEPARTMENT_ROLES)
