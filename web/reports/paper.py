"""What is printed of a report: its figures, the words that stand on it, its number and date."""

from dataclasses import dataclass
from datetime import datetime

from credit.reports.content import ReportContent
from credit.reports.queries import ReportDetail


@dataclass(frozen=True, slots=True)
class Printed:
    """A report as it goes to paper; equal ones give equal bytes.

    Attributes:
        number: None while it is not signed.
        made_at: when it was signed, or drafted.
    """

    content: ReportContent
    preface: str
    comment: str
    number: str | None
    made_at: datetime


def printed(detail: ReportDetail) -> Printed:
    """Return what is printed of a report."""
    text = detail.texts[0] if detail.texts else None
    return Printed(
        detail.content,
        text.preface if text else "",
        text.comment if text else "",
        detail.report.number,
        detail.report.signed_at or detail.report.drafted_at,
    )
