"""What can go wrong with incidents, bursts, and urging or joining at the desk."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class IncidentNotFound(DomainError):
    """There is no such incident, or none for the reader."""

    kind = ErrorKind.NOT_FOUND
    code = "incident-not-found"
    title = N_("There is no such incident")


class BurstNotFound(DomainError):
    """There is no such burst, or none for the reader."""

    kind = ErrorKind.NOT_FOUND
    code = "burst-not-found"
    title = N_("There is no such burst")


class IncidentEnded(DomainError):
    """What is over or dismissed stays as it is."""

    code = "incident-ended"
    title = N_("This is not possible: the incident is {state}")


class TicketElsewhere(DomainError):
    """A ticket belongs to one incident at a time."""

    code = "ticket-elsewhere"
    title = N_("Ticket {number} belongs to another incident: take it out there first")


class TicketNotInIncident(DomainError):
    """A ticket can only leave where it is."""

    code = "ticket-not-in-incident"
    title = N_("Ticket {number} is not of this incident")


class SameIncident(DomainError):
    """An incident cannot be taken into itself."""

    kind = ErrorKind.INVALID
    code = "same-incident"
    title = N_("Choose another incident")


class SecretStaysOut(DomainError):
    """A secret ticket is compared with nothing and stands in no list of others."""

    code = "secret-stays-out"
    title = N_("A secret ticket cannot belong to an incident")


class OtherCaller(DomainError):
    """Only whoever told of a ticket has it urged at the desk."""

    code = "other-caller"
    title = N_("Ticket {number} was not told of from this number: let the caller join it")
