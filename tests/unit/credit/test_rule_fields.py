"""Rule books as flat fields: what is asked, what differs, what is wrong with which field."""

import contextlib
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from credit.codec import book_from_json, book_to_json
from credit.rulebook import DEFAULT_BOOK, InvalidRuleBook, RuleFault, RuleFaultCode
from credit.rules.fields import (
    Difference,
    carried_over,
    copied,
    differences,
    flat,
    nested,
    paths,
    require_events_kept,
)
from web.i18n import LANGUAGES, translator
from web.views.credit_words import EVENT_WORDS, PART_WORDS, path_words, split_path, value_words

BOOK = book_to_json(DEFAULT_BOOK)


def test_a_book_comes_back_from_its_fields() -> None:
    assert book_to_json(book_from_json(nested(flat(BOOK)))) == BOOK


def test_every_value_of_a_book_is_a_field() -> None:
    """What the rules gain later is asked for and compared, too."""
    leaves = set()

    def walk(value: object, path: str) -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                walk(part, f"{path}.{name}" if path else str(name))
        elif isinstance(value, list):
            for place, part in enumerate(value):
                walk(part, f"{path}.{place}")
        elif not (value is None and path.endswith("shown_days")):
            leaves.add(path)

    walk(BOOK, "")
    assert leaves <= set(paths(BOOK["events"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_and_value_has_words(language: str) -> None:
    t = translator(language)
    assert set(BOOK["events"]) == set(EVENT_WORDS)
    for path, text in flat(BOOK).items():
        assert split_path(path)[2] in PART_WORDS, path
        assert path_words(path, t)
        assert value_words(path, text, t)


def _with(path: str, value: str) -> dict[str, str]:
    return flat(BOOK) | {path: value}


_SIGN, _UNREADABLE = RuleFaultCode.SIGN_OF_POINTS, RuleFaultCode.NOT_READABLE

CASES: list[tuple[str, str, str, RuleFaultCode]] = [
    ("weighings.sign.weight", "x", "weighings.sign.weight", RuleFaultCode.NOT_READABLE),
    ("weighings.sign.weight", "11", "weighings.sign.weight", RuleFaultCode.WEIGHTS_SUM),
    ("weighings.sign.floor", "0.99", "weighings.sign.floor", RuleFaultCode.FLOOR_AND_TARGET),
    ("events.false_closure.points", "3", "events.false_closure.points", _SIGN),
    ("events.late_sign.points", "-1", "events.late_sign.points", _SIGN),
    ("events.false_closure.points", "-0.001", "events.false_closure.points", RuleFaultCode.TOO_PRECISE),
    ("events.false_closure.points", "-5000", "events.false_closure.points", RuleFaultCode.OUT_OF_RANGE),
    ("events.supervision_l2.cap", "-0.1", "events.supervision_l2.cap", RuleFaultCode.CAP_TOO_SMALL),
    ("events.supervision_l2.cap_days", "0", "events.supervision_l2.cap_days", RuleFaultCode.OUT_OF_RANGE),
    ("decays.minor.full_days", "90", "decays.minor.end_days", RuleFaultCode.SPAN),
    ("grades.lines.A", "79", "grades.lines.A", RuleFaultCode.LINES_FALL),
    ("grades.least_n", "", "grades.least_n", RuleFaultCode.NOT_READABLE),
    ("consequences.C.qa_share", "1.5", "consequences.C.qa_share", RuleFaultCode.OUT_OF_RANGE),
    ("year_shares.0", "0.5", "year_shares.0", RuleFaultCode.SHARES_SUM),
    ("rating_values.5", "0.1", "rating_values.5", RuleFaultCode.RATINGS_FALL),
    ("window_days", "0", "window_days", RuleFaultCode.OUT_OF_RANGE),
    ("ledger_range.0", "1", "ledger_range.0", RuleFaultCode.OUT_OF_RANGE),
    ("events.false_closure.severity", "awful", "events.false_closure.severity", _UNREADABLE),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "field", "code"), CASES)
def test_what_is_wrong_is_said_at_its_field(
    path: str, value: str, field: str, code: RuleFaultCode
) -> None:
    with pytest.raises(InvalidRuleBook) as raised:
        book_from_json(nested(_with(path, value)))
    assert RuleFault(field, code) in raised.value.faults


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = _with("window_days", "0") | {"strength": "0", "weighings.sign.weight": "12"}
    with pytest.raises(InvalidRuleBook) as raised:
        book_from_json(nested(wrong))
    assert {fault.field for fault in raised.value.faults} >= {
        "window_days",
        "strength",
        "weighings.sign.weight",
    }


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "--1"])
def test_no_odd_number_gets_through(value: str) -> None:
    with pytest.raises(InvalidRuleBook):
        book_from_json(nested(_with("events.rude_service.points", f"-{value}")))


def test_a_difference_is_one_of_values_not_of_digits() -> None:
    changed = nested(_with("weighings.sign.floor", "0.8") | {"events.rude_service.points": "-4"})
    assert differences(BOOK, changed) == [Difference("events.rude_service.points", "-3", "-4")]


def test_a_new_event_is_a_difference_without_a_before() -> None:
    more = flat(BOOK) | {
        "events.own.severity": "minor",
        "events.own.points": "-1",
        "events.own.cap": "",
        "events.own.cap_days": "",
    }
    found = differences(BOOK, nested(more))
    assert {(one.field, one.before) for one in found} >= {("events.own.points", None)}
    with pytest.raises(InvalidRuleBook):
        require_events_kept(nested(more), BOOK)
    require_events_kept(BOOK, nested(more))


def test_a_draft_is_carried_over_with_all_that_it_changes() -> None:
    mine = nested(_with("strength", "30") | {"window_days": "60"})
    newest = nested(_with("window_days", "80") | {"grades.margin": "2"})
    book, both = carried_over(BOOK, newest, mine)
    fields = flat(book)
    assert (fields["strength"], fields["window_days"], fields["grades.margin"]) == ("30", "60", "2")
    assert both == ["window_days"]


@given(
    st.dictionaries(
        st.sampled_from(["strength", "window_days", "prior_months", "least_ranked_n"]),
        st.integers(1, 50).map(str),
    ),
    st.dictionaries(
        st.sampled_from(["strength", "window_days", "grades.margin"]), st.integers(1, 9).map(str)
    ),
)
def test_carrying_over_loses_nothing(own: dict[str, str], theirs: dict[str, str]) -> None:
    mine, newest = nested(flat(BOOK) | own), nested(flat(BOOK) | theirs)
    book, _ = carried_over(BOOK, newest, mine)
    fields = flat(book)
    for one in differences(BOOK, mine):
        assert fields[one.field] == one.after
    for one in differences(BOOK, newest):
        if one.field not in {mine_.field for mine_ in differences(BOOK, mine)}:
            assert fields[one.field] == one.after


def test_a_copy_is_one_of_its_own() -> None:
    book = copied(BOOK)
    book["events"]["rude_service"]["points"] = "-9"
    assert BOOK["events"]["rude_service"]["points"] == "-3"


def test_the_rules_that_installations_start_with_hold() -> None:
    assert DEFAULT_BOOK.events["false_closure"].points == Decimal(-10)


MANGLE: list[Callable[[str], str]] = [
    str.upper,
    lambda text: f" {text}",
    lambda _: "",
    lambda _: "x" * 500,
]


@pytest.mark.parametrize("mangle", MANGLE)
def test_nothing_that_is_typed_breaks_the_reading(mangle: Callable[[str], str]) -> None:
    for path, text in flat(BOOK).items():
        with contextlib.suppress(InvalidRuleBook):
            book_from_json(nested(flat(BOOK) | {path: mangle(text)}))
