"""Whatever comes in is understood or refused with a number of GeoReport: nothing falls over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings, strategies as st

from hotline.open311.dates import SPAN, read_instant, read_span
from hotline.open311.faults import RequestRefused
from hotline.open311.parameters import (
    attributes,
    is_link,
    read_listing,
    read_request,
    read_update,
    read_updates,
)
from hotline.open311.receiving import check_attributes
from hotline.open311.wording import clean, gathered, writable
from hotline.tickets.questions import Choice, Datatype, Question
from web.open311.addresses import read_address
from web.open311.bodies import read_pairs
from web.open311.documents import Item, Listing, Record, written

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NAMES = st.sampled_from(
    [
        *("service_request_id", "service_code", "start_date", "end_date", "status", "page", "q"),
        *("page_size", "updated_after", "updated_before", "lat", "long", "radius", "extensions"),
        *("description", "address_string", "email", "media_url", "first_name", "last_name"),
        *("phone", "device_id", "account_id", "address_id", "attribute[A]", "attribute[A][]"),
        *("attribute[", "jurisdiction_id", "update_id", "updated_datetime"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *("open", "closed", "1", "-1", "nan", "inf", "1e309", "9" * 400, "90", "180.0", "0"),
            *("2026-11-21T09:30:00+08:00", "2026-11-21T09:30:00 08:00", "0001-01-01T00:00:00Z"),
            *("9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z", "2026-11-21T09:30:00+99:99"),
            *("http://[", "http://a", "https://例え.jp/x", "a@b", "true", "\x00", "\ud7ff", "١"),
        ]
    ),
)
GIVEN = st.lists(st.tuples(NAMES, VALUES), max_size=12)


def _refusal(call: Callable[[], object]) -> RequestRefused | None:
    try:
        call()
    except RequestRefused as error:
        return error
    return None


@settings(max_examples=150)
@given(GIVEN)
def test_any_parameters_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    parameters = gathered(pairs)
    for refusal in (
        _refusal(lambda: read_listing(parameters, NOW)),
        _refusal(lambda: read_updates(parameters, NOW)),
        _refusal(lambda: read_update(parameters)),
    ):
        assert refusal is None or {fault.code for fault in refusal.faults} == {400}
    new, faults = read_request(parameters)
    assert all(fault.code == 400 for fault in faults)
    assert faults or new.lat is not None or new.address or new.address_id


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    refusal = _refusal(lambda: gathered(read_pairs(body)))
    assert refusal is None or refusal.status == 400


@settings(max_examples=100)
@given(st.text(max_size=60), st.sampled_from(["GET", "HEAD", "POST", "PUT", "TRACE", "x"]))
def test_any_address_is_read_or_refused(path: str, method: str) -> None:
    for ending in ("", ".xml", ".json"):
        for base in ("", "v2/", "test/v2/requests/"):
            refusal = _refusal(partial(read_address, f"{base}{path}{ending}", method))
            assert refusal is None or refusal.status in {404, 405}


@given(st.text())
def test_any_text_can_be_written_as_xml_and_json(text: str) -> None:
    record = Record("a", [("b", text), ("c", Listing("cs", [Item("d", text)]))])
    for form in ("xml", "json"):
        assert written(record, form)
    assert writable(clean(text)) == clean(text)


@given(st.dictionaries(st.sampled_from(["N", "D", "S", "M", "T", "?"]), st.lists(VALUES)))
def test_any_attributes_are_read_or_refused(given_: dict[str, list[str]]) -> None:
    choices = (Choice("A", "甲", "A"), Choice("B", "乙", "B"))
    questions = [
        Question("N", Datatype.NUMBER, True, 1, "n", "n"),
        Question("D", Datatype.DATETIME, False, 2, "d", "d"),
        Question("S", Datatype.ONE, False, 3, "s", "s", choices=choices),
        Question("M", Datatype.MANY, False, 4, "m", "m", choices=choices),
        Question("T", Datatype.TEXT, False, 5, "t", "t"),
    ]
    answers, faults = check_attributes(questions, given_)
    assert "?" not in answers
    assert all(fault.code == 400 and "attribute[" in fault.description for fault in faults)


def test_an_answer_that_ends_the_intake_is_refused_with_its_words() -> None:
    stop = Choice("FIRE", "着火", "fire", stop="请拨打119", stop_en="Call 119")
    question = Question("WHAT", Datatype.ONE, True, 1, "w", "w", choices=(stop,))
    _, (fault,) = check_attributes([question], {"WHAT": ["FIRE"]})
    assert "119" in fault.description


@pytest.mark.parametrize(
    ("start", "end", "begins", "last"),
    [
        (None, None, NOW - SPAN, NOW),
        (NOW, None, NOW, NOW + SPAN),
        (None, NOW, NOW - SPAN, NOW),
        (NOW - timedelta(days=1), NOW, NOW - timedelta(days=1), NOW),
        (NOW, NOW, NOW, NOW),
    ],
)
def test_both_ends_belong_to_a_span(
    start: datetime | None, end: datetime | None, begins: datetime, last: datetime
) -> None:
    span = read_span(start, end, NOW)
    assert (span.begins, span.ends) == (begins, last + timedelta(seconds=1))


def test_a_part_of_a_second_is_meant_when_it_is_given() -> None:
    end = read_instant("2026-11-21T09:30:00.250000+08:00", "end_date")
    assert read_span(None, end, NOW).ends == end + timedelta(microseconds=1)


def test_attributes_are_gathered_by_code() -> None:
    pairs = [("attribute[A][]", "2"), ("attribute[A]", "1"), ("attribute[B]", "x"), ("b[A]", "y")]
    assert attributes(gathered(pairs)) == {"A": ["2", "1"], "B": ["x"]}


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("Ann", "Lee", "Ann Lee"), ("测试", "欧阳", "欧阳测试"), ("", "王", "王"), ("Ann", "", "Ann")],
)
def test_the_family_name_stands_where_it_is_said(first: str, last: str, name: str) -> None:
    new, _ = read_request(gathered([("first_name", first), ("last_name", last)]))
    assert new.name == name


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("https://example.org/a.jpg?x=1", True),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("http://a b", False),
        ("http://[", False),
        ("//example.org", False),
        ("https://example.org/" + "x" * 2000, False),
    ],
)
def test_a_link_leads_to_the_web(text: str, fits: bool) -> None:
    assert is_link(text) is fits
