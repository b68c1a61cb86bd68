"""Roles, and the matrix of what each may do beside the actions on a ticket.

What a role may do *to a ticket* stands in `hotline.tickets.lifecycle.TRANSITIONS`; this is all
the rest.
"""

import enum
from collections.abc import Iterable
from types import MappingProxyType


class Role(enum.StrEnum):
    """A person's part in the loop. A user may hold several."""

    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    AUDITOR = "auditor"
    VISITOR = "visitor"
    SUPERVISOR = "supervisor"
    AUTHORITY = "authority"
    ADMIN = "admin"
    OBSERVER = "observer"
    DISCIPLINE = "discipline"
    HANDLER = "handler"
    LEADER = "leader"
    REQUESTER = "requester"
    SYSTEM = "system"


HOTLINE_ROLES = frozenset(
    {
        Role.OPERATOR,
        Role.DISPATCHER,
        Role.AUDITOR,
        Role.VISITOR,
        Role.SUPERVISOR,
        Role.AUTHORITY,
        Role.ADMIN,
    }
)
"""Roles that see every ticket, personal data masked."""

DEPARTMENT_ROLES = frozenset({Role.HANDLER, Role.LEADER})
"""Roles that see only the tickets of their own department."""

ASSIGNABLE_ROLES = frozenset(Role) - {Role.REQUESTER, Role.SYSTEM}
"""Roles that an account may hold; the other two belong to no account."""


class Permission(enum.StrEnum):
    """Something that may be done beside the actions on a ticket."""

    READ_TICKETS = "read_tickets"
    CREATE_TICKETS = "create_tickets"
    HAND_OVER_SHIFTS = "hand_over_shifts"
    TAKE_CALLS = "take_calls"
    READ_CALLS = "read_calls"
    HEAR_RECORDINGS = "hear_recordings"
    MODERATE_REPORTS = "moderate_reports"
    PUBLISH_TEXT = "publish_text"
    MANAGE_OPEN311 = "manage_open311"
    REVEAL_PERSONAL_DATA = "reveal_personal_data"
    SHARE_VIEWS = "share_views"
    READ_GROUPS = "read_groups"
    MERGE_MANY = "merge_many"
    READ_INCIDENTS = "read_incidents"
    MANAGE_INCIDENTS = "manage_incidents"
    READ_ANOMALIES = "read_anomalies"
    JUDGE_ANOMALIES = "judge_anomalies"
    READ_BOARD = "read_board"
    READ_OWN_BOARD = "read_own_board"
    MANAGE_SCREENS = "manage_screens"
    READ_RETURNS = "read_returns"
    URGE_MANY = "urge_many"
    READ_MEETINGS = "read_meetings"
    READ_INTERVIEWS = "read_interviews"
    INTERVIEW = "interview"
    PUBLISH_BULLETIN = "publish_bulletin"
    TRANSFER_CLUE = "transfer_clue"
    READ_CLUES = "read_clues"
    READ_DIRECTORY = "read_directory"
    READ_POLICIES = "read_policies"
    MANAGE_POLICIES = "manage_policies"
    MANAGE_TEMPLATES = "manage_templates"
    READ_KNOWLEDGE = "read_knowledge"
    WRITE_KNOWLEDGE = "write_knowledge"
    PUBLISH_KNOWLEDGE = "publish_knowledge"
    MOVE_KNOWLEDGE = "move_knowledge"
    MANAGE_PHRASES = "manage_phrases"
    READ_CATALOGUE = "read_catalogue"
    MANAGE_CATALOGUE = "manage_catalogue"
    MANAGE_SUGGESTIONS = "manage_suggestions"
    MANAGE_DIRECTORY = "manage_directory"
    MANAGE_USERS = "manage_users"
    READ_STAFF = "read_staff"
    READ_CREDIT = "read_credit"
    MANAGE_CREDIT_RULES = "manage_credit_rules"
    DECIDE_RETROACTIVE = "decide_retroactive"
    ENTER_CREDIT = "enter_credit"
    ACCEPT_CREDIT = "accept_credit"
    TOLERATE_CREDIT = "tolerate_credit"
    SIGN_CREDIT = "sign_credit"
    READ_EXCLUSIONS = "read_exclusions"
    ASK_EXCLUSION = "ask_exclusion"
    DECIDE_EXCLUSION = "decide_exclusion"
    READ_LIVE_CREDIT = "read_live_credit"
    OBSERVE = "observe"
    READ_SURVEYS = "read_surveys"
    READ_OBSERVERS = "read_observers"
    MANAGE_OBSERVERS = "manage_observers"
    READ_FINDINGS = "read_findings"
    ANSWER_FINDINGS = "answer_findings"
    CONFIRM_FINDINGS = "confirm_findings"
    READ_CREDIT_CASES = "read_credit_cases"
    APPEAL_CREDIT = "appeal_credit"
    DECIDE_APPEALS = "decide_appeals"
    CHECK_REPAIRS = "check_repairs"
    DECIDE_REPAIRS = "decide_repairs"
    READ_VISITS = "read_visits"
    SKIP_VISITS = "skip_visits"
    CHECK_PLACES = "check_places"
    CONFIRM_CHECKS = "confirm_checks"
    LOOK_AGAIN = "look_again"
    READ_REVEALS = "read_reveals"
    EXPORT_LISTS = "export_lists"
    EXPORT_PERSONAL_DATA = "export_personal_data"
    HAND_OVER_TICKETS = "hand_over_tickets"
    MANAGE_DELIVERIES = "manage_deliveries"
    MANAGE_WEBHOOKS = "manage_webhooks"


_INSIDE = frozenset(
    {
        Permission.READ_DIRECTORY,
        Permission.READ_STAFF,
        Permission.READ_CREDIT,
        Permission.READ_LIVE_CREDIT,
    }
)
"""What everybody may read but observers, who come from outside."""

_EVERYONE_AT_WORK = _INSIDE | {
    Permission.READ_TICKETS,
    Permission.READ_CREDIT_CASES,
    Permission.READ_KNOWLEDGE,
    Permission.EXPORT_LISTS,
}
_CALLS_TO_ACCOUNT = frozenset(
    {
        Permission.READ_INTERVIEWS,
        Permission.INTERVIEW,
        Permission.PUBLISH_BULLETIN,
        Permission.TRANSFER_CLUE,
    }
)

ROLE_PERMISSIONS: MappingProxyType[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.OPERATOR: _EVERYONE_AT_WORK
        | {
            Permission.HAND_OVER_SHIFTS,
            Permission.TAKE_CALLS,
            Permission.READ_CALLS,
            Permission.WRITE_KNOWLEDGE,
            Permission.CREATE_TICKETS,
            Permission.MODERATE_REPORTS,
            Permission.PUBLISH_TEXT,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.MERGE_MANY,
        },
        Role.DISPATCHER: _EVERYONE_AT_WORK
        | {
            Permission.HAND_OVER_SHIFTS,
            Permission.SHARE_VIEWS,
            Permission.WRITE_KNOWLEDGE,
            Permission.READ_EXCLUSIONS,
            Permission.ASK_EXCLUSION,
            Permission.CREATE_TICKETS,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.MANAGE_INCIDENTS,
            Permission.MERGE_MANY,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_BOARD,
            Permission.READ_RETURNS,
            Permission.READ_MEETINGS,
            Permission.READ_POLICIES,
            Permission.READ_CATALOGUE,
        },
        Role.AUDITOR: _EVERYONE_AT_WORK
        | {
            Permission.HAND_OVER_SHIFTS,
            Permission.HEAR_RECORDINGS,
            Permission.WRITE_KNOWLEDGE,
            Permission.PUBLISH_KNOWLEDGE,
            Permission.READ_EXCLUSIONS,
            Permission.ASK_EXCLUSION,
            Permission.DECIDE_EXCLUSION,
            Permission.DECIDE_APPEALS,
            Permission.CHECK_REPAIRS,
            Permission.PUBLISH_TEXT,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.READ_ANOMALIES,
            Permission.JUDGE_ANOMALIES,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_RETURNS,
            Permission.READ_VISITS,
            Permission.LOOK_AGAIN,
            Permission.CHECK_PLACES,
        },
        Role.VISITOR: _EVERYONE_AT_WORK
        | {
            Permission.HAND_OVER_SHIFTS,
            Permission.CHECK_REPAIRS,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_VISITS,
            Permission.SKIP_VISITS,
            Permission.CHECK_PLACES,
        },
        Role.SUPERVISOR: _EVERYONE_AT_WORK
        | _CALLS_TO_ACCOUNT
        | {
            Permission.HAND_OVER_SHIFTS,
            Permission.READ_CALLS,
            Permission.HEAR_RECORDINGS,
            Permission.SHARE_VIEWS,
            Permission.WRITE_KNOWLEDGE,
            Permission.PUBLISH_KNOWLEDGE,
            Permission.MOVE_KNOWLEDGE,
            Permission.MANAGE_PHRASES,
            Permission.ENTER_CREDIT,
            Permission.SIGN_CREDIT,
            Permission.READ_EXCLUSIONS,
            Permission.ASK_EXCLUSION,
            Permission.DECIDE_EXCLUSION,
            Permission.DECIDE_APPEALS,
            Permission.DECIDE_REPAIRS,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.MANAGE_INCIDENTS,
            Permission.READ_ANOMALIES,
            Permission.JUDGE_ANOMALIES,
            Permission.CREATE_TICKETS,
            Permission.MODERATE_REPORTS,
            Permission.PUBLISH_TEXT,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_BOARD,
            Permission.READ_RETURNS,
            Permission.URGE_MANY,
            Permission.READ_MEETINGS,
            Permission.READ_VISITS,
            Permission.LOOK_AGAIN,
            Permission.CHECK_PLACES,
            Permission.CONFIRM_CHECKS,
            Permission.READ_POLICIES,
            Permission.READ_CATALOGUE,
            Permission.READ_REVEALS,
            Permission.EXPORT_PERSONAL_DATA,
            Permission.HAND_OVER_TICKETS,
            Permission.MANAGE_CREDIT_RULES,
            Permission.MANAGE_DELIVERIES,
            Permission.READ_OBSERVERS,
            Permission.READ_SURVEYS,
            Permission.MANAGE_OBSERVERS,
            Permission.READ_FINDINGS,
            Permission.CONFIRM_FINDINGS,
        },
        Role.AUTHORITY: _EVERYONE_AT_WORK
        | _CALLS_TO_ACCOUNT
        | {
            Permission.ENTER_CREDIT,
            Permission.TOLERATE_CREDIT,
            Permission.SIGN_CREDIT,
            Permission.READ_EXCLUSIONS,
            Permission.ASK_EXCLUSION,
            Permission.DECIDE_EXCLUSION,
            Permission.DECIDE_APPEALS,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.READ_ANOMALIES,
            Permission.JUDGE_ANOMALIES,
            Permission.READ_BOARD,
            Permission.READ_RETURNS,
            Permission.READ_MEETINGS,
            Permission.READ_VISITS,
            Permission.READ_POLICIES,
            Permission.DECIDE_RETROACTIVE,
            Permission.HAND_OVER_TICKETS,
            Permission.READ_CATALOGUE,
            Permission.READ_OBSERVERS,
            Permission.READ_SURVEYS,
            Permission.READ_FINDINGS,
        },
        Role.ADMIN: _EVERYONE_AT_WORK
        | {
            Permission.SHARE_VIEWS,
            Permission.WRITE_KNOWLEDGE,
            Permission.MOVE_KNOWLEDGE,
            Permission.MANAGE_PHRASES,
            Permission.READ_EXCLUSIONS,
            Permission.READ_GROUPS,
            Permission.READ_INCIDENTS,
            Permission.READ_ANOMALIES,
            Permission.READ_BOARD,
            Permission.READ_RETURNS,
            Permission.READ_MEETINGS,
            Permission.READ_POLICIES,
            Permission.MANAGE_POLICIES,
            Permission.MANAGE_TEMPLATES,
            Permission.READ_CATALOGUE,
            Permission.MANAGE_CATALOGUE,
            Permission.MANAGE_SUGGESTIONS,
            Permission.MANAGE_DIRECTORY,
            Permission.MANAGE_OPEN311,
            Permission.MANAGE_USERS,
            Permission.MANAGE_SCREENS,
            Permission.READ_REVEALS,
            Permission.MANAGE_CREDIT_RULES,
            Permission.MANAGE_DELIVERIES,
            Permission.MANAGE_WEBHOOKS,
        },
        Role.OBSERVER: frozenset(
            {
                Permission.READ_DIRECTORY,
                Permission.READ_CREDIT,
                Permission.OBSERVE,
                Permission.READ_SURVEYS,
                Permission.READ_FINDINGS,
                Permission.CONFIRM_FINDINGS,
            }
        ),
        Role.DISCIPLINE: _INSIDE | {Permission.READ_CLUES},
        Role.HANDLER: _EVERYONE_AT_WORK
        | {
            Permission.WRITE_KNOWLEDGE,
            Permission.READ_EXCLUSIONS,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_RETURNS,
            Permission.READ_MEETINGS,
            Permission.READ_FINDINGS,
            Permission.ANSWER_FINDINGS,
        },
        Role.LEADER: _EVERYONE_AT_WORK
        | {
            Permission.SHARE_VIEWS,
            Permission.WRITE_KNOWLEDGE,
            Permission.PUBLISH_KNOWLEDGE,
            Permission.READ_OWN_BOARD,
            Permission.ACCEPT_CREDIT,
            Permission.EXPORT_PERSONAL_DATA,
            Permission.MANAGE_WEBHOOKS,
            Permission.READ_EXCLUSIONS,
            Permission.ASK_EXCLUSION,
            Permission.APPEAL_CREDIT,
            Permission.READ_ANOMALIES,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_RETURNS,
            Permission.READ_MEETINGS,
            Permission.READ_INTERVIEWS,
            Permission.READ_FINDINGS,
            Permission.ANSWER_FINDINGS,
        },
        Role.REQUESTER: frozenset(),
        Role.SYSTEM: frozenset(),
    }
)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return everything that someone holding `roles` may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
