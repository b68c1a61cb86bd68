"""Words, dates and durations in the reader's language.

Message ids are short English source texts; `locale/zh_CN/LC_MESSAGES/hotline.po` holds the Chinese
ones. A message may name parameters in braces. English needs no catalogue: it is the source.

`python -m web.i18n update` brings new messages into the catalogue, `python -m web.i18n check`
refuses a message without a translation, a doubtful one, and one whose parameters differ.
"""

import functools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from babel.numbers import format_decimal
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_

DEFAULT_LANGUAGE = "zh_CN"
LANGUAGES = ("zh_CN", "en")
LANGUAGE_NAMES: Mapping[str, str] = {"zh_CN": "简体中文", "en": "English"}
"""Each language by its own name: someone who cannot read this page must find his own."""

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "web/locale/zh_CN/LC_MESSAGES/hotline.po"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNITS = (
    (86400, N_("{n} d")),
    (3600, N_("{n} h")),
    (60, N_("{n} min")),
    (1, N_("{n} s")),
)


def _first(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


@functools.cache
def _messages(language: str) -> Mapping[str, str]:
    if language == "en":
        return {}
    with CATALOGUE.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    return {
        _first(message.id): _first(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


class _Kept(dict[str, object]):
    """Leaves an unknown parameter as it stands: a message must never break a page."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def translate(language: str, message: str, params: Mapping[str, object] | None = None) -> str:
    """Return `message` in `language` with `params` put in, or the message itself."""
    text = _messages(language).get(message, message)
    return text.format_map(_Kept(params)) if params else text


_SEPARATED = 1000
"""From here on a number has separators."""


class Translator:
    """Says things in one language, in the zone of Shanghai.

    Attributes:
        language: one of `LANGUAGES`.
        tag: the same as an HTML language tag.
    """

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self.tag = self.language.replace("_", "-")
        self._locale = Locale.parse(self.language)

    def text(self, message: str, **params: object) -> str:
        """Return `message` in this language."""
        return translate(self.language, message, params)

    def plural(self, one: str, many: str, n: int, **params: object) -> str:
        """Return the form of a message that fits the number `n`."""
        if self.language != "en":
            return translate(self.language, one, {"n": n, **params})
        return translate(self.language, one if n == 1 else many, {"n": n, **params})

    def number(self, value: float | Decimal) -> str:
        """Return a number with the separators of this language."""
        if isinstance(value, int) and 0 <= value < _SEPARATED:
            # A board has a thousand such numbers, and they read the same in every language of ours.
            return str(int(value))
        return str(format_decimal(value, locale=self._locale))

    def day(self, value: date) -> str:
        """Return a date; an instant is read in Shanghai."""
        if isinstance(value, datetime):
            value = value.astimezone(SHANGHAI).date()
        return value.isoformat()

    def clock_time(self, value: datetime) -> str:
        """Return hours and minutes in Shanghai."""
        return f"{value.astimezone(SHANGHAI):%H:%M}"

    def instant(self, value: datetime) -> str:
        """Return day, hours and minutes in Shanghai."""
        # A page holds hundreds of them, and they read the same in every language of ours.
        return value.astimezone(SHANGHAI).isoformat(" ", "minutes")[:16]

    def duration(self, value: timedelta | float) -> str:
        """Return a length of time in its two largest units; a number is in seconds."""
        seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
        seconds = abs(seconds)
        start = next((i for i, (size, _) in enumerate(_UNITS) if seconds >= size), len(_UNITS) - 1)
        words: list[str] = []
        for size, unit in _UNITS[start : start + 2]:
            count, seconds = divmod(seconds, size)
            if count or not words:
                words.append(self.text(unit, n=count))
        return self.join(words)

    def join(self, parts: Iterable[str]) -> str:
        """Return parts of one expression set side by side as this language does."""
        return ("" if self.language == "zh_CN" else " ").join(parts)

    def listed(self, parts: Iterable[str]) -> str:
        """Return parts as a list in a sentence."""
        return ("、" if self.language == "zh_CN" else ", ").join(parts)

    def remaining(self, due_at: datetime, now: datetime) -> str:
        """Return how far away `due_at` is, or how long ago it was."""
        if due_at >= now:
            return self.text(N_("{duration} left"), duration=self.duration(due_at - now))
        return self.text(N_("{duration} overdue"), duration=self.duration(now - due_at))

    def ago(self, value: datetime, now: datetime) -> str:
        """Return how long before `now` something was."""
        if (now - value).total_seconds() < 60:  # noqa: PLR2004  # a minute
            return self.text(N_("just now"))
        return self.text(N_("{duration} ago"), duration=self.duration(now - value))

    def units(self) -> Mapping[str, str]:
        """Return the patterns that the ticking countdown in the browser writes with."""
        return {
            "day": self.text(_UNITS[0][1]),
            "hour": self.text(_UNITS[1][1]),
            "minute": self.text(_UNITS[2][1]),
            "second": self.text(_UNITS[3][1]),
            "left": self.text(N_("{duration} left")),
            "overdue": self.text(N_("{duration} overdue")),
            "join": self.join(("", "")),
        }


@functools.cache
def translator(language: str) -> Translator:
    """Return the one translator of `language`."""
    return Translator(language)


def _accepted(header: str) -> Iterator[str]:
    ranked: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, rest = part.strip().partition(";")
        quality = re.search(r"q=([\d.]+)", rest)
        try:
            ranked.append((-float(quality[1]) if quality else -1.0, tag.lower()))
        except ValueError:
            continue
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag.startswith("zh"):
            yield "zh_CN"
        elif tag.startswith("en"):
            yield "en"


def negotiate(*, chosen: str | None, cookie: str | None, accept: str | None) -> str:
    """Return the language to speak: the account's, else the cookie's, else the browser's."""
    wanted = (chosen, cookie, *_accepted(accept or ""))
    return next((lang for lang in wanted if lang in LANGUAGES), DEFAULT_LANGUAGE)


def _speaker(context: Context) -> Translator:
    found = context.get("t")
    return found if isinstance(found, Translator) else translator(DEFAULT_LANGUAGE)


@pass_context
def _gettext(context: Context, message: str, **params: object) -> str:
    text = _speaker(context).text(message)
    if not params:
        return text
    if context.eval_ctx.autoescape:
        return Markup(text).format(**params)  # noqa: S704  # ours; the parameters are escaped
    return text.format(**params)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int, **params: object) -> str:
    return _speaker(context).plural(one, many, n, **params)


def install(environment: Environment) -> None:
    """Teach a template environment `_` and `ngettext`; the context's `t` decides the language."""
    environment.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext)


def _keep_source(dirpath: str | Path) -> bool:
    return Path(dirpath).name not in {"static", "locale", "__pycache__"}


def extract() -> Catalog:
    """Return every message marked in code and templates."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    methods = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
    options = {
        "**.html": {"trimmed": "true", "silent": "false"},
        "**.txt": {"silent": "false"},
    }
    for package in ("hotline", "credit", "web"):
        found = extract_from_dir(
            str(ROOT / package),
            method_map=methods,
            options_map=options,
            keywords={"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)},
            comment_tags=("Translators:",),
            strip_comment_tags=True,
            directory_filter=_keep_source,
        )
        for filename, _, message, comments, _ in found:
            if message:
                catalogue.add(
                    message, locations=[(f"{package}/{filename}", 0)], auto_comments=comments
                )
    return catalogue


def _parameters(texts: str | Iterable[str]) -> set[str]:
    several = (texts,) if isinstance(texts, str) else tuple(texts)
    return {name for text in several for name in _PLACEHOLDER.findall(text or "")}


def _faults(wanted: Message, known: Message | None) -> Iterator[str]:
    first = _first(wanted.id)
    if re.search(r"[\u4e00-\u9fff]", first):
        yield f"{first!r}: a message id is English"
    if known is None or not known.string or not any(known.string):
        yield f"{first!r}: no translation"
    elif known.fuzzy:
        yield f"{first!r}: doubtful translation"
    elif _parameters(wanted.id) != _parameters(known.string):
        yield f"{first!r}: other parameters than its translation"


def check() -> list[str]:
    """Return what is wrong with the Chinese catalogue; nothing when it is complete."""
    with CATALOGUE.open("rb") as stream:
        known = read_po(stream, locale="zh_CN")
    wanted = extract()
    faults = [fault for m in wanted if m.id for fault in _faults(m, known.get(m.id))]
    unused = [m.id for m in known if m.id and wanted.get(m.id) is None]
    return faults + [f"{message!r}: used nowhere" for message in unused]


def update() -> int:
    """Bring the catalogue up to the sources; return how many messages wait for a translation."""
    catalogue = Catalog(locale="zh_CN", fuzzy=False)
    if CATALOGUE.exists():
        with CATALOGUE.open("rb") as stream:
            catalogue = read_po(stream, locale="zh_CN")
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# The words of the hotline in simplified Chinese."
    catalogue.project, catalogue.version = "hotline-12345", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    write_po(buffer, catalogue, width=100, no_location=True, sort_output=True, ignore_obsolete=True)
    CATALOGUE.write_bytes(buffer.getvalue())
    return sum(1 for message in catalogue if message.id and not message.string)


def main(arguments: Sequence[str]) -> int:
    """Run one of `extract`, `update`, `check`; return the exit code."""
    match arguments:
        case ["extract"]:
            write_po(sys.stdout.buffer, extract(), sort_output=True, include_lineno=False)
        case ["update"]:
            sys.stdout.write(f"{update()} messages wait for a translation\n")
        case ["check"]:
            faults = check()
            sys.stdout.write("".join(f"{fault}\n" for fault in faults))
            return 1 if faults else 0
        case _:
            sys.stderr.write("usage: python -m web.i18n extract | update | check\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
