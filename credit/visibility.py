"""Whose credit a person may look into.

A department sees its own whole, of others what is published; the hotline sees all; observers see what is
published. What one may not see is not there.
"""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department
from hotline.people.principal import Principal


def sees_inside(principal: Principal, department_id: int) -> bool:
    """Tell whether a person may see how a department's credit comes about."""
    if principal.sees_every_ticket:
        return True
    return principal.is_department and principal.department_id == department_id


async def find_inside(session: AsyncSession, principal: Principal, code: str) -> Department:
    """Return a department whose credit a person may look into.

    Raises:
        DepartmentNotFound: there is none, it has no credit, or it is not for him.
    """
    found = (await session.exec(select(Department).where(Department.code == code))).first()
    if found is None or found.is_hotline or not sees_inside(principal, found.id):
        raise DepartmentNotFound(department=code)
    return found
