"""Every enumeration that a person may meet has a word for each member, in both languages."""

import enum
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import credit
import hotline
from web.i18n import translate
from web.labels import LABELS, label

UNSEEN = {
    "hotline.founding.columns.Value": "how a cell is read; persons read what to write there",
    "hotline.kernel.errors.ErrorKind": "mapped to status numbers at the edge",
    "hotline.notices.rules.Recipient": "a word of the rules; persons are shown by name",
    "hotline.followup.rules.LinkState": "decides which page a link shows",
    "hotline.practice.rules.Mark": "a trace of practice; steps say what was done",
    "hotline.supervision.board.figures.Source": "where figures are counted; they have words themselves",
    "hotline.tickets.lifecycle.Keep": "a marker inside the machine",
    "hotline.tickets.history.FaultKind": "words of the command line's JSON",
    "hotline.tickets.watch.Unwatched": "words of an alarm's details",
    "hotline.incidents.likeness.Place": "a measure of the rules; reasons say it",
    "hotline.intake.importing.record.RefusalCode": "words of the report's format",
}


def _enums() -> Iterator[type[enum.Enum]]:
    seen: set[type[enum.Enum]] = set()
    for package in (hotline, credit):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, enum.Enum)
                    and value.__module__.startswith(("hotline.", "credit."))
                    and value not in seen
                ):
                    seen.add(value)
                    yield value


def _full_name(kind: type[enum.Enum]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize(
    "kind",
    [kind for kind in _enums() if _full_name(kind) not in UNSEEN],
    ids=lambda kind: kind.__name__,
)
def test_every_member_has_a_word_in_both_languages(kind: type[enum.Enum]) -> None:
    for member in kind:
        word = label(member)
        assert word.isascii(), f"{member!r}: message ids are English"
        assert translate("en", word) == word
        assert translate("zh_CN", word) != word or word.isupper(), f"{member!r} has no Chinese word"


def test_members_of_one_enumeration_are_told_apart() -> None:
    for kind, words in LABELS.items():
        chinese = [translate("zh_CN", word) for word in words.values()]
        assert len(set(chinese)) == len(chinese), f"{kind.__name__}: {sorted(chinese)}"
