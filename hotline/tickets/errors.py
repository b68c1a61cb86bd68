"""What can go wrong with a ticket beside the machine's own refusals."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class TicketNotFound(DomainError):
    """There is no such ticket for this person: absent and invisible look the same."""

    kind = ErrorKind.NOT_FOUND
    code = "ticket-not-found"
    title = N_("There is no ticket {number}")


class StaleTicket(DomainError):
    """Somebody else acted on the ticket since it was read."""

    code = "stale-ticket"
    title = N_("Somebody else has changed this ticket: read it again, then repeat your action")


class IdempotencyConflict(DomainError):
    """The same idempotency key came with another body."""

    code = "idempotency-conflict"
    title = N_("This Idempotency-Key was used before with other contents: take a new key")


class UnknownCode(DomainError):
    """A code that names nothing in the directory."""

    kind = ErrorKind.INVALID
    code = "unknown-code"
    title = N_("There is no {what} with the code {value}")


class AnswersRefused(DomainError):
    """A question of the category is not answered, or not as it can be."""

    kind = ErrorKind.INVALID
    code = "answers-refused"
    title = N_("Answer the questions of the category: {faults}")


class InvalidQuestion(DomainError):
    """A question that cannot be asked as it stands."""

    kind = ErrorKind.INVALID
    code = "invalid-question"
    title = N_("The question cannot stay like this: {problem}")


class DepartmentInactive(DomainError):
    """A department that no longer takes tickets."""

    kind = ErrorKind.INVALID
    code = "department-inactive"
    title = N_("The department {department} takes no tickets")


class AlreadyReturned(DomainError):
    """The department gave this very matter back before and was found right."""

    code = "already-returned"
    title = N_(
        "{department} has returned this matter before and was right: name another department, "
        "or settle it by consultation or arbitration"
    )


class ContactNeeded(DomainError):
    """Nobody spoke with the requester, and no coded reason says why not."""

    code = "contact-needed"
    title = N_("Record a contact with the requester first, or give a reason why there was none")


class OpinionOutstanding(DomainError):
    """A co-handling department has not given its opinion and still has time."""

    code = "opinion-outstanding"
    title = N_("A co-handling department has not given its opinion yet: {departments}")


class AlreadyOnTicket(DomainError):
    """A department that has a task on the ticket cannot be given another."""

    code = "already-on-ticket"
    title = N_("The department {department} has a task on this ticket already")


class NoCoHandler(DomainError):
    """The department has no co-handler's part in the ticket."""

    code = "no-co-handler"
    title = N_("The department {department} is no co-handler of this ticket")


class NothingOwed(DomainError):
    """A co-handler's part is not where this would be done with it."""

    code = "nothing-owed"
    title = N_("The co-handler's task is not at this point: {what}")


class AskedAgainAlready(DomainError):
    """A co-handler is asked again once only."""

    code = "asked-again-already"
    title = N_("The department {department} was asked again already: once is the most")


class NotYourTask(DomainError):
    """The actor's department is not the one whose turn it is."""

    kind = ErrorKind.FORBIDDEN
    code = "not-your-task"
    title = N_("This is not a task of your department")


class SecondPersonNeeded(DomainError):
    """Who asked for something cannot decide it."""

    kind = ErrorKind.FORBIDDEN
    code = "second-person-needed"
    title = N_("Somebody else than who asked for it has to decide this")


class ReopenWindowClosed(DomainError):
    """A ticket can be reopened for fifteen days after it was closed."""

    kind = ErrorKind.EXPIRED
    code = "reopen-window-closed"
    title = N_("The {days} days for reopening have passed: submit a new request")


class ObjectionWindowClosed(DomainError):
    """A refusal can be objected to for five working days."""

    kind = ErrorKind.EXPIRED
    code = "objection-window-closed"
    title = N_("The {days} working days for an objection have passed: submit a new request")


class ArchiveTooEarly(DomainError):
    """A ticket is archived thirty days after it was closed."""

    code = "archive-too-early"
    title = N_("A ticket can be archived {days} days after it was closed, not before")


class MergeImpossible(DomainError):
    """The parent is the ticket itself, has ended or follows another one; or secrecy forbids it."""

    code = "merge-impossible"
    title = N_("The ticket cannot be merged into {parent}: {problem}")


class MergeUnconfirmed(DomainError):
    """The two tickets differ: somebody has to say that they are one matter all the same."""

    code = "merge-unconfirmed"
    title = N_("The ticket differs from {parent} in: {differences}. Confirm that it is one matter")


class TooManyAtOnce(DomainError):
    """So many tickets cannot be put together in one go."""

    kind = ErrorKind.INVALID
    code = "too-many-at-once"
    title = N_("At most {most} tickets can be put together at once")


class MatterEnded(DomainError):
    """The matter that the ticket follows has ended."""

    kind = ErrorKind.EXPIRED
    code = "matter-ended"
    title = N_("The matter it follows, {parent}, has ended: submit a new request")


class FollowedByOthers(DomainError):
    """Other requesters have joined the matter, so that one of them cannot take it back for all."""

    code = "followed-by-others"
    title = N_("Others have joined this matter: part their tickets from it first")


class RepeatImpossible(DomainError):
    """The ticket is no repeat of the earlier one, or that cannot be told."""

    code = "repeat-impossible"
    title = N_("The ticket is no repeat of {earlier}: {problem}")


class NothingToObjectTo(DomainError):
    """Only a refusal, and an explanation of a repeat, can be objected to."""

    code = "nothing-to-object-to"
    title = N_("Only a refusal or an explained repeat can be objected to")


class InvalidLimit(DomainError):
    """A promise may be stricter than the policy, never looser."""

    kind = ErrorKind.INVALID
    code = "invalid-limit"
    title = N_("The promised limit must be within the policy's own limit of {limit}")


class NothingUrged(DomainError):
    """Nobody waits for an answer to an urge."""

    code = "nothing-urged"
    title = N_("No urging of this ticket waits for an answer")


class UnknownColleague(DomainError):
    """Nobody of the department who handles tickets has this name."""

    kind = ErrorKind.INVALID
    code = "unknown-colleague"
    title = N_("Nobody of your department who handles tickets is called {name}")


class NotYoursToHandOn(DomainError):
    """Another person has the ticket, and the actor is no leader."""

    kind = ErrorKind.FORBIDDEN
    code = "not-yours-to-hand-on"
    title = N_("A colleague has this ticket: your leader hands it on")


class WithThemAlready(DomainError):
    """The person named has the ticket already."""

    code = "with-them-already"
    title = N_("{name} has this ticket already")
