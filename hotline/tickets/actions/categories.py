"""Writing the tree of categories."""

import re
from collections.abc import Sequence

from hotline.people.actions import InvalidDirectoryEntry
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.models import Category

_CODE = re.compile(r"[a-z0-9_]{1,30}(\.[a-z0-9_]{1,30}){0,2}")


async def save_category(
    tx: Tx,
    *,
    code: str,
    name: str,
    name_en: str,
    steps: Sequence[str] = (),
    is_active: bool = True,
) -> Category:
    """Add a category, or change the one with this code; `a.b` lies below `a`.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        InvalidDirectoryEntry: a malformed code, no name, or nothing above it.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    if not _CODE.fullmatch(code):
        raise InvalidDirectoryEntry(
            problem="a category's code is up to three parts of small letters, digits and _"
        )
    if not name.strip():
        raise InvalidDirectoryEntry(problem="a category needs a name")
    parent = code.rpartition(".")[0] or None
    if parent is not None and await tx.session.get(Category, parent) is None:
        raise InvalidDirectoryEntry(problem=f"there is no category {parent} above it")
    category = await tx.session.get(Category, code)
    if category is None:
        category = Category(code=code, parent=parent, name=name, name_en=name_en, steps=[])
        tx.session.add(category)
    category.name, category.name_en = name.strip(), name_en.strip() or name.strip()
    category.steps = [step.strip() for step in steps if step.strip()]
    category.is_active = is_active
    await tx.session.flush()  # a category below it may follow in the same transaction
    return category
