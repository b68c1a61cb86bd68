"""What can go wrong with articles of knowledge, corrections of them, and phrases."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ArticleNotFound(DomainError):
    """There is no such article, or none for whoever asks."""

    kind = ErrorKind.NOT_FOUND
    code = "article-not-found"
    title = N_("There is no such article")


class CorrectionNotFound(DomainError):
    """There is no such report of a mistake, or none for whoever asks."""

    kind = ErrorKind.NOT_FOUND
    code = "correction-not-found"
    title = N_("There is no such report of a mistake")


class PhraseNotFound(DomainError):
    """There is no such phrase, or it is somebody else's."""

    kind = ErrorKind.NOT_FOUND
    code = "phrase-not-found"
    title = N_("There is no such phrase")


class StaleArticle(DomainError):
    """An article has changed since it was read."""

    code = "stale-article"
    title = N_("The article has changed since you opened it: read it again")


class ArticleMoveRefused(DomainError):
    """An article's state does not allow this."""

    code = "article-state"
    title = N_("The article is {state}: this cannot be done with it now")


class NotYourArticle(DomainError):
    """The article belongs to another department."""

    kind = ErrorKind.FORBIDDEN
    code = "not-your-article"
    title = N_("This article is kept by another department or by the hotline's editors")


class SecondPersonForArticle(DomainError):
    """Whoever wrote an article may not publish it."""

    kind = ErrorKind.FORBIDDEN
    code = "second-person-for-article"
    title = N_("Another person than its author publishes an article")


class SecondPersonForCorrection(DomainError):
    """Whoever reported a mistake may not decide about it."""

    kind = ErrorKind.FORBIDDEN
    code = "second-person-for-correction"
    title = N_("Another person than its reporter decides about a report")


class CorrectionDecided(DomainError):
    """A report of a mistake was decided before."""

    code = "correction-decided"
    title = N_("This report is {state}: it was decided before")


class AlreadyReported(DomainError):
    """The same person has a report on the same article that is not settled."""

    code = "already-reported"
    title = N_("Your earlier report on this article is not settled yet")


class InvalidValidity(DomainError):
    """An article would end before it begins."""

    kind = ErrorKind.INVALID
    code = "invalid-validity"
    title = N_("The last day of validity must not lie before the first")


class InvalidReviewPeriod(DomainError):
    """A period of review is too short or too long."""

    kind = ErrorKind.INVALID
    code = "invalid-review-period"
    title = N_("An article is reviewed every {least} to {most} days")


class PersonalDataInArticle(DomainError):
    """An article names a mobile number or an identity number."""

    kind = ErrorKind.INVALID
    code = "personal-data-in-article"
    title = N_("An article holds no mobile or identity numbers: look at {field}")


class TooManyLabels(DomainError):
    """An article has too many tags, categories or areas, or one that is too long."""

    kind = ErrorKind.INVALID
    code = "too-many-labels"
    title = N_("At most {most} {field}, none longer than {longest} characters")


class UnknownPlaceholder(DomainError):
    """A phrase holds braces that nothing would be put into."""

    kind = ErrorKind.INVALID
    code = "unknown-placeholder"
    title = N_("A phrase cannot be filled where it says {placeholder}; known are: {known}")


class NothingToDraftFrom(DomainError):
    """A ticket has no reply yet that an article could be made of."""

    code = "nothing-to-draft-from"
    title = N_("The ticket has no reply yet that an article could be made of")


class KnowledgeFileRefused(DomainError):
    """A file cannot be read at all."""

    kind = ErrorKind.INVALID
    code = "knowledge-file-refused"
    title = N_("The file cannot be read as knowledge: {why}")
