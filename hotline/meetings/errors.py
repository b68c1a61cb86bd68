"""What can go wrong with a meeting."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class NoMeeting(DomainError):
    """The ticket has no meeting of this kind that this could be done with."""

    code = "no-meeting"
    title = N_("No such meeting is open on this ticket")


class MeetingExists(DomainError):
    """A meeting of this kind is not decided yet."""

    code = "meeting-exists"
    title = N_("The meeting {number} is not decided yet: call the units to that one")


class NoUnitsCalled(DomainError):
    """A meeting of nobody."""

    kind = ErrorKind.INVALID
    code = "no-units-called"
    title = N_("Name the units that are called")


class TooManyUnits(DomainError):
    """A meeting that nobody could hold."""

    kind = ErrorKind.INVALID
    code = "too-many-units"
    title = N_("At most {most} units can be called to one meeting")


class OwnUnitCalled(DomainError):
    """Whoever calls does not call itself."""

    kind = ErrorKind.INVALID
    code = "own-unit-called"
    title = N_("{department} is the unit that calls: it needs no call")


class UnitNotCalled(DomainError):
    """A unit that was named for a meeting it was not called to."""

    kind = ErrorKind.INVALID
    code = "unit-not-called"
    title = N_("{department} was not called to this meeting")


class AlreadyAnswered(DomainError):
    """A unit answers a call once."""

    code = "call-already-answered"
    title = N_("Your department has answered this call already")


class AlreadyScored(DomainError):
    """A response is judged once."""

    code = "already-scored"
    title = N_("The response of {department} was scored already")


class NotDecidedYet(DomainError):
    """How a unit came is judged after the decision."""

    code = "not-decided-yet"
    title = N_("The response of a unit is scored after the meeting has decided")


class InvalidTask(DomainError):
    """A task that could not be done in time, or that comes on top of another one."""

    kind = ErrorKind.INVALID
    code = "invalid-meeting-task"
    title = N_("The task of {department} is not valid: {problem}")


class CannotAddCoHandlers(DomainError):
    """Nobody leads the ticket at present, so nobody can be given a part in it."""

    code = "cannot-add-co-handlers"
    title = N_("No department leads this ticket now: co-handlers cannot be added")


class MeetingNotFound(DomainError):
    """There is no such meeting for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "meeting-not-found"
    title = N_("There is no such meeting")
