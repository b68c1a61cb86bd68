"""The pictures of credit: everything drawn lies inside, whatever the figures."""

import re
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, strategies as st

from credit.rulebook import DEFAULT_BOOK
from web.views.credit_charts import (
    WHISKER_WIDTH,
    Axis,
    Block,
    Dot,
    Picture,
    build_up,
    radar,
    scale_of,
    spark,
    trend,
)

LINES = DEFAULT_BOOK.grades.lines
SCORES = st.decimals(0, 100, places=2)
DAY = date(2026, 11, 30)


def _assert_inside(picture: Picture) -> None:
    for _, path, _ in picture.paths:
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path):
            assert -1 <= float(x) <= picture.width + 1
            assert -1 <= float(y) <= picture.height + 1
    for box in picture.boxes:
        assert box.width >= 0
        assert -1 <= box.x <= box.x + box.width <= picture.width + 1


@given(SCORES, st.decimals(-40, 10, places=2))
def test_a_score_comes_about_within_its_picture(performance: Decimal, ledger: Decimal) -> None:
    blocks = [
        Block(Decimal(weight), Decimal(weight) / 2, "") for weight in (10, 10, 25, 25, 20, 10)
    ]
    score = min(max(performance + ledger, Decimal(0)), Decimal(100))
    picture = build_up(blocks, performance, ledger, (score, score), LINES, ("P", "L"))
    _assert_inside(picture)
    tones = {box.tone for box in picture.boxes}
    assert ("build-minus" in tones) == (score < performance)
    assert ("build-plus" in tones) == (score > performance)


@given(st.lists(st.tuples(st.integers(0, 180), SCORES), max_size=30, unique_by=lambda one: one[0]))
def test_a_course_stays_within_its_picture(known: list[tuple[int, Decimal]]) -> None:
    dots = [
        Dot(
            DAY - timedelta(days=ago),
            score,
            max(score - 5, Decimal(0)),
            min(score + 5, Decimal(100)),
        )
        for ago, score in sorted(known, reverse=True)
    ]
    coming = [(DAY, Decimal(60)), (DAY + timedelta(days=90), Decimal(80))]
    picture = trend(dots, dots[:3], coming, LINES)
    assert (picture is None) == (len(dots) + len(dots[:3]) < 2)
    if picture is not None:
        _assert_inside(picture)


def test_one_night_makes_no_course() -> None:
    assert trend([Dot(DAY, Decimal(80), Decimal(70), Decimal(90))], [], [], LINES) is None
    assert spark([Decimal(80)]) == ""
    assert spark([Decimal(80), Decimal(80)]).startswith("M")


@given(st.lists(st.none() | st.floats(0, 1), min_size=6, max_size=6))
def test_a_radar_stays_within_its_picture(own: list[float | None]) -> None:
    picture = radar([Axis("指标", share, 0.5) for share in own])
    _assert_inside(picture)
    names = [name for name, _, _ in picture.paths]
    assert "radar-peers" in names
    assert ("radar-own" in names) == any(share is not None for share in own)


@given(SCORES, SCORES, SCORES)
def test_whiskers_stay_on_their_scale(one: Decimal, two: Decimal, three: Decimal) -> None:
    low, score, high = sorted((one, two, three))
    scale = scale_of([low], LINES)
    for path in (scale.whisker(low, high), scale.dot(score), scale.ground):
        for x in re.findall(r"[MLH](-?[\d.]+)", path):
            assert -1 <= float(x) <= WHISKER_WIDTH + 1
