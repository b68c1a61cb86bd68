"""What can go wrong with a check-in on the spot."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class PlaceRefused(DomainError):
    """Coordinates that are no place."""

    kind = ErrorKind.INVALID
    code = "place-refused"
    title = N_("This is not a place: give latitude and longitude in degrees, or none")


class CheckInTimeRefused(DomainError):
    """An entry that cannot have been made then."""

    kind = ErrorKind.INVALID
    code = "check-in-time-refused"
    title = N_("This cannot have been made then: not ahead, not before the task, within 7 days")


class CheckInTaken(DomainError):
    """The name of an entry that somebody else has used, or on another ticket."""

    code = "check-in-taken"
    title = N_("Another entry has this name already: make a new one")


class PhotoRefused(DomainError):
    """A file that is no photograph that we keep."""

    kind = ErrorKind.INVALID
    code = "photo-refused"
    title = N_("Only JPEG and PNG photographs are kept, each up to {most} MB")


class TooManyPhotos(DomainError):
    """More photographs than one entry takes."""

    kind = ErrorKind.INVALID
    code = "too-many-photos"
    title = N_("One entry takes {most} photographs; make another entry for the rest")


class PhotoNotFound(DomainError):
    """There is no such photograph for this person."""

    kind = ErrorKind.NOT_FOUND
    code = "photo-not-found"
    title = N_("There is no such photograph")
