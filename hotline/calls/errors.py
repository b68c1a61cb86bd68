"""What can go wrong with calls."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class CallNotFound(DomainError):
    """There is no such call for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "call-not-found"
    title = N_("There is no such call")


class NotYourCall(DomainError):
    """Only whoever has a call acts on it."""

    kind = ErrorKind.FORBIDDEN
    code = "not-your-call"
    title = N_("This call is not yours")


class CallOver(DomainError):
    """A call that has ended can be passed on no more."""

    code = "call-over"
    title = N_("The call is over")


class WrongTarget(DomainError):
    """That cannot be called."""

    kind = ErrorKind.INVALID
    code = "wrong-target"
    title = N_("This is no telephone number")


class ExchangeNotConnected(DomainError):
    """The exchange tells of calls but takes no commands."""

    code = "exchange-not-connected"
    title = N_("The exchange takes no commands: pass the call on with the telephone itself")


class MissOver(DomainError):
    """The caller was reached, called again, or was given up."""

    code = "miss-over"
    title = N_("This missed call is settled already")


class CallBackTaken(DomainError):
    """Somebody else calls back."""

    code = "call-back-taken"
    title = N_("Somebody else is calling back")


class RecordingNotFound(DomainError):
    """There is no recording of the call."""

    kind = ErrorKind.NOT_FOUND
    code = "recording-not-found"
    title = N_("There is no recording of this call")
