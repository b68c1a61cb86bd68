"""What the palette of commands offers a person, and by which words each is found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from web.i18n import LANGUAGES, translate
from web.views.initials import initials
from web.views.knowledge import PhraseView
from web.views.rendering import NavGroup


@dataclass(frozen=True, slots=True)
class Command:
    """A page that somebody may open.

    Attributes:
        text: message id.
        group: message id of the heading that it stands under in the side bar.
        href: where it leads.
        words: by what it is found: in every language, by first letters, by its address.
        shortcut: the key that opens it without the palette.
    """

    text: str
    group: str
    href: str
    words: str
    shortcut: str | None = None


@dataclass(frozen=True, slots=True)
class PhraseCommand:
    """A phrase that can be put into the field that was written in last."""

    title: str
    filled: str
    words: str


def words_for(message: str, *more: str) -> str:
    """Return the words by which something called `message` is found."""
    said = [translate(language, message) for language in LANGUAGES]
    return found_by(*said, *more)


def found_by(*texts: str) -> str:
    """Return texts with the first letters of those that have any of their own."""
    parts: dict[str, None] = {}
    for text in texts:
        parts[text] = None
        if not text.isascii():
            parts[initials(text)] = None
    return " ".join(part for part in parts if part)


def page_commands(groups: Iterable[NavGroup]) -> Sequence[Command]:
    """Return the pages of a side bar, each once."""
    found: dict[str, Command] = {}
    for group in groups:
        for item in group.items:
            path = item.href.strip("/").replace("/", " ")
            words = words_for(item.text, path)
            command = Command(item.text, group.text, item.href, words, item.shortcut)
            found.setdefault(item.href, command)
    return list(found.values())


def phrase_commands(phrases: Iterable[PhraseView]) -> Sequence[PhraseCommand]:
    """Return phrases as commands."""
    return [PhraseCommand(one.title, one.filled, found_by(one.title)) for one in phrases]
