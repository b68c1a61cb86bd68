"""The base of every table and the column tricks, all in one place."""

import enum
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class TableModel(SQLModel):
    """A table. Rows are built by actions, never from a request."""

    __tablename__: ClassVar[str]

    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": True}


def text_enum(members: type[enum.Enum], length: int = 32) -> sa.Enum:
    """Return a column type that stores an enum's values as text."""
    return sa.Enum(
        members,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda kind: [member.value for member in kind],
    )


def one_of(column: str, members: type[enum.StrEnum]) -> sa.CheckConstraint:
    """Return the check that `column` holds a member of `members`."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return sa.CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


Instant = datetime
"""An aware datetime; stored as `timestamptz`."""
