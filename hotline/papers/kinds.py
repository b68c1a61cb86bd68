"""The kinds of papers, their numbers, and who may issue and read which."""

import enum
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from hotline.kernel.clock import SHANGHAI
from hotline.people.permissions import DEPARTMENT_ROLES, HOTLINE_ROLES, Role


class PaperKind(enum.StrEnum):
    """What a paper is."""

    COMMITMENT = "commitment"
    SERVICE_LIST = "service_list"
    ORDER = "order"
    RECTIFICATION_NOTICE = "rectification_notice"
    RETURN_RULING = "return_ruling"
    FINAL_REPLY = "final_reply"
    FIELD_TASK = "field_task"


class Ruling(enum.StrEnum):
    """What became of a disputed assignment."""

    UPHELD = "upheld"
    REJECTED = "rejected"
    DESIGNATED = "designated"


PREFIXES: Mapping[PaperKind, str] = MappingProxyType(
    {
        PaperKind.COMMITMENT: "CN",
        PaperKind.SERVICE_LIST: "FW",
        PaperKind.ORDER: "DB",
        PaperKind.RECTIFICATION_NOTICE: "ZG",
        PaperKind.RETURN_RULING: "TD",
        PaperKind.FINAL_REPLY: "ZJ",
        PaperKind.FIELD_TASK: "PG",
    }
)
"""The letters an office files each kind under; they stand at the head of its numbers."""

_R = Role
_DEPARTMENT = tuple(DEPARTMENT_ROLES)

ISSUERS: Mapping[PaperKind, frozenset[Role]] = MappingProxyType(
    {
        PaperKind.COMMITMENT: frozenset(
            {_R.OPERATOR, _R.DISPATCHER, _R.SUPERVISOR, _R.REQUESTER, *_DEPARTMENT}
        ),
        PaperKind.SERVICE_LIST: frozenset(
            {_R.OPERATOR, _R.DISPATCHER, _R.SUPERVISOR, *_DEPARTMENT}
        ),
        PaperKind.ORDER: frozenset({_R.SUPERVISOR, _R.AUTHORITY, *_DEPARTMENT}),
        PaperKind.RECTIFICATION_NOTICE: frozenset({_R.SUPERVISOR, _R.AUTHORITY, *_DEPARTMENT}),
        PaperKind.RETURN_RULING: frozenset(
            {_R.DISPATCHER, _R.SUPERVISOR, _R.AUTHORITY, *_DEPARTMENT}
        ),
        PaperKind.FINAL_REPLY: frozenset({_R.SUPERVISOR, _R.AUTHORITY, _R.REQUESTER, _R.LEADER}),
        PaperKind.FIELD_TASK: frozenset(_DEPARTMENT),
    }
)
"""Who may have a paper made. A department's people only where the paper concerns their department."""

OF_REQUESTER = (PaperKind.COMMITMENT, PaperKind.FINAL_REPLY)
"""What a requester may have of his own matter; these alone carry his name, masked."""

CODE_LENGTH = 12


def may_issue(kind: PaperKind, roles: frozenset[Role], *, is_concerned: bool) -> bool:
    """Tell whether somebody may have a paper made.

    Args:
        kind: of which kind.
        roles: what he is in the loop.
        is_concerned: whether the paper is about his own department's part.
    """
    held = roles & ISSUERS[kind]
    return bool(held - DEPARTMENT_ROLES) or (bool(held) and is_concerned)


def may_read(kind: PaperKind, roles: frozenset[Role], *, is_concerned: bool) -> bool:
    """Tell whether somebody who sees the ticket may open a paper that was issued about it."""
    if roles & HOTLINE_ROLES:
        return True
    if Role.REQUESTER in roles:
        return kind in OF_REQUESTER
    return bool(roles & DEPARTMENT_ROLES) and is_concerned


def paper_year(now: datetime) -> int:
    """Return the year whose numbers a paper of `now` takes: the year in Shanghai."""
    return now.astimezone(SHANGHAI).year


def paper_number(kind: PaperKind, year: int, count: int) -> str:
    """Return the number of the `count`-th paper of its kind in a year."""
    return f"{PREFIXES[kind]}-{year}-{count:06d}"


def spoken_code(code: str) -> str:
    """Return a verification code in groups of four, as it is read out and printed."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def plain_code(typed: str) -> str:
    """Return a verification code as it is kept, however somebody has typed it."""
    return "".join(filter(str.isalnum, typed)).upper()
