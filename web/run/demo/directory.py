"""Puts the people and subjects of the demo city into the directory, and lets them act."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from hotline.people.actions import add_user, save_department, save_peer_group, set_duty_holder
from hotline.people.levels import DepartmentLevel
from hotline.people.models import User
from hotline.people.passwords import hash_password
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.categories import save_category
from web.run.demo.loader import DemoCity, Department

PASSWORD = "hotline-demo"  # noqa: S105  # printed for everybody who starts the demo
"""The password of every demo account."""

_DUTY_HEAD = "duty_head"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who may act in the demo city, by user name."""

    people: Mapping[str, Principal]

    def staff(self, role: Role, rng: random.Random, but: Principal | None = None) -> Principal:
        """Return one of the hotline's people with `role`, another one than `but`."""
        return rng.choice(
            [
                person
                for person in self.people.values()
                if role in person.roles and not person.is_department and person != but
            ]
        )

    def handler(self, department: str) -> Principal:
        """Return the handler of a department."""
        return self.people[f"handler.{department}"]

    def leader(self, department: str) -> Principal:
        """Return the leader of a department."""
        return self.people[f"leader.{department}"]


_LEVELS = {
    "bureau": DepartmentLevel.BUREAU,
    "utility": DepartmentLevel.UTILITY,
    **dict.fromkeys(("district", "county"), DepartmentLevel.DISTRICT),
    **dict.fromkeys(("street", "town"), DepartmentLevel.STREET),
}


def level_of(unit: Department) -> DepartmentLevel:
    """Return how high a unit stands."""
    return _LEVELS.get(unit.kind, DepartmentLevel.OTHER)


async def settle(tx: Tx, city: DemoCity) -> Cast:
    """Write peer groups, departments, categories, accounts and duty holders.

    All accounts share one password and so one hash: hashing is slow on purpose.
    """
    for group in city.peer_groups.values():
        await save_peer_group(tx, code=group.code, name=group.name, name_en=group.name_en)
    for unit in city.departments.values():
        await save_department(
            tx,
            code=unit.code,
            name=unit.name,
            name_en=unit.name_en,
            parent=unit.parent,
            peer_group=unit.peer_group,
            phone=unit.phone,
            level=level_of(unit),
            is_hotline=unit.is_hotline,
        )
    for category in city.categories.values():
        await save_category(
            tx,
            code=category.code,
            name=category.name,
            name_en=category.name_en,
            steps=category.steps,
        )
    return await _open_accounts(tx, city)


async def _open_accounts(tx: Tx, city: DemoCity) -> Cast:
    hotline = next(unit.code for unit in city.departments.values() if unit.is_hotline)
    accounts = [
        (user.username, user.name, user.roles, _home_of(user.roles, city, hotline))
        for user in city.users.values()
    ]
    for code, staff in city.staff.items():
        if code != hotline:
            accounts.append((f"handler.{code}", staff.handler, (Role.HANDLER,), code))
            accounts.append((f"leader.{code}", staff.leader, (Role.LEADER,), code))
    password_hash = await hash_password(PASSWORD)
    people: dict[str, Principal] = {}
    for username, name, roles, department in accounts:
        user = await add_user(
            tx, username=username, display_name=name, roles=roles, department=department
        )
        user.password_hash = password_hash
        people[username] = _principal(user, department)
    await tx.session.flush()  # a duty holder refers to his account
    await set_duty_holder(tx, department=hotline, username=_DUTY_HEAD)
    for code in city.staff:
        if code != hotline:
            await set_duty_holder(tx, department=code, username=f"leader.{code}")
    return Cast(people)


def _home_of(roles: tuple[Role, ...], city: DemoCity, hotline: str) -> str:
    """Return where an account belongs: what stands above the hotline is no part of it."""
    if {Role.AUTHORITY, Role.DISCIPLINE} & set(roles):
        return next(unit.code for unit in city.departments.values() if unit.kind == "authority")
    return hotline


def _principal(user: User, department: str) -> Principal:
    return Principal(
        roles=frozenset(Role(role) for role in user.roles),
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        department_id=user.department_id,
        department_code=department,
    )
