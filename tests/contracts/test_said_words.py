"""What code says to a reader without marking it first never reaches the catalogue."""

import re

from tests.support.processes import ROOT
from web.i18n import DEFAULT_LANGUAGE, translate

_SAID = re.compile(r'\b(?:t|translator|speaker\(request\))\.(?:text|plural)\(\s*"([^"]+)"')


def test_whatever_is_said_in_code_has_a_translation() -> None:
    said = {
        (path.relative_to(ROOT).as_posix(), words)
        for package in ("web", "hotline", "credit")
        for path in sorted((ROOT / package).rglob("*.py"))
        for words in _SAID.findall(path.read_text())
    }
    untold = [
        f"{path}: {words!r}" for path, words in said if translate(DEFAULT_LANGUAGE, words) == words
    ]
    assert sorted(untold) == [], 'write N_("...") around it and fill in the Chinese'
