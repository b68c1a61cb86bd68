"""Facts of return visits and field checks."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDenied(Fact):
    """The requester says that nobody of the department spoke with him.

    Attributes:
        department_id: who handled the matter.
        has_record: the department's own record says that it did.
        excuse: the coded reason why nobody did, when the department gave one.
    """

    topic: ClassVar[str] = "contact_denied"

    ticket_id: str
    ticket_number: str
    round: int
    department_id: int
    has_record: bool
    excuse: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointWorkSolved(Fact):
    """A matter of several departments was solved by the first that it was given to.

    Attributes:
        department_id: who led.
        co_count: how many departments had a part beside it.
    """

    topic: ClassVar[str] = "joint_work_solved"

    ticket_id: str
    ticket_number: str
    round: int
    department_id: int
    co_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfirmed(Fact):
    """Two persons found on the spot that what was called done is not.

    Attributes:
        check_id: the field check.
        department_id: who had called it done.
        checked_by: who looked.
        confirmed_by: who confirmed it.
    """

    topic: ClassVar[str] = "check_confirmed"

    ticket_id: str
    ticket_number: str
    check_id: str
    department_id: int
    checked_by: str
    confirmed_by: str
