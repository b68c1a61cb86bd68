"""What can go wrong with the dispatch catalogue and with precedents."""

from collections.abc import Sequence

from hotline.dispatching.checking import Fault
from hotline.kernel.errors import N_, DomainError, ErrorKind


class InvalidCatalogue(DomainError):
    """Rows that contradict each other or name what is not there."""

    kind = ErrorKind.INVALID
    code = "invalid-catalogue"
    title = N_("The dispatch catalogue cannot be published; look at the rows: {rows}")

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            rows="; ".join(
                f"{fault.row} {fault.kind.value} {fault.value}".strip() for fault in faults[:20]
            )
        )


class UnknownCatalogueVersion(DomainError):
    """No version goes by this number."""

    kind = ErrorKind.NOT_FOUND
    code = "unknown-catalogue-version"
    title = N_("There is no version {version} of the dispatch catalogue")


class CatalogueDraftChanged(DomainError):
    """Somebody else has changed the draft since it was read."""

    code = "catalogue-draft-changed"
    title = N_("Somebody else has changed the draft: look at it, then repeat your change")


class CatalogueFileRefused(DomainError):
    """A file that is no catalogue."""

    kind = ErrorKind.INVALID
    code = "catalogue-file-refused"
    title = N_("The file is no dispatch catalogue: {problem}")


class PrecedentNotFound(DomainError):
    """There is no such precedent."""

    kind = ErrorKind.NOT_FOUND
    code = "precedent-not-found"
    title = N_("There is no such precedent")


class PrecedentEnded(DomainError):
    """It does not hold any more already."""

    code = "precedent-ended"
    title = N_("This precedent has been ended already")
