"""Trees and tables of the directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotline.people.models import Department, PeerGroup, User
from hotline.people.permissions import Role
from hotline.tickets.models import Category
from web.i18n import Translator
from web.labels import label


@dataclass(slots=True)
class DepartmentNode:
    """A department with those below it."""

    code: str
    name: str
    peer_group: str | None
    phone: str | None
    is_active: bool
    children: list["DepartmentNode"] = field(default_factory=list)


@dataclass(slots=True)
class CategoryNode:
    """A category with those below it."""

    code: str
    name: str
    steps: Sequence[str]
    lead: str | None
    children: list["CategoryNode"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UserRow:
    """One account."""

    username: str
    display_name: str
    department: str
    roles: Sequence[str]
    is_active: bool


def unit_name(department: Department, t: Translator) -> str:
    """Return a department's name in the reader's language."""
    return department.name_en if t.language == "en" else department.name


def category_name(category: Category, t: Translator) -> str:
    """Return a category's own name in the reader's language."""
    return category.name_en if t.language == "en" else category.name


def department_tree(
    departments: Sequence[Department], groups: Sequence[PeerGroup], t: Translator
) -> list[DepartmentNode]:
    """Return the tree; a department whose parent is unknown stands at the top."""
    group_names = {
        group.code: group.name_en if t.language == "en" else group.name for group in groups
    }
    nodes = {
        row.id: DepartmentNode(
            row.code,
            unit_name(row, t),
            group_names.get(row.peer_group or ""),
            row.phone,
            row.is_active,
        )
        for row in departments
    }
    top: list[DepartmentNode] = []
    for row in departments:
        parent = nodes.get(row.parent_id) if row.parent_id else None
        (parent.children if parent else top).append(nodes[row.id])
    return top


def category_tree(
    categories: Sequence[Category],
    departments: Sequence[Department],
    leads: Mapping[str, str],
    t: Translator,
) -> list[CategoryNode]:
    """Return the categories as a tree.

    Args:
        categories: every one.
        departments: every one.
        leads: code of the unit that the dispatch catalogue names for a category.
        t: speaks the names.
    """
    units = {row.code: unit_name(row, t) for row in departments}
    nodes = {
        row.code: CategoryNode(
            row.code, category_name(row, t), row.steps, units.get(leads.get(row.code, ""))
        )
        for row in categories
    }
    top: list[CategoryNode] = []
    for row in categories:
        parent = nodes.get(row.parent) if row.parent else None
        (parent.children if parent else top).append(nodes[row.code])
    return top


def category_paths(categories: Sequence[Category], t: Translator) -> dict[str, str]:
    """Return the full name of every category by code: `Housing / Property / Fees`."""
    names = {row.code: category_name(row, t) for row in categories}
    paths = {}
    for code in names:
        parts = code.split(".")
        steps = [".".join(parts[: i + 1]) for i in range(len(parts))]
        paths[code] = " / ".join(names.get(step, step) for step in steps)
    return paths


def user_rows(users: Sequence[tuple[User, Department]], t: Translator) -> list[UserRow]:
    """Return accounts as lines."""
    return [
        UserRow(
            user.username,
            user.display_name,
            unit_name(department, t),
            [t.text(label(Role(role))) for role in user.roles],
            user.is_active,
        )
        for user, department in users
    ]
