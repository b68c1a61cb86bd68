"""What can go wrong with observers, their surveys, visits and reports."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ObserverNotFound(DomainError):
    """There is no such observer on the register."""

    kind = ErrorKind.NOT_FOUND
    code = "observer-not-found"
    title = N_("There is no such observer")


class NotOnRegister(DomainError):
    """The account is an observer's, and nobody has put him on the register."""

    kind = ErrorKind.NOT_FOUND
    code = "observer-not-registered"
    title = N_("Your account is not on the register of observers: ask the hotline")


class CardNotValid(DomainError):
    """An observer whose card has run out, or who was taken off the register, acts no more."""

    kind = ErrorKind.FORBIDDEN
    code = "observer-card-not-valid"
    title = N_("Your observer's card is not valid any more: ask the hotline")


class NoObserverAccount(DomainError):
    """Only an active account with the role of an observer is put on the register."""

    kind = ErrorKind.INVALID
    code = "no-observer-account"
    title = N_("There is no active account {username} with the role of an observer")


class AlreadyRegistered(DomainError):
    """The account, or the nickname, is on the register already."""

    code = "observer-already-registered"
    title = N_("This account or this nickname is on the register already")


class InvalidCard(DomainError):
    """A card is valid until a day that is still to come."""

    kind = ErrorKind.INVALID
    code = "invalid-observer-card"
    title = N_("A card must be valid until a day that is still to come")


class ConflictExists(DomainError):
    """The observer has declared this conflict already."""

    code = "conflict-exists"
    title = N_("You keep out of the matters of this department already")


class ConflictNotFound(DomainError):
    """There is no such declared conflict."""

    kind = ErrorKind.NOT_FOUND
    code = "conflict-not-found"
    title = N_("There is no such conflict of interest")


class Recused(DomainError):
    """The observer belongs to the department, or has declared a conflict with it."""

    kind = ErrorKind.FORBIDDEN
    code = "observer-recused"
    title = N_(
        "You keep out of the matters of this department: you belong to it or said so yourself"
    )


class DepartmentClosed(DomainError):
    """The department does not exist any more."""

    code = "department-closed"
    title = N_("This department was closed")


class PersonalDataInWords(DomainError):
    """What an observer writes is read by others: it names nobody's number or address."""

    kind = ErrorKind.INVALID
    code = "personal-data-in-words"
    title = N_("Leave out telephone numbers, identity numbers and addresses of mail")


class SurveyNotFound(DomainError):
    """There is no such survey for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "survey-not-found"
    title = N_("There is no such survey")


class SurveyMoveRefused(DomainError):
    """A survey's state does not allow this."""

    code = "survey-state"
    title = N_("The survey is {state}: this cannot be done with it now")


class InvalidSurvey(DomainError):
    """A survey that nobody could answer, or that could not be counted."""

    kind = ErrorKind.INVALID
    code = "invalid-survey"
    title = N_("This is no survey yet: {problem}")


class NotAsked(DomainError):
    """The survey does not ask about this department."""

    kind = ErrorKind.NOT_FOUND
    code = "department-not-surveyed"
    title = N_("The survey does not ask about this department")


class SurveyOver(DomainError):
    """The survey does not take answers now."""

    code = "survey-over"
    title = N_("This survey does not take answers at this time")


class AlreadyAnswered(DomainError):
    """An answer was given before; to change it, the version that was read is named."""

    code = "survey-already-answered"
    title = N_("You have answered about this department already: open your answer to change it")


class InvalidAnswer(DomainError):
    """An answer that does not fit the question."""

    kind = ErrorKind.INVALID
    code = "invalid-answer"
    title = N_("The answer to question {position} does not fit it")


class ObserverVisitNotFound(DomainError):
    """There is no such visit for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "observer-visit-not-found"
    title = N_("There is no such visit")


class VisitRecorded(DomainError):
    """The visit was recorded before."""

    code = "observer-visit-recorded"
    title = N_("This visit was recorded already")


class InvalidVisit(DomainError):
    """A record of a visit that cannot be true."""

    kind = ErrorKind.INVALID
    code = "invalid-observer-visit"
    title = N_("The record of the visit is not complete: {problem}")


class FindingNotFound(DomainError):
    """There is no such finding for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "finding-not-found"
    title = N_("There is no such finding")


class FindingMoveRefused(DomainError):
    """A finding's state does not allow this."""

    code = "finding-state"
    title = N_("The finding is {state}: this cannot be done with it now")


class NotTheFinder(DomainError):
    """Only the observer who found it, or a supervisor, says whether it is put right."""

    kind = ErrorKind.FORBIDDEN
    code = "not-the-finder"
    title = N_("Only the observer who found it or a supervisor decides on this finding")


class SnapNotFound(DomainError):
    """The observer has sent no such report."""

    kind = ErrorKind.NOT_FOUND
    code = "snap-not-found"
    title = N_("You have sent no report with this number")
