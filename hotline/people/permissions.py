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
    REVEAL_PERSONAL_DATA = "reveal_personal_data"
    READ_GROUPS = "read_groups"
    MERGE_MANY = "merge_many"
    READ_ANOMALIES = "read_anomalies"
    JUDGE_ANOMALIES = "judge_anomalies"
    READ_BOARD = "read_board"
    URGE_MANY = "urge_many"
    READ_DIRECTORY = "read_directory"
    READ_POLICIES = "read_policies"
    MANAGE_POLICIES = "manage_policies"
    MANAGE_DIRECTORY = "manage_directory"
    MANAGE_USERS = "manage_users"
    READ_CREDIT = "read_credit"
    READ_REVEALS = "read_reveals"
    MANAGE_DELIVERIES = "manage_deliveries"


_EVERYONE_AT_WORK = frozenset(
    {Permission.READ_TICKETS, Permission.READ_DIRECTORY, Permission.READ_CREDIT}
)

ROLE_PERMISSIONS: MappingProxyType[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.OPERATOR: _EVERYONE_AT_WORK
        | {
            Permission.CREATE_TICKETS,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_GROUPS,
            Permission.MERGE_MANY,
        },
        Role.DISPATCHER: _EVERYONE_AT_WORK
        | {
            Permission.CREATE_TICKETS,
            Permission.READ_GROUPS,
            Permission.MERGE_MANY,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_BOARD,
            Permission.READ_POLICIES,
        },
        Role.AUDITOR: _EVERYONE_AT_WORK
        | {
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_GROUPS,
            Permission.READ_ANOMALIES,
            Permission.JUDGE_ANOMALIES,
        },
        Role.VISITOR: _EVERYONE_AT_WORK | {Permission.REVEAL_PERSONAL_DATA, Permission.READ_GROUPS},
        Role.SUPERVISOR: _EVERYONE_AT_WORK
        | {
            Permission.READ_GROUPS,
            Permission.READ_ANOMALIES,
            Permission.JUDGE_ANOMALIES,
            Permission.CREATE_TICKETS,
            Permission.REVEAL_PERSONAL_DATA,
            Permission.READ_BOARD,
            Permission.URGE_MANY,
            Permission.READ_POLICIES,
            Permission.READ_REVEALS,
            Permission.MANAGE_DELIVERIES,
        },
        Role.AUTHORITY: _EVERYONE_AT_WORK
        | {
            Permission.READ_GROUPS,
            Permission.READ_ANOMALIES,
            Permission.JUDGE_ANOMALIES,
            Permission.READ_BOARD,
            Permission.READ_POLICIES,
        },
        Role.ADMIN: _EVERYONE_AT_WORK
        | {
            Permission.READ_GROUPS,
            Permission.READ_ANOMALIES,
            Permission.READ_BOARD,
            Permission.READ_POLICIES,
            Permission.MANAGE_POLICIES,
            Permission.MANAGE_DIRECTORY,
            Permission.MANAGE_USERS,
            Permission.READ_REVEALS,
            Permission.MANAGE_DELIVERIES,
        },
        Role.OBSERVER: frozenset({Permission.READ_DIRECTORY, Permission.READ_CREDIT}),
        Role.HANDLER: _EVERYONE_AT_WORK | {Permission.REVEAL_PERSONAL_DATA},
        Role.LEADER: _EVERYONE_AT_WORK
        | {Permission.REVEAL_PERSONAL_DATA, Permission.READ_ANOMALIES},
        Role.REQUESTER: frozenset(),
        Role.SYSTEM: frozenset(),
    }
)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return everything that someone holding `roles` may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
