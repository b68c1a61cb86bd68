"""A form that came when nobody was signed in any more: it goes through the door with its sender.

It is kept nowhere but in the page itself, so that it works without scripts and leaves nothing behind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from web.pages.frame import PageRequest, own_path
from web.security.identity import CSRF_FIELD, SENT_FORM
from web.views.fields import Posted

_PATH, _NAME = "kept_path", "kept."
_WRITTEN = re.compile(r"[^\x00-\x7f]|\s")
_SECRETS = frozenset({CSRF_FIELD, "password", "current", "new", "again"})
_DOORS = ("/sign-in", "/sign-out")


@dataclass(frozen=True, slots=True)
class KeptForm:
    """What somebody was about to send.

    Attributes:
        path: to which address.
        fields: names and values, without secrets and without what proved the page to be ours.
    """

    path: str
    fields: Sequence[tuple[str, str]]

    @property
    def carried(self) -> Sequence[tuple[str, str]]:
        """The same as fields of the sign-in form."""
        return [(_PATH, self.path), *((f"{_NAME}{name}", value) for name, value in self.fields)]

    @property
    def shown(self) -> Sequence[str]:
        """What its sender wrote, to be read once more; what he chose goes with it unread."""
        return [
            value
            for name, value in self.fields
            if not name.startswith("_") and _WRITTEN.search(value)
        ]


def kept_form(request: PageRequest) -> KeptForm | None:
    """Return the form of this request; None when it carries none that can be sent again."""
    sent: Sequence[tuple[str, str]] | None = request.scope["state"].get(SENT_FORM)
    if not sent or request.url.path.startswith(_DOORS):
        return None
    fields = [(name, value) for name, value in sent if name not in _SECRETS]
    return KeptForm(request.url.path, fields)


def carried_form(sent: Posted) -> KeptForm | None:
    """Return the form that a sign-in form carries; None when it carries none."""
    path = own_path("".join(sent.get(_PATH, [])))
    if path == "/" or path.startswith(_DOORS):
        return None
    fields = [
        (name.removeprefix(_NAME), value)
        for name, values in sent.items()
        if name.startswith(_NAME)
        for value in values
    ]
    return KeptForm(path, [(name, value) for name, value in fields if name not in _SECRETS])


def page_before(request: PageRequest) -> str:
    """Return the page that a form stood on, when it was one of ours."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.headers.get("host") or before.path.startswith(_DOORS):
        return "/"
    return own_path(f"{before.path}?{before.query}" if before.query else before.path)
