"""The replay of real requests, on requests of our own making."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bench.replay import (
    BEST,
    Columns,
    Request,
    agreement,
    causes,
    holidays_of,
    is_business_day,
    is_weekday,
    judge,
    learn,
    outcomes,
    own_due,
    read_request,
    replay,
    table_of,
    taken_in,
    ways_of,
)
from hotline.kernel.clock import SHANGHAI

NEW_YORK = ZoneInfo("America/New_York")
WAYS = ways_of(NEW_YORK)
PLAIN = "%Y-%m-%d %H:%M:%S"
AS_OF = datetime(2012, 1, 1, tzinfo=SHANGHAI)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2011-{text}").replace(tzinfo=SHANGHAI)


def pothole(opened: str, due: str, kind: str = "pothole") -> Request:
    return Request(kind, at(opened), at(due))


def test_a_row_is_read_on_the_wall_clock() -> None:
    columns = Columns(NEW_YORK, PLAIN, "type", "open", "target", "closed", "ontime")
    row = {
        "type": "pothole",
        "open": "2011-07-05 09:00:00",
        "target": "",
        "closed": "2011-07-06 10:00:00",
        "ontime": "OVERDUE",
    }
    assert read_request(row, columns) == Request(
        "pothole", at("07-05T09:00"), None, at("07-06T10:00"), False
    )
    assert read_request({**row, "open": ""}, columns) is None
    silent = read_request({**row, "ontime": ""}, columns)
    assert silent is not None
    assert silent.was_on_time is None


def test_holidays_of_massachusetts() -> None:
    assert {
        date(2011, 1, 17),
        date(2011, 4, 18),
        date(2011, 5, 30),
        date(2011, 7, 4),
        date(2011, 9, 5),
        date(2011, 10, 10),
        date(2011, 11, 11),
        date(2011, 11, 24),
        date(2011, 12, 26),
    } <= holidays_of(2011)
    assert is_weekday(date(2011, 7, 4))
    assert not is_business_day(date(2011, 7, 4))


@pytest.mark.parametrize(
    ("opened", "started"),
    [
        ("10-12T02:00", "10-12T02:00"),
        ("10-12T16:59:59", "10-12T16:59:59"),
        ("10-12T17:00", "10-13T08:30"),
        ("10-14T18:00", "10-17T08:30"),
        ("10-15T14:38", "10-17T14:38"),
        ("10-16T17:08", "10-18T08:30"),
    ],
)
def test_intake_moves_to_business_days_and_evenings_to_the_morning(
    opened: str, started: str
) -> None:
    assert taken_in(at(opened), is_weekday) == at(started)


def test_a_day_of_the_engine_is_an_hour_off_where_the_clocks_are_put_back() -> None:
    natural, wall = WAYS["natural time alone"][0], WAYS["and days of the wall clock"][0]
    assert natural.due(at("11-01T12:00"), 7 * 1440) == at("11-08T11:00")
    assert wall.due(at("11-01T12:00"), 7 * 1440) == at("11-08T12:00")
    assert natural.due(at("07-01T12:00"), 7 * 1440) == at("07-08T12:00")


def test_a_rule_is_the_way_by_which_most_due_instants_come_out() -> None:
    weekday_rows = [pothole("10-12T10:00", "10-14T10:00"), pothole("10-13T11:00", "10-17T11:00")]
    rule = learn([*weekday_rows, pothole("10-12T10:00", "10-19T09:00")], WAYS[BEST])["pothole"]
    assert rule.way.name == "weekdays"
    assert rule.minutes == 2 * 1440
    evening = pothole("10-14T18:00", "10-19T08:30")
    rule = learn([*weekday_rows, evening, evening], WAYS[BEST])["pothole"]
    assert rule.way.name == "weekdays, taken in"
    assert not learn([pothole("10-12T10:00", "10-11T10:00")], WAYS[BEST])


def test_no_row_is_judged_by_a_rule_that_it_helped_to_make() -> None:
    mine, other = pothole("10-12T10:00", "10-14T10:00"), pothole("10-12T10:00", "10-13T10:00")
    natural = WAYS["natural time alone"]
    apart = {one.request.due: one.apart for one in judge([mine, other], natural)}
    assert apart == {mine.due: -timedelta(days=1), other.due: timedelta(days=1)}


def test_agreement_widens_with_the_bound() -> None:
    due = ["10-14T10:00", "10-14T09:59:30", "10-14T08:00", "10-20T10:00"]
    rows = [pothole("10-12T10:00", instant) for instant in due for _ in range(2)]
    rows += [pothole("10-12T10:00", "10-14T10:00")] * 8
    assert agreement(judge(rows, WAYS["natural time alone"])) == {
        "exactly": round(10 / 16, 4),
        "within_a_minute": round(12 / 16, 4),
        "within_a_day": round(14 / 16, 4),
    }


def test_every_difference_has_a_cause() -> None:
    usual = [pothole("10-12T10:00", "10-14T10:00")] * 60
    rows = [
        *usual,
        pothole("10-12T10:00", "10-12T09:00"),
        pothole("11-05T12:00", "11-07T12:00"),
        pothole("10-12T10:05", "10-14T10:00"),
        pothole("10-12T10:00", "10-14T17:00"),
        *[pothole(f"10-12T10:0{n}", f"10-15T10:0{n}") for n in range(4)],
        *[pothole(f"10-0{n}T10:00", "10-30T00:00") for n in range(1, 4)],
        pothole("10-12T10:00", "10-22T10:00"),
        pothole("10-12T18:00", "10-17T08:30"),
        pothole("10-12T10:00", "10-22T10:00", "comet"),
    ]
    assert causes(judge(rows, WAYS["natural time alone"])) == {
        "due before it was opened": 1,
        "the hour of summer time": 1,
        "counted from minutes before it was filed": 1,
        "the right day at another hour": 1,
        "a type with several limits": 4,
        "started at an opening, by hours of its own": 1,
        "moved in one go with others": 3,
        "a limit that hardly any other row has: set by hand": 1,
        "a type that only one half has": 1,
    }


def test_verdicts_are_compared_and_what_is_open_is_judged_at_the_end() -> None:
    opened, due = at("10-12T10:00"), at("10-14T10:00")
    rows = [
        Request("pothole", opened, due, closed, verdict)
        for closed, verdict in (
            (due, True),
            (due, True),
            (due + timedelta(seconds=1), False),
            (due + timedelta(seconds=1), True),
            (None, False),
            (None, None),
        )
    ]
    judged = judge(rows, WAYS["natural time alone"])
    assert outcomes(judged, AS_OF) == {
        "judged": 5,
        "agree": 0.8,
        "met, ours met": 2,
        "missed, ours missed": 2,
        "met, ours missed": 1,
    }
    assert own_due(rows, AS_OF) == {
        "agree": 4,
        "differ": 1,
        "closed in the very second it was due": 2,
    }


def test_a_replay_tells_of_every_row() -> None:
    rows = [
        Request("pothole", at("10-12T10:00"), at("10-14T10:00"), at("10-13T10:00"), True),
        Request("pothole", at("10-13T10:00"), at("10-17T10:00"), None, False),
        Request("comments", at("10-13T10:00"), None, at("10-12T10:00")),
    ]
    results = replay(rows, NEW_YORK)
    assert (results["rows"], results["judged"], results["without_due"]) == (3, 2, 1)
    assert results["closed_before_opened"] == 1
    text = "\n".join(table_of({"city": results}))
    assert "2 with a due instant" in text
    assert replay(rows[2:], NEW_YORK)["judged"] == 0


def test_instants_of_a_zone_are_true_ones() -> None:
    natural = WAYS["natural time alone"][0]
    due = natural.due(at("07-01T12:00"), 60)
    assert due == at("07-01T13:00")
    assert due.replace(tzinfo=NEW_YORK).astimezone(UTC).hour == 17
