"""What papers say: nothing that tells who somebody is, and always the same digest for the same words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from hotline.papers.content import (
    CONTENTS,
    CommitmentContent,
    Known,
    as_json,
    conceal,
    content_digest,
    list_names,
    scalar_names,
)
from hotline.papers.kinds import (
    ISSUERS,
    OF_REQUESTER,
    PREFIXES,
    PaperKind,
    may_issue,
    may_read,
    paper_number,
    paper_year,
    plain_code,
    spoken_code,
)
from hotline.people.permissions import DEPARTMENT_ROLES, HOTLINE_ROLES, Role

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x4EFF)
NAMES = st.text(HAN, min_size=2, max_size=4)
PHONES = st.from_regex(r"1[3-9]\d{9}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="*"), max_size=40)


@given(NAMES, PHONES, WORDS, WORDS, WORDS)
def test_no_name_and_no_number_of_the_requester_is_left(
    name: str, phone: str, before: str, between: str, after: str
) -> None:
    known = Known(names=(name,), phones=(phone,), address="建设路12号3栋2单元", area="新城街道")
    text = f"{before}{name}{between}{phone}{after}，住建设路12号3栋2单元"
    said = conceal(text, known)
    assert name not in said
    assert phone not in said
    assert "3栋" not in said


def test_a_place_is_told_down_to_the_community_and_of_a_secret_requester_only_the_area() -> None:
    plain = Known(address="建设路12号3栋2单元", area="新城街道")
    secret = replace(plain, is_secret=True)
    assert plain.place == "新城街道 建设路**"
    assert secret.place == "新城街道"
    assert conceal("在建设路12号3栋2单元漏水", secret) == "在新城街道漏水"
    assert Known().place is None


def _commitment(**overrides: object) -> CommitmentContent:
    given_: dict[str, object] = {
        "ticket": "2603020000017",
        "title": "路灯不亮",
        "category": "城市管理",
        "issuer": "热线中心",
        "department": None,
        "reference": "2603020000017-2",
        "promise": "一天内修好",
        "promised_at": datetime(2026, 3, 2, 1, tzinfo=UTC),
        "due_at": datetime(2026, 3, 3, 1, tzinfo=UTC),
        "state": "active",
    }
    return CommitmentContent(**{**given_, **overrides})  # type: ignore[arg-type]


def test_the_same_words_have_the_same_digest_and_others_another() -> None:
    digest = content_digest(PaperKind.COMMITMENT, as_json(_commitment()))
    assert digest == content_digest(PaperKind.COMMITMENT, as_json(_commitment()))
    changed = as_json(_commitment(promise="两天内修好"))
    assert digest != content_digest(PaperKind.COMMITMENT, changed)
    assert digest != content_digest(PaperKind.ORDER, as_json(_commitment()))


@pytest.mark.parametrize("kind", PaperKind)
def test_every_kind_has_a_content_a_prefix_and_issuers(kind: PaperKind) -> None:
    assert {"ticket", "issuer", "number", "code", "hash", "qr"} <= scalar_names(kind)
    assert ("requester" in scalar_names(kind)) == (kind in OF_REQUESTER)
    assert not set(list_names(kind)) & scalar_names(kind)
    assert CONTENTS[kind]
    assert ISSUERS[kind]
    assert len(set(PREFIXES.values())) == len(PaperKind)


MATRIX = {
    PaperKind.COMMITMENT: "operator dispatcher supervisor requester handler leader",
    PaperKind.SERVICE_LIST: "operator dispatcher supervisor handler leader",
    PaperKind.ORDER: "supervisor authority handler leader",
    PaperKind.RECTIFICATION_NOTICE: "supervisor authority handler leader",
    PaperKind.RETURN_RULING: "dispatcher supervisor authority handler leader",
    PaperKind.FINAL_REPLY: "supervisor authority requester leader",
    PaperKind.FIELD_TASK: "handler leader",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", PaperKind)
def test_who_may_issue_and_read(kind: PaperKind, role: Role) -> None:
    allowed = role.value in MATRIX[kind].split()
    roles = frozenset({role})
    assert may_issue(kind, roles, is_concerned=True) == allowed
    assert may_issue(kind, roles, is_concerned=False) == (allowed and role not in DEPARTMENT_ROLES)
    is_own = role is Role.REQUESTER and kind in OF_REQUESTER
    assert may_read(kind, roles, is_concerned=False) == (role in HOTLINE_ROLES or is_own)
    assert may_read(kind, roles, is_concerned=True) == (
        role in HOTLINE_ROLES | DEPARTMENT_ROLES or is_own
    )


def test_numbers_and_codes() -> None:
    assert paper_number(PaperKind.COMMITMENT, 2026, 123) == "CN-2026-000123"
    assert paper_year(datetime(2025, 12, 31, 16, tzinfo=UTC)) == 2026
    assert spoken_code("ABCDEFGH2345") == "ABCD-EFGH-2345"
    assert plain_code(" abcd-efgh 2345") == "ABCDEFGH2345"
