"""What messages say, in every language: `<kind>.<language>.txt`, a subject above `---`, a text below."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import jinja2

from hotline.kernel.clock import SHANGHAI

LANGUAGES = ("zh_CN", "en")
_LINE = "\n---\n"


class Text(NamedTuple):
    """A message in words."""

    subject: str
    body: str


def _instant(value: str) -> str:
    return datetime.fromisoformat(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hotline.notices", "texts"),
        autoescape=False,  # noqa: S701  # plain text
        keep_trailing_newline=False,
    )
    environment.filters["instant"] = _instant
    return environment


def write(kind: str, language: str | None, params: Mapping[str, Any]) -> Text:
    """Return what a message of `kind` says; in Chinese when its reader has chosen no language."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    template = _environment().get_template(f"{kind}.{spoken}.txt")
    subject, _, body = template.render(params).partition(_LINE)
    return Text(subject.strip(), body.strip())
