"""What is told of reports."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDrafted(Fact):
    """A report waits for words and a signature."""

    topic: ClassVar[str] = "credit_report_drafted"

    report_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPublished(Fact):
    """A report can be read by the departments."""

    topic: ClassVar[str] = "credit_report_published"

    report_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWithdrawn(Fact):
    """A report that had been published does not hold any more."""

    topic: ClassVar[str] = "credit_report_withdrawn"

    report_id: str
