"""What can go wrong with models of suggestions."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class UnknownModel(DomainError):
    """No model goes by this number."""

    kind = ErrorKind.NOT_FOUND
    code = "unknown-suggestion-model"
    title = N_("There is no model {version} of suggestions")


class ModelUnusable(DomainError):
    """Its file is gone or broken."""

    code = "suggestion-model-unusable"
    title = N_("The file of model {version} cannot be used: {fault}. Train another one")


class TooFewExamples(DomainError):
    """There is too little to learn from."""

    code = "too-few-examples"
    title = N_(
        "There is too little to learn from: {count} texts with a category, "
        "of at least two categories with four each"
    )


class UnreadableExamples(DomainError):
    """A file that does not hold texts with categories."""

    kind = ErrorKind.INVALID
    code = "unreadable-examples"
    title = N_(
        "The file cannot be read: it must be CSV in UTF-8 with the columns title, content and "
        "category, at least one of the first two"
    )
