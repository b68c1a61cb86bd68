"""The search and the views that are kept, as they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from hotline.kernel.masking import mask_text
from hotline.search.documents import Piece, PieceKind
from hotline.search.models import ViewPlace
from hotline.search.queries import Found, Hit
from hotline.search.snippets import Part, marked, snippet
from hotline.search.views.queries import ViewRow
from hotline.tickets.grams import Word
from web.i18n import Translator
from web.labels import label
from web.views.rendering import NavGroup, NavItem
from web.views.tickets import TicketRow, ticket_row

_SHOWN_SNIPPETS = 2
PATHS: Mapping[ViewPlace, str] = {ViewPlace.SEARCH: "/search", ViewPlace.TICKETS: "/tickets"}


@dataclass(frozen=True, slots=True)
class SnippetView:
    """Where something was found, and the words around it."""

    where: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class HitView:
    """A ticket that was found."""

    row: TicketRow
    title: Sequence[Part]
    snippets: Sequence[SnippetView]
    where: Sequence[str]


@dataclass(frozen=True, slots=True)
class ViewView:
    """A view that is kept."""

    id: str
    name: str
    href: str
    place: str
    owner: str
    is_own: bool
    is_shared: bool


def hit_view(hit: Hit, words: Sequence[Word], t: Translator) -> HitView:
    """Return a ticket that was found, personal data masked, the words marked."""
    around = [piece for piece in hit.pieces if piece.kind is not PieceKind.TITLE]
    return HitView(
        ticket_row(hit.row, t),
        marked(mask_text(hit.row.title), words),
        [
            SnippetView(t.text(label(piece.kind)), snippet(piece.text, words))
            for piece in _telling(around)
        ],
        [t.text(label(kind)) for kind in hit.kinds],
    )


def _telling(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return the pieces that are shown: of each place one, of the first places."""
    first: dict[PieceKind, Piece] = {}
    for piece in pieces:
        first.setdefault(piece.kind, piece)
    return list(first.values())[:_SHOWN_SNIPPETS]


def hit_views(found: Found, t: Translator) -> Sequence[HitView]:
    """Return a page of hits as they are shown."""
    return [hit_view(hit, found.words, t) for hit in found.hits]


def view_href(row: ViewRow) -> str:
    """Return where a view is looked at."""
    asked = urlencode(row.view.filters)
    path = PATHS[row.view.place]
    return f"{path}?{asked}" if asked else path


def view_view(row: ViewRow, t: Translator) -> ViewView:
    """Return a view as it is listed."""
    return ViewView(
        str(row.view.id),
        row.view.name,
        view_href(row),
        t.text(label(row.view.place)),
        row.owner,
        row.is_own,
        row.view.department_id is not None,
    )


def view_group(rows: Sequence[ViewRow], counts: Mapping[str, int], text: str) -> NavGroup:
    """Return the views as a part of the side bar, with what waits in those that are counted."""
    return NavGroup(
        text,
        [
            NavItem(
                row.view.name.replace("{", "(").replace("}", ")"),
                view_href(row),
                "search" if row.view.place is ViewPlace.SEARCH else "list-details",
                count=counts.get(str(row.view.id)),
            )
            for row in rows
        ],
    )
