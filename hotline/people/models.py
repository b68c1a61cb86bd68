"""Departments and their peer groups, users, duty holders, sign-in sessions, API tokens."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum
from hotline.people.levels import DepartmentLevel
from hotline.people.looks import Density, TextSize, Theme


class PeerGroup(TableModel, table=True):
    """Departments that may be compared with one another."""

    __tablename__ = "peer_groups"

    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=80)
    name_en: str = Field(max_length=80)


class Department(TableModel, table=True):
    """A unit in the tree of departments; the hotline centre itself is one."""

    __tablename__ = "departments"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        one_of("level", DepartmentLevel),
        sa.Index(
            "uq_departments_hotline",
            "is_hotline",
            unique=True,
            postgresql_where=sa.text("is_hotline"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    code: str = Field(max_length=64)
    name: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    parent_id: int | None = Field(default=None, foreign_key="departments.id")
    peer_group: str | None = Field(default=None, foreign_key="peer_groups.code")
    phone: str | None = Field(default=None, max_length=32)
    level: DepartmentLevel = Field(
        default=DepartmentLevel.OTHER,
        sa_type=text_enum(DepartmentLevel, 16),
        sa_column_kwargs={"server_default": DepartmentLevel.OTHER.value},
    )
    is_hotline: bool = False
    is_active: bool = True


class DepartmentVersion(TableModel, table=True):
    """What a department was called and whom it was compared with, since when. Append-only."""

    __tablename__ = "department_versions"
    __table_args__ = (
        sa.Index("ix_department_versions_department", "department_id", "since", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_column_args=(sa.Identity(always=True),))
    department_id: int = Field(foreign_key="departments.id")
    name: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    peer_group: str | None = Field(default=None, max_length=32)
    is_active: bool
    since: datetime


class User(TableModel, table=True):
    """An account."""

    __tablename__ = "users"
    __table_args__ = (
        sa.UniqueConstraint("username"),
        one_of("theme", Theme),
        one_of("density", Density),
        one_of("text_size", TextSize),
    )

    id: uuid.UUID = Field(primary_key=True)
    username: str = Field(max_length=64)
    display_name: str = Field(max_length=80)
    roles: list[str] = Field(sa_type=ARRAY(sa.String(32)))
    department_id: int = Field(foreign_key="departments.id", index=True)
    password_hash: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=8)
    theme: Theme | None = Field(default=None, sa_type=text_enum(Theme, 8))
    density: Density | None = Field(default=None, sa_type=text_enum(Density, 8))
    text_size: TextSize | None = Field(default=None, sa_type=text_enum(TextSize, 8))
    is_active: bool = True
    created_at: datetime
    first_password_until: datetime | None = None


class DutyHolder(TableModel, table=True):
    """Who answers for a department when nobody else does."""

    __tablename__ = "duty_holders"

    department_id: int = Field(primary_key=True, foreign_key="departments.id")
    user_id: uuid.UUID = Field(foreign_key="users.id")
    since: datetime


class UserSession(TableModel, table=True):
    """A signed-in browser. Only the digest of its cookie is kept."""

    __tablename__ = "user_sessions"

    token_hash: bytes = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", index=True)
    created_at: datetime
    expires_at: datetime


class ApiToken(TableModel, table=True):
    """A bearer token for programs. Only its digest is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", index=True)
    label: str = Field(max_length=80)
    token_hash: bytes
    created_at: datetime
    revoked_at: datetime | None = None


class AttemptWindow(TableModel, table=True):
    """How often something that can be guessed at was tried lately, by a keyed digest of who tried."""

    __tablename__ = "attempt_windows"

    purpose: str = Field(primary_key=True, max_length=32)
    subject: bytes = Field(primary_key=True)
    began_at: datetime
    count: int
