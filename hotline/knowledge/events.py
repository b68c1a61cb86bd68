"""What happens to knowledge that others are told of."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeMoved(Fact):
    """Somebody has to look at an article, or is to hear what became of it.

    Attributes:
        news: which of the kinds of notice.
        correction_id: the report that it is about, if it is about one.
        department_id: whose article.
    """

    topic: ClassVar[str] = "knowledge_moved"

    news: str
    article_number: str
    department_id: int
    correction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeStale(Fact):
    """An article was not reviewed in time although its owner was told.

    Attributes:
        department_id: who owed the review.
        due_at: by when; names the review, so that one missed review is one event.
    """

    topic: ClassVar[str] = "knowledge_stale"

    article_number: str
    department_id: int
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeContributed(Fact):
    """What a department contributed to knowledge was taken up by the hotline.

    Attributes:
        department_id: who contributed.
        contribution: names what it was, so that it counts once.
        version: of the article with which it was published.
    """

    topic: ClassVar[str] = "knowledge_contributed"

    article_number: str
    department_id: int
    contribution: str
    version: int
