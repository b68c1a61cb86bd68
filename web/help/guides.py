"""The guides, read inside the house: Markdown of the documents as pages, with a search of their own."""

import functools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from markdown_it import MarkdownIt
from markupsafe import Markup

from hotline.kernel.errors import N_
from hotline.people.permissions import Role
from web.i18n import DEFAULT_LANGUAGE, ROOT

FOLDERS: Mapping[str, Path] = {"zh_CN": ROOT / "docs/zh", "en": ROOT / "docs/en"}
"""Where the guides are kept, by their language."""

PICTURES: Mapping[str, Path] = {
    "zh_CN": ROOT / "docs/screenshots/guides",
    "en": ROOT / "docs/screenshots/guides/en",
}
"""Where their pictures are kept; a picture has the same name in every language."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide and for whom it is."""

    code: str
    text: str
    roles: frozenset[Role]


GUIDES: Sequence[Guide] = (
    Guide("operator", N_("For operators"), frozenset({Role.OPERATOR})),
    Guide("dispatcher", N_("For dispatchers"), frozenset({Role.DISPATCHER})),
    Guide("checking", N_("For auditors and visitors"), frozenset({Role.AUDITOR, Role.VISITOR})),
    Guide("department", N_("For units"), frozenset({Role.HANDLER, Role.LEADER})),
    Guide("supervisor", N_("For supervisors"), frozenset({Role.SUPERVISOR, Role.AUTHORITY})),
    Guide("administrator", N_("For administrators"), frozenset({Role.ADMIN})),
    Guide("citizen", N_("For citizens"), frozenset()),
)
"""In the order of a matter's course."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a guide, to be jumped to."""

    anchor: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class GuidePage:
    """A guide as it is shown.

    Attributes:
        title: its first heading.
        body: HTML; what stood in the file as HTML is shown as text.
        headings: for jumping.
        language: what it is written in.
    """

    title: str
    body: Markup
    headings: Sequence[Heading]
    language: str

    @property
    def tag(self) -> str:
        """Return its language as an HTML language tag."""
        return self.language.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a guide where all words that were looked for stand."""

    guide: str
    guide_text: str
    anchor: str
    heading: str
    excerpt: str


def guide_of(roles: Collection[Role]) -> Guide:
    """Return the guide of somebody who holds `roles`."""
    return next((guide for guide in GUIDES if guide.roles & set(roles)), GUIDES[-1])


def find_guide(code: str) -> Guide | None:
    """Return the guide that goes by this name, if it is installed."""
    found = next((guide for guide in GUIDES if guide.code == code), None)
    return found if found and _path(code, DEFAULT_LANGUAGE).is_file() else None


def _path(code: str, language: str) -> Path:
    return FOLDERS[language] / f"{code}.md"


def written_in(code: str, language: str) -> str:
    """Return the language in which somebody who reads `language` is given a guide."""
    return language if _path(code, language).is_file() else DEFAULT_LANGUAGE


def _anchor(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


_KEY = re.compile(r"&lt;kbd&gt;([^&<]{1,12})&lt;/kbd&gt;")
"""A key as the documents write it: the only mark-up of theirs that Markdown has no word for."""


@functools.cache
def _parser() -> MarkdownIt:
    # Raw HTML is no part of a guide: it is shown as it was typed.
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def guide_page(code: str, language: str) -> GuidePage:
    """Return a guide as HTML for a reader of a language, its pictures and links those of the house."""
    return _page(code, written_in(code, language))


@functools.cache
def _page(code: str, language: str) -> GuidePage:
    parser = _parser()
    tokens = parser.parse(_path(code, language).read_text(encoding="utf-8"))
    headings: list[Heading] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[place + 1].content
            token.attrSet("id", _anchor(words))
            headings.append(Heading(_anchor(words), words, int(token.tag[1:])))
        if token.type == "table_open":
            token.attrSet("class", "table")
        for child in token.children or ():
            _turn(child.type, child.attrs, language)
    title = headings[0].text if headings else code
    if headings and tokens[0].type == "heading_open":
        del tokens[:3]  # the page says it itself, above the guide
    written = _KEY.sub(r"<kbd>\1</kbd>", parser.renderer.render(tokens, parser.options, {}))
    return GuidePage(title, Markup(written), headings[1:], language)  # noqa: S704  # our own file, HTML off


def _turn(kind: str, attrs: dict[str, str | int | float], language: str) -> None:
    """Turn an address of the documents into one of the house."""
    if kind == "image":
        name = str(attrs.get("src", "")).rsplit("/", 1)[-1]
        attrs["src"] = f"/help/pictures/{language}/{name}"
    elif kind == "link_open":
        href = str(attrs.get("href", ""))
        file, _, anchor = href.partition("#")
        code = file.removesuffix(".md")
        if file.endswith(".md") and find_guide(code):
            attrs["href"] = f"/help/{code}" + (f"#{anchor}" if anchor else "")


@functools.cache
def _sections(code: str, language: str) -> Sequence[tuple[Heading, str]]:
    """Return the text of a guide by its headings."""
    found: list[tuple[Heading, list[str]]] = []
    for line in _path(code, language).read_text(encoding="utf-8").splitlines():
        head = re.match(r"(#+) (.+)", line)
        if head:
            found.append((Heading(_anchor(head[2]), head[2], len(head[1])), []))
        elif found and not line.startswith("!["):
            found[-1][1].append(re.sub(r"[*`|]|</?kbd>", " ", line))
    return [(heading, " ".join(" ".join(lines).split())) for heading, lines in found]


_AROUND = 60


def search_guides(words: str, names: Mapping[str, str], language: str) -> list[Found]:
    """Return where all of some words stand together, guide by guide.

    Args:
        words: with blanks between them.
        names: what each guide is called, by its code.
        language: of the reader.
    """
    wanted = [word.casefold() for word in words.split()][:8]
    if not wanted:
        return []
    found = []
    for guide in GUIDES:
        if find_guide(guide.code) is None:
            continue
        for heading, text in _sections(guide.code, written_in(guide.code, language)):
            whole = f"{heading.text} {text}".casefold()
            if all(word in whole for word in wanted):
                place = max(text.casefold().find(wanted[0]), 0)
                excerpt = text[max(0, place - _AROUND) : place + 2 * _AROUND]
                found.append(
                    Found(guide.code, names[guide.code], heading.anchor, heading.text, excerpt)
                )
    return found


@functools.cache
def pictures(language: str) -> Mapping[str, Path]:
    """Return the pictures of the guides by name; nothing else of the disk can be asked for."""
    folders = [PICTURES[one] for one in (DEFAULT_LANGUAGE, language)]
    return MappingProxyType(
        {path.name: path for folder in folders for path in sorted(folder.glob("*.webp"))}
    )
