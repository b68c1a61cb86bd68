"""What every body and answer of the interface has in common."""

from datetime import datetime
from typing import Annotated

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hotline.tickets.actions.intake import clean_text
from hotline.tickets.models import TEXT_MAX


class Body(BaseModel):
    """A request body: unknown fields are refused, nothing is changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(msgspec.Struct, kw_only=True):
    """A response body."""


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _cleaned(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _none_if_empty(text: str | None) -> str | None:
    return text or None


Words = Annotated[
    str,
    BeforeValidator(_cleaned),
    Field(max_length=TEXT_MAX),
    AfterValidator(_not_empty),
]
"""Something written by a person: control characters removed, trimmed, not empty."""

OptionalWords = Annotated[
    str | None,
    BeforeValidator(_cleaned),
    Field(max_length=TEXT_MAX),
    AfterValidator(_none_if_empty),
]
"""The same, or nothing."""


class ActionBody(Body):
    """What every action takes.

    Attributes:
        expected_version: the version that the caller has read; a stale one is refused.
    """

    expected_version: int | None = Field(
        default=None,
        ge=1,
        description="The version you have read; 409 `stale-ticket` when it has changed since",
    )


class Unit(Answer):
    """A department by its stable code."""

    code: str
    name: str
    name_en: str


class Problem(Answer):
    """An error, as `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str


class FieldProblem(Answer):
    """What is wrong with one field."""

    field: str
    message: str
    source: str


class ValidationProblem(Problem):
    """A body or a parameter that does not fit, field by field."""

    errors: list[FieldProblem]


Instant = datetime
"""ISO 8601 with an offset."""
