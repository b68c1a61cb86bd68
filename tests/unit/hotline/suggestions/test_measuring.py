"""Figures, folds, and when a model is trained and takes over."""

import pytest

from hotline.suggestions.measuring import (
    Judged,
    bins_of,
    figures_of,
    is_better,
    is_training_due,
    threshold_of,
)
from hotline.suggestions.repeats import groups_of
from hotline.suggestions.splitting import folds_of, rolled_up


def judged(truth: str, said: str, share: float = 0.9, rank: int | None = None) -> Judged:
    place = (1 if truth == said else 0) if rank is None else rank
    return Judged(truth, said, share, place, is_sure=share >= 0.5)


def test_figures_by_hand() -> None:
    found = figures_of(
        [judged("a", "a"), judged("a", "b", 0.4, 2), judged("b", "b"), judged("b", "b", 0.6)]
    )
    assert (found.count, found.accuracy, found.top3) == (4, 0.75, 1.0)
    a, b = found.classes
    assert (a.precision, a.recall, round(a.f1, 3)) == (1.0, 0.5, 0.667)
    assert (round(b.precision, 3), b.recall, round(b.f1, 3)) == (0.667, 1.0, 0.8)
    assert round(found.macro_f1, 3) == 0.733
    assert found.confusions == (("b", "b", 2), ("a", "a", 1), ("a", "b", 1))
    assert (found.sure, found.sure_accuracy) == (0.75, 1.0)


def test_nothing_judged_is_no_error() -> None:
    found = figures_of([])
    assert (found.accuracy, found.macro_f1, found.ece, found.sure_accuracy) == (0, 0, 0, None)
    assert found.as_json()["classes"] == []


def test_bins_are_ten_and_hold_everything() -> None:
    found = bins_of([judged("a", "a", share / 20) for share in range(21)])
    assert len(found) == 10
    assert sum(one.count for one in found) == 21
    assert found[9].count == 3  # 0.9, 0.95 and 1


def test_what_is_said_with_half_and_right_half_of_the_time_has_no_error() -> None:
    assert figures_of([judged("a", "a", 0.5), judged("a", "b", 0.5)]).ece == 0


@pytest.mark.parametrize(
    ("found", "threshold"),
    [
        ([(0.9, True)] * 9 + [(0.55, False)], 0.5),
        ([(0.9, True)] * 8 + [(0.55, False)] * 2, 0.56),
        ([(0.95, False)] * 4, 0.9),
        ([], 0.9),
    ],
)
def test_sure_begins_where_nine_of_ten_are_right(
    found: list[tuple[float, bool]], threshold: float
) -> None:
    assert threshold_of(found) == threshold


@pytest.mark.parametrize(
    ("closed", "since", "due"),
    [(59, None, False), (60, None, True), (500, 99, False), (500, 100, True)],
)
def test_when_training_is_due(closed: int, since: int | None, due: bool) -> None:
    assert is_training_due(closed, since) is due


@pytest.mark.parametrize(
    ("active", "fresh", "better"),
    [(None, 0.1, True), (0.8, 0.8, False), (0.8, 0.804, False), (0.8, 0.806, True)],
)
def test_what_takes_over(active: float | None, fresh: float, better: bool) -> None:
    assert is_better(active, fresh) is better


def test_rare_categories_are_learned_as_those_above_them() -> None:
    codes = ["a.b.c", "a.b.c", "a.b.d", "a.b.d", "a.e", "z.y"] + ["x.w"] * 4
    assert rolled_up(codes) == ["a.b"] * 4 + [None, None] + ["x.w"] * 4
    assert rolled_up(["a.b", "a.c", "a", "a"]) == ["a"] * 4
    assert rolled_up([]) == []


def test_groups_stay_whole_and_labels_are_spread() -> None:
    labels = ["a"] * 20 + ["b"] * 10
    groups = [0, 0, 0, *range(3, 30)]
    folds = folds_of(labels, groups, 5, seed=1)
    assert folds == folds_of(labels, groups, 5, seed=1)
    assert len(set(folds[:3])) == 1
    assert sorted(folds[20:].count(fold) for fold in range(5)) == [2] * 5


def test_near_identical_texts_are_one_group() -> None:
    said = "建设路的路灯已经三天不亮了，晚上出行很不安全，请有关部门尽快派人来修理，谢谢你们"
    other = "小学门口每天早上堵车，家长接送孩子非常困难，希望增加交警疏导"
    found = groups_of([said, other, said + "！", said.replace("谢谢你们", "谢谢"), "", "短"])
    assert found[0] == found[2] == found[3]
    assert len({found[0], found[1], found[5]}) == 3
