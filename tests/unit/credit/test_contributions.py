"""What facts come to: the same in whatever order they are told, and however often."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from credit.intake.facts import ExclusionEnded, ToldFact, WorkExcluded
from credit.intake.rates import (
    EXCLUSIONS,
    KINDS,
    Contribution,
    Correction,
    Standing,
    after,
    contributions,
    corrections,
    read_fact,
    standing_of,
)
from credit.ledger import Measure
from credit.rulebook import DEFAULT_BOOK
from hotline.kernel.facts import Fact
from hotline.procedures.events import RatingUnfounded
from hotline.tickets.counted import (
    AssignmentSettled,
    EndChanged,
    MilestoneEnded,
    PlaceChecked,
    RequesterAnswered,
    WorkAudited,
)
from hotline.tickets.events import PromiseEnded, WorkBegunAgain

TICKET, NUMBER = str(uuid.UUID(int=7)), "2611300000015"
BEGINNING = datetime(2026, 11, 2, tzinfo=UTC)
NAMED: dict[str, Any] = {"ticket_id": TICKET, "ticket_number": NUMBER}


def values(_at: datetime) -> Mapping[int, Decimal]:
    return DEFAULT_BOOK.rating_values


def told(fact: Fact, nth: int = 0, hours: int = 0) -> ToldFact:
    at = BEGINNING + timedelta(hours=hours)
    return ToldFact(uuid.UUID(int=1000 + nth), fact.topic, fact.payload(), at)


_small = st.integers(1, 2)
_ids = st.sampled_from(["a", "b", "c"])


@st.composite
def _unit(draw: st.DrawFn) -> dict[str, Any]:
    return NAMED | {
        "department_id": draw(_small),
        "hop": draw(_small),
        "round": draw(_small),
        "category": draw(st.sampled_from(["", "urban"])),
    }


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """Any fact, with ids from so few that they tell of one another."""
    unit, flag, name = draw(_unit()), draw(st.booleans()), draw(_ids)
    punctual = st.sampled_from([None, "in_time", "late", "excused", "not_asked"])
    return draw(
        st.sampled_from(
            [
                AssignmentSettled(
                    **unit,
                    assignment_id=name,
                    role=draw(st.sampled_from(["lead", "co"])),
                    ended=draw(st.sampled_from(["done", "done", "returned", "withdrawn"])),
                    signed=draw(punctual),
                    contacted=draw(punctual),
                    was_paused=flag,
                ),
                PromiseEnded(
                    **unit,
                    commitment_id=name,
                    outcome=draw(st.sampled_from(["kept", "broken"])),
                    due_at=BEGINNING.isoformat(),
                    outcome_at=BEGINNING.isoformat(),
                    is_excused=flag,
                ),
                MilestoneEnded(
                    **unit,
                    milestone_id=name,
                    position=1,
                    due_at=BEGINNING.isoformat(),
                    met=flag,
                    is_excused=draw(st.booleans()) and not flag,
                ),
                RequesterAnswered(
                    **unit,
                    visit_id=name,
                    solved=flag,
                    rating=draw(st.sampled_from([None, 1, 2, 3, 4, 5])),
                    was_explained=draw(st.sampled_from([False, False, True])),
                    is_in_confidence=draw(st.booleans()),
                ),
                WorkAudited(
                    **unit, feedback_id=name, passed=flag, by=draw(st.sampled_from(["audit", "qa"]))
                ),
                PlaceChecked(**unit, check_id=name, is_done=flag),
                RatingUnfounded(**NAMED, round=draw(_small), reason="malicious"),
                WorkBegunAgain(**NAMED, round=2, action=draw(st.sampled_from(["reopen", "x"]))),
                EndChanged(
                    **NAMED,
                    closure=draw(st.sampled_from([None, "merged", "cancelled", "final_reply"])),
                    version=draw(st.integers(1, 50)),
                ),
                WorkExcluded(
                    **NAMED,
                    exclusion_id=name,
                    cause="pilot",
                    department_id=draw(st.sampled_from([None, 1])),
                ),
                ExclusionEnded(**NAMED, exclusion_id=name),
            ]
        )
    )


@st.composite
def histories(draw: st.DrawFn) -> list[ToldFact]:
    drawn = draw(st.lists(facts(), min_size=1, max_size=9))
    # Of one end there is one version only.
    drawn = [
        EndChanged(**NAMED, closure=one.closure, version=100 + nth)
        if isinstance(one, EndChanged)
        else one
        for nth, one in enumerate(drawn)
    ]
    return [told(one, nth, draw(st.integers(0, 5))) for nth, one in enumerate(drawn)]


def post(facts: Sequence[ToldFact]) -> tuple[list[Correction], dict[str, Standing]]:
    """Post facts one after the other, as it is done, and return every row and what stands."""
    known: list[ToldFact] = []
    rows: list[Correction] = []
    standing: dict[str, Standing] = {}
    for fact in facts:
        if fact in known:
            continue
        known.append(fact)
        wanted = contributions(map(read_fact, known), values)
        made = corrections(standing, wanted, fact.id)
        rows += made
        standing = after(standing, made)
        assert {key: _bare(one) for key, one in wanted.items()} == {
            key: _bare(standing[key].contribution) for key in wanted
        }
        # Two who tell of one thing with other words may leave a name behind, and nothing under it.
        assert not any(standing[key].contribution.n for key in standing.keys() - wanted.keys())
    return rows, standing


def _bare(one: Contribution) -> object:
    return (
        *(one.department_id, one.hop, one.round, one.measure, one.category),
        *(one.k, one.n, one.cause, one.finished_at),
    )


def _sums(rows: Sequence[Correction]) -> Counter[object]:
    """Return what the rows add up to, as a score adds them."""
    total: Counter[object] = Counter()
    for row in rows:
        one = row.contribution
        place = (one.department_id, one.measure, one.category, one.finished_at)
        total[place, "n"] += one.n
        total[place, "k"] += one.k  # type: ignore[assignment]  # decimals add up as well
    return Counter({key: value for key, value in total.items() if value})


@settings(max_examples=150)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_and_the_number_of_tellings_do_not_matter(
    history: list[ToldFact], chance: Any
) -> None:
    rows, _ = post(history)
    mixed = history * 2
    chance.shuffle(mixed)
    others, _ = post(mixed)
    assert _sums(others) == _sums(rows)


@settings(max_examples=100)
@given(histories())
def test_rows_are_whole_and_named_once(history: list[ToldFact]) -> None:
    rows, standing = post(history)
    assert len({row.source_key for row in rows}) == len(rows)
    assert all(row.contribution.n in {-1, 0, 1} for row in rows)
    assert all(abs(row.contribution.k) <= abs(row.contribution.n) for row in rows)
    assert all(len(row.source_key) <= 160 for row in rows)
    assert standing_of(reversed(rows)) == standing
    counted = Counter(one.contribution.measure for one in standing.values() if one.contribution.n)
    assert (
        Counter(
            {m: sum(r.contribution.n for r in rows if r.contribution.measure is m) for m in Measure}
        )
        - Counter()
        == counted
    )


@pytest.mark.parametrize("topic", KINDS)
def test_every_kind_is_read_from_its_payload(topic: str) -> None:
    assert KINDS[topic].topic == topic


def test_the_codes_of_exclusion_are_those_of_the_rules() -> None:
    assert {
        *("out_of_duty", "unreasonable", "malicious", "duplicate_child", "withdrawn"),
        *("misdispatch", "force_majeure", "pilot"),
    } == EXCLUSIONS


def _task(**more: Any) -> AssignmentSettled:
    return AssignmentSettled(
        **(
            NAMED
            | {
                "department_id": 1,
                "hop": 1,
                "round": 1,
                "category": "urban",
                "assignment_id": "a",
                "role": "lead",
                "ended": "done",
                "signed": "late",
                "contacted": "in_time",
                "was_paused": False,
            }
            | more
        )
    )


def test_only_the_hop_that_was_given_back_is_set_aside() -> None:
    """The same department gets the ticket back by the authority's word: that counts."""
    history = [
        told(_task(ended="returned"), 1),
        told(_task(assignment_id="b", hop=3, signed="in_time"), 2, 5),
    ]
    _, standing = post(history)
    counted = {key: one.contribution.k for key, one in standing.items() if one.contribution.n}
    assert counted == {"base:b": 1, "sign:b": 1, "contact:b": 1}
    assert standing["sign:a"].contribution.cause == "misdispatch"


def test_the_end_of_the_highest_version_holds() -> None:
    ends = [
        told(EndChanged(**NAMED, closure="merged", version=5), 2, 1),
        told(EndChanged(**NAMED, closure=None, version=6), 3, 2),
        told(EndChanged(**NAMED, closure="final_reply", version=9), 4, 3),
    ]
    _, standing = post([*reversed(ends), told(_task(), 1)])
    assert {one.contribution.cause for one in standing.values()} == {"unreasonable"}
    _, standing = post([ends[1], told(_task(), 1), ends[0]])
    assert all(one.contribution.n for one in standing.values())


def test_a_rating_after_the_judgement_is_not_judged_by_it() -> None:
    answer: dict[str, Any] = NAMED | {
        "department_id": 1,
        "hop": 1,
        "round": 1,
        "category": "urban",
        "solved": True,
        "was_explained": False,
        "is_in_confidence": False,
    }
    history = [
        told(RequesterAnswered(**answer, visit_id="a", rating=1), 1, 1),
        told(RatingUnfounded(**NAMED, round=1, reason="malicious"), 2, 2),
        told(RequesterAnswered(**answer, visit_id="b", rating=2), 3, 3),
    ]
    _, standing = post(history)
    (satisfied,) = [
        one.contribution for key, one in standing.items() if key.startswith("satisfied")
    ]
    assert satisfied.k == Decimal("0.2")
