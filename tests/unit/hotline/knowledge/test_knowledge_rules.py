"""The rules of knowledge: who takes an article further, what it may say, when it must be looked at."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.kernel.errors import DomainError
from hotline.knowledge import errors
from hotline.knowledge.phrase_rules import BLANK, PLACEHOLDERS, fill, require_placeholders
from hotline.knowledge.rules import (
    GRACE,
    REMIND_BEFORE,
    ArticleState,
    ArticleStep,
    ArticleText,
    CorrectionState,
    Keeper,
    ReviewWarned,
    article_number,
    holds_personal_data,
    is_contribution,
    may_keep,
    may_publish,
    may_write,
    nth_of,
    require_decider,
    require_second_person,
    require_state,
    require_text,
    review_warning,
    warnings_of,
)
from hotline.people.permissions import HOTLINE_ROLES, Role, permissions_of

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
OWNER, OTHER = 7, 8
TEXT = ArticleText(
    title="供暖温度标准", short="不低于18度", answer="全文", valid_from=date(2026, 1, 1)
)
A, B = uuid.UUID(int=1), uuid.UUID(int=2)


def keeper(role: Role, department: int = OWNER) -> Keeper:
    return Keeper(permissions_of([role]), role in HOTLINE_ROLES, department, A)


@pytest.mark.parametrize(
    ("role", "department", "writes", "keeps", "publishes"),
    [
        (Role.OPERATOR, 1, True, False, False),
        (Role.DISPATCHER, 1, True, False, False),
        (Role.AUDITOR, 1, True, True, True),
        (Role.SUPERVISOR, 1, True, True, True),
        (Role.VISITOR, 1, False, False, False),
        (Role.AUTHORITY, 1, False, False, False),
        (Role.ADMIN, 1, True, False, False),
        (Role.HANDLER, OWNER, True, True, False),
        (Role.LEADER, OWNER, True, True, True),
        (Role.HANDLER, OTHER, False, False, False),
        (Role.LEADER, OTHER, False, False, False),
        (Role.OBSERVER, OWNER, False, False, False),
        (Role.DISCIPLINE, OWNER, False, False, False),
    ],
)
def test_who_writes_keeps_and_publishes(
    role: Role, department: int, writes: bool, keeps: bool, publishes: bool
) -> None:
    person = keeper(role, department)
    assert may_write(person, OWNER) is writes
    assert may_keep(person, OWNER) is keeps
    assert may_publish(person, OWNER) is publishes


def test_an_article_takes_two() -> None:
    require_second_person(A, B)
    require_second_person(None, B)
    with pytest.raises(errors.SecondPersonForArticle):
        require_second_person(A, A)


def test_a_report_takes_two_and_is_decided_once() -> None:
    require_decider(state=CorrectionState.OPEN, reported_by=A, actor=B)
    with pytest.raises(errors.SecondPersonForCorrection):
        require_decider(state=CorrectionState.OPEN, reported_by=A, actor=A)
    for state in (CorrectionState.ACCEPTED, CorrectionState.DONE, CorrectionState.REFUSED):
        with pytest.raises(errors.CorrectionDecided):
            require_decider(state=state, reported_by=A, actor=B)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"valid_until": date(2025, 12, 31)}, errors.InvalidValidity),
        ({"review_days": 6}, errors.InvalidReviewPeriod),
        ({"review_days": 731}, errors.InvalidReviewPeriod),
        ({"tags": tuple("一二三四五六七八九十一二三四五六七八九十一")}, errors.TooManyLabels),
        ({"tags": ("长" * 33,)}, errors.TooManyLabels),
        ({"answer": "请拨打 13800001111 咨询"}, errors.PersonalDataInArticle),
        ({"title": "138 0000 1111 怎么打不通"}, errors.PersonalDataInArticle),
        ({"short": "证号 612401199001011234"}, errors.PersonalDataInArticle),
        ({"tags": ("13800001111",)}, errors.PersonalDataInArticle),
    ],
)
def test_what_an_article_may_not_say(change: dict[str, object], error: type[DomainError]) -> None:
    require_text(TEXT)
    with pytest.raises(error):
        require_text(replace(TEXT, **change))  # type: ignore[arg-type]


def test_offices_numbers_are_no_personal_data() -> None:
    for text in ("请拨打12345", "0901-8880000", "供热面积 100000 平方米", "18度", ""):
        assert not holds_personal_data(text)


@pytest.mark.parametrize(
    ("days", "told_days_ago", "warned"),
    [
        (REMIND_BEFORE.days + 1, None, ReviewWarned.NONE),
        (REMIND_BEFORE.days, None, ReviewWarned.SOON),
        (1, None, ReviewWarned.SOON),
        (0, None, ReviewWarned.DUE),
        (-400, None, ReviewWarned.DUE),
        (-400, GRACE.days - 1, ReviewWarned.DUE),
        (-400, GRACE.days, ReviewWarned.STALE),
        (-GRACE.days, GRACE.days, ReviewWarned.STALE),
        (1 - GRACE.days, 30, ReviewWarned.DUE),
    ],
)
def test_nobody_is_scored_for_what_he_was_not_told(
    days: int, told_days_ago: int | None, warned: ReviewWarned
) -> None:
    told = None if told_days_ago is None else NOW - timedelta(days=told_days_ago)
    assert review_warning(NOW + timedelta(days=days), told, NOW) is warned


def test_warnings_name_the_gravest_first() -> None:
    found = warnings_of(
        ArticleState.CORRECTING,
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 3, 1),
        review_by=NOW,
        is_reported=True,
        now=NOW,
    )
    assert [one.value for one in found] == ["expired", "correcting", "reported", "stale"]
    fine = warnings_of(
        ArticleState.PUBLISHED,
        valid_from=date(2026, 3, 2),
        valid_until=date(2026, 3, 2),
        review_by=NOW + timedelta(seconds=1),
        is_reported=False,
        now=NOW,
    )
    assert fine == ()


def test_only_what_the_hotline_took_up_first_is_a_contribution() -> None:
    known = {"is_hotline_owner": False, "is_first": True, "publisher_is_hotline": True}
    assert is_contribution(**known)
    for name in ("is_first", "publisher_is_hotline"):
        assert not is_contribution(**{**known, name: False})
    assert not is_contribution(**{**known, "is_hotline_owner": True})


def test_steps_and_states() -> None:
    for state in ArticleState:
        require_state(state, ArticleStep.CHANGED)
    for step, state in (
        (ArticleStep.SUBMITTED, ArticleState.IN_REVIEW),
        (ArticleStep.CONFIRMED, ArticleState.EXPIRED),
        (ArticleStep.CONFIRMED, ArticleState.CORRECTING),
        (ArticleStep.RETIRED, ArticleState.RETIRED),
        (ArticleStep.MISTAKE_OWNED, ArticleState.DRAFT),
    ):
        with pytest.raises(errors.ArticleMoveRefused):
            require_state(state, step)


@given(st.integers(1, 999_999))
def test_numbers_are_read_back(nth: int) -> None:
    assert nth_of(article_number(nth)) == nth
    assert nth_of(f" {article_number(nth).lower()} ") == nth


@given(st.text(max_size=20))
def test_what_is_no_number_names_nothing(text: str) -> None:
    found = nth_of(text)
    assert found is None or text.strip().upper().startswith("ZS-")


def test_phrases_refuse_what_nobody_would_fill() -> None:
    require_placeholders("您的工单{number}由{department}办理")
    for text in ("{phone}", "{", "a } b", "{number", "{{number}}", "{}", "{ number }"):
        with pytest.raises(errors.UnknownPlaceholder):
            require_placeholders(text)


@given(st.text(), st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text(min_size=1)))
def test_filling_never_reads_what_it_put_in(text: str, values: dict[str, str]) -> None:
    try:
        require_placeholders(text)
    except errors.UnknownPlaceholder:
        return
    assert "{" not in fill(text, {})
    for name, value in values.items():
        assert fill(f"a{{{name}}}b", values) == f"a{value}b"


def test_what_is_not_known_leaves_a_gap_to_be_seen() -> None:
    assert fill("承诺{due}前办结", {"due": None}) == f"承诺{BLANK}前办结"
