"""Templates to text: one environment, and what every page knows about itself."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.ext import Extension

from hotline.people.looks import USUAL, Looks
from web import i18n
from web.help.empty import EmptyAdvice
from web.help.fields import help_for
from web.labels import label
from web.views.credit_tabs import ShownTab
from web.views.looks import LOOK_CHOICES, LOOK_ICONS
from web.views.static_files import static

WEB = Path(__file__).parent.parent
SPRITE = "/static/vendor/tabler-icons-3.51.0/sprite.svg"


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the side bar.

    Attributes:
        text: message id.
        href: where it leads.
        icon: name in the sprite.
        count: how many wait there, if that is counted.
        late: how many of those are overdue.
        current: True on the page itself.
        shortcut: key that opens it, as `app.js` writes it.
        has_more: there are pages below it that stand for it.
        places: what is counted there, as `live.js` adds it up: states and holds.
    """

    text: str
    href: str
    icon: str
    count: int | None = None
    late: int = 0
    current: bool = False
    shortcut: str | None = None
    has_more: bool = False
    places: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Some lines of the side bar under one heading, which folds them."""

    text: str
    items: Sequence[NavItem]
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Something wrong with the house itself.

    Attributes:
        text: what.
        details: figures that go with it.
        since: when it was noticed.
        is_grave: True when no deadline is watched any more.
        href: where something can be done about it, for whoever may.
        also: others of its kind, folded below it: what each is about, and since when.
    """

    text: str
    details: str
    since: datetime
    is_grave: bool
    href: str | None
    also: Sequence[tuple[str, datetime]] = ()


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds a page.

    Attributes:
        path: where the reader is; the language switch returns there.
        now: the server's time, for countdowns.
        csrf_token: for the forms on the page.
        looks: theme, density and size, as chosen.
        user: the account's name, None on public pages.
        display_name: the person's name.
        roles: labels of the person's roles.
        groups: the side bar.
        alarms: what is wrong with the house.
        tabs: the strip above a page that is one of several on its subject.
        may_search: True when the reader may look for tickets.
        takes_calls: True when the reader's telephone rings here.
        export_href: where the list on the page is exported, for whoever may.
        is_practice: True when the city is invented and people practise in it.
        advice: what the list of this page is for and what to do when it is empty.
    """

    path: str
    now: datetime
    csrf_token: str
    looks: Looks = USUAL
    user: str | None = None
    display_name: str = ""
    roles: Sequence[str] = ()
    groups: Sequence[NavGroup] = ()
    alarms: Sequence[AlarmView] = ()
    tabs: Sequence[ShownTab] = ()
    may_search: bool = False
    takes_calls: bool = False
    export_href: str | None = None
    is_practice: bool = False
    advice: EmptyAdvice | None = None


class _Outdented(Extension):
    """Leaves out the indentation of templates: in long tables it was more than what they say."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return a template without it; a line's end stands for a blank as before."""
        del name, filename
        return _INDENTATION.sub("\n", source)


_INDENTATION = re.compile(r"\n[ \t]+")


@functools.cache
def environment() -> Environment:
    """Return the one template environment; undefined names are errors."""
    made = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        auto_reload=False,
        extensions=[_Outdented],
    )
    i18n.install(made)
    made.globals.update(
        static=static,
        sprite=SPRITE,
        languages=i18n.LANGUAGE_NAMES,
        label=label,
        look_choices=LOOK_CHOICES,
        look_icons=LOOK_ICONS,
        help_for=help_for,
    )
    return made


def render(template: str, *, language: str, shell: Shell, **context: object) -> str:
    """Return a page in `language`."""
    return (
        environment()
        .get_template(template)
        .render(t=i18n.translator(language), shell=shell, **context)
    )
