"""What happens to periods, as facts."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFrozen(Fact):
    """A month, a quarter or a year was frozen for the first time."""

    topic: ClassVar[str] = "credit_period_frozen"

    period: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOnNotice(Fact):
    """A quarter or a year is shown to the departments before it is published."""

    topic: ClassVar[str] = "credit_period_on_notice"

    period: str
    revision: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPublished(Fact):
    """A period's figures are public, and its grades act."""

    topic: ClassVar[str] = "credit_period_published"

    period: str
    revision: int
    by_user_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenOutdated(Fact):
    """Something that frozen periods rest on counts otherwise now: they are to be made again.

    Attributes:
        recalculation_id: the row that says what and why, and in the end that it was done.
        since: when what has changed happened.
    """

    topic: ClassVar[str] = "credit_frozen_outdated"

    recalculation_id: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRevised(Fact):
    """A frozen period has another revision, with its reason."""

    topic: ClassVar[str] = "credit_period_revised"

    period: str
    revision: int
    is_published: bool
