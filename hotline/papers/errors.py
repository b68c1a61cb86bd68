"""What can go wrong with papers and their templates."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class PaperNotFound(DomainError):
    """There is no such paper, or none that this reader may see."""

    kind = ErrorKind.NOT_FOUND
    code = "paper-not-found"
    title = N_("There is no such paper")


class NothingToIssue(DomainError):
    """Nothing on the ticket is far enough for such a paper, or nothing that this actor may see."""

    kind = ErrorKind.NOT_FOUND
    code = "nothing-to-issue"
    title = N_("There is nothing on this ticket yet that such a paper could say")


class PaperForbidden(DomainError):
    """The actor's roles do not include such papers."""

    kind = ErrorKind.FORBIDDEN
    code = "paper-forbidden"
    title = N_("Your account may not issue this paper")


class TemplateNotFound(DomainError):
    """There is no such version of a template."""

    kind = ErrorKind.NOT_FOUND
    code = "template-not-found"
    title = N_("There is no such version of the template")


class TemplateTooLarge(DomainError):
    """A template larger than any paper needs."""

    kind = ErrorKind.TOO_LARGE
    code = "template-too-large"
    title = N_("The template is too large: {most_kib} KiB at most")


class TemplateUnreadable(DomainError):
    """What was sent is not a Word document."""

    kind = ErrorKind.INVALID
    code = "template-unreadable"
    title = N_("This is not a Word document (.docx), or it is damaged")


class TemplateUnsafe(DomainError):
    """The document holds something that would run or load something where it is opened."""

    kind = ErrorKind.INVALID
    code = "template-unsafe"
    title = N_(
        "The template holds macros, embedded objects, active fields or links to elsewhere: {part}"
    )


class TemplateNotPlain(DomainError):
    """A tag does more than showing a value, choosing or going through a list."""

    kind = ErrorKind.INVALID
    code = "template-not-plain"
    title = N_("A tag of the template is not allowed: {problem}")


class UnknownPlaceholders(DomainError):
    """The template names values that such a paper does not have."""

    kind = ErrorKind.INVALID
    code = "unknown-placeholders"
    title = N_("The template names what this paper does not have: {names}")


class MissingPlaceholders(DomainError):
    """The template leaves out what every paper must show."""

    kind = ErrorKind.INVALID
    code = "missing-placeholders"
    title = N_("The template must also show: {names}")
