"""Who acts, and the transaction in which he does."""

import uuid
from dataclasses import dataclass, field

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.tx import Transaction
from hotline.people.looks import Looks
from hotline.people.permissions import (
    DEPARTMENT_ROLES,
    HOTLINE_ROLES,
    Permission,
    Role,
    permissions_of,
)


class PermissionDenied(DomainError):
    """The account's roles do not include what was asked for."""

    kind = ErrorKind.FORBIDDEN
    code = "permission-denied"
    title = N_("Your account may not do this: {permission}")


@dataclass(frozen=True, slots=True)
class Principal:
    """A person at work, a requester with his query code, or the system itself.

    Attributes:
        roles: what he is in the loop.
        user_id: his account; None for requesters and the system.
        username: his account's name; `requester` or `system` for those without one.
        display_name: the name people know him by.
        department_id: his department; None for requesters and the system.
        department_code: its stable code.
        language: the language of his screens; None for his browser's choice.
        looks: the looks of his screens; None for his browser's choice.
    """

    roles: frozenset[Role]
    user_id: uuid.UUID | None = None
    username: str = ""
    display_name: str = ""
    department_id: int | None = None
    department_code: str | None = None
    language: str | None = None
    looks: Looks | None = None
    permissions: frozenset[Permission] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions_of(self.roles))

    @property
    def sees_every_ticket(self) -> bool:
        """Tell whether his work needs sight of the tickets of all departments."""
        return bool(self.roles & HOTLINE_ROLES) or Role.SYSTEM in self.roles

    @property
    def is_department(self) -> bool:
        """Tell whether he works in a department that handles tickets."""
        return bool(self.roles & DEPARTMENT_ROLES)

    def require(self, permission: Permission) -> None:
        """Pass in silence when he may do it.

        Raises:
            PermissionDenied: he may not.
        """
        if permission not in self.permissions:
            raise PermissionDenied(permission=permission)


SYSTEM = Principal(frozenset({Role.SYSTEM}), username="system", display_name="系统")
REQUESTER = Principal(frozenset({Role.REQUESTER}), username="requester", display_name="诉求人")


@dataclass(frozen=True, slots=True)
class Tx(Transaction):
    """A transaction and the person who acts in it."""

    actor: Principal
