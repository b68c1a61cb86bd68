"""Every refusal has a code of its own, a status, and words in both languages."""

import importlib
import pkgutil
import re
import string
from collections import Counter

import credit
import hotline
import web
from hotline.kernel.errors import DomainError, ErrorKind
from web.errors import HTTP_PROBLEMS, STATUS_OF
from web.i18n import translate
from web.problem_codes import problem_codes

PROMISED = {
    *("stale-ticket", "illegal-transition", "ticket-not-found", "idempotency-conflict"),
    *("not-signed-in", "permission-denied", "action-forbidden", "invalid-request"),
}


def _errors() -> list[type[DomainError]]:
    for package in (hotline, credit, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".locale" not in module.name:
                importlib.import_module(module.name)
    found, edge = [], [DomainError]
    while edge:
        children = edge.pop().__subclasses__()
        found += children
        edge += children
    return [error for error in found if error.__module__.startswith(("hotline", "credit", "web"))]


ERRORS = _errors()


def test_every_refusal_has_a_code_of_its_own() -> None:
    counts = Counter(error.code for error in ERRORS)
    assert [code for code, count in counts.items() if count > 1] == []
    for error in ERRORS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code), error
    assert not set(counts) & (HTTP_PROBLEMS.keys() - {"not-signed-in"})


def test_every_kind_has_a_status() -> None:
    assert set(STATUS_OF) == set(ErrorKind)
    assert all(error.kind in STATUS_OF for error in ERRORS)
    assert all(400 <= status < 500 for status in STATUS_OF.values())


def test_every_refusal_speaks_both_languages() -> None:
    for error in ERRORS:
        chinese = translate("zh_CN", error.title)
        assert re.search(r"[\u4e00-\u9fff]", chinese), error
        named = {name for _, name, _, _ in string.Formatter().parse(error.title) if name}
        kept = {name for _, name, _, _ in string.Formatter().parse(chinese) if name}
        assert kept <= named, error


def test_the_list_is_complete_and_keeps_its_promises() -> None:
    listed = {code for code, _, _ in problem_codes()}
    assert {error.code for error in ERRORS} <= listed
    assert listed >= HTTP_PROBLEMS.keys()
    assert listed >= PROMISED


def test_every_refusal_describes_itself() -> None:
    for error in ERRORS:
        assert error.__doc__, error
        if error.__init__ is DomainError.__init__:
            assert str(error(problem="x")) == f"{error.code} {{'problem': 'x'}}"
            assert str(error()) == error.code
