"""What can go wrong with reports."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ReportNotFound(DomainError):
    """There is no such report, or none that this reader may see."""

    kind = ErrorKind.NOT_FOUND
    code = "report-not-found"
    title = N_("There is no such report")


class ReportMoveRefused(DomainError):
    """The report's state does not lead there."""

    code = "report-state"
    title = N_("A report that is {state} cannot be treated so")


class SecondPersonForReport(DomainError):
    """One person alone would stand behind a report."""

    kind = ErrorKind.FORBIDDEN
    code = "second-person-for-report"
    title = N_("Whoever wrote words of a report does not sign it: this takes a second person")


class PeriodNotPublished(DomainError):
    """The scores that the report tells of are not published yet, or newer ones are."""

    code = "report-period-not-published"
    title = N_("The scores of {period} in revision {revision} are not published")


class StaleReport(DomainError):
    """Somebody else has changed the report meanwhile."""

    code = "stale-report"
    title = N_("The report has been changed meanwhile: look at it again")
