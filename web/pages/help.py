"""Help inside the house: the guide of one's own desk, a search of all guides, the glossary."""

from litestar import Controller, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hotline.people.principal import Principal
from web.help.guides import GUIDES, find_guide, guide_of, guide_page, pictures, search_guides
from web.help.words import word_groups
from web.i18n import LANGUAGES
from web.pages.frame import PageRequest, page, speaker

_PUBLIC = "citizen"


class HelpController(Controller):
    """Help, for everybody; who is not signed in reads the citizens' guide and the glossary."""

    path = "/help"
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest) -> Response[str]:
        """Show the guide of one's own desk, or where words stand in all of them."""
        principal = request.scope.get("user")
        own = guide_of(principal.roles).code if isinstance(principal, Principal) else _PUBLIC
        return _guide_page(request, own)

    @get("/words")
    async def show_words(self, request: PageRequest) -> Response[str]:
        """Show the words of the product in both languages."""
        return page(
            request,
            "pages/help_words.html",
            groups=word_groups(speaker(request)),
            layout=_layout(request),
        )

    @get("/pictures/{language:str}/{name:str}")
    async def show_picture(self, language: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        """Hand out a picture of a guide; its language is named, because browsers keep it."""
        path = pictures(language).get(name) if language in LANGUAGES else None
        if path is None:
            raise NotFoundException
        return Response(
            path.read_bytes(),
            media_type="image/webp",
            headers={"cache-control": "private, max-age=3600"},
        )

    @get("/{code:str}")
    async def show_guide(self, request: PageRequest, code: FromPath[str]) -> Response[str]:
        """Show a guide."""
        is_known = isinstance(request.scope.get("user"), Principal)
        if find_guide(code) is None or not (is_known or code == _PUBLIC):
            raise NotFoundException
        return _guide_page(request, code)


def _layout(request: PageRequest) -> str:
    return "base.html" if isinstance(request.scope.get("user"), Principal) else "public.html"


def _guide_page(request: PageRequest, code: str) -> Response[str]:
    t = speaker(request)
    is_known = isinstance(request.scope.get("user"), Principal)
    names = {
        guide.code: t.text(guide.text)
        for guide in GUIDES
        if find_guide(guide.code) and (is_known or guide.code == _PUBLIC)
    }
    wanted = request.query_params.get("q", "").strip()[:100]
    everywhere = search_guides(wanted, names | _all(names), t.language)
    found = [one for one in everywhere if one.guide in names]
    return page(
        request,
        "pages/help.html",
        layout=_layout(request),
        guides=list(names.items()),
        code=code,
        guide=guide_page(code, t.language) if find_guide(code) else None,
        q=wanted,
        found=found,
    )


def _all(names: dict[str, str]) -> dict[str, str]:
    return {guide.code: names.get(guide.code, guide.code) for guide in GUIDES}
