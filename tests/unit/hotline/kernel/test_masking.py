"""Personal data as it is shown: enough to recognise, not enough to use."""

import pytest
from hypothesis import given, strategies as st

from hotline.kernel.masking import mask_address, mask_name, mask_phone, mask_text


@pytest.mark.parametrize(
    ("plain", "shown"),
    [("张三", "张**"), ("欧阳测试", "欧**"), ("A", "A**"), ("", ""), (None, None)],
)
def test_a_name(plain: str | None, shown: str | None) -> None:
    assert mask_name(plain) == shown


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("053112345678", "053****5678"),
        ("12345", "****"),
        ("1234567", "123****4567"),
        ("", ""),
        (None, None),
    ],
)
def test_a_telephone_number(plain: str | None, shown: str | None) -> None:
    assert mask_phone(plain) == shown


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("请打13812345678", "请打138****5678"),
        ("138-1234-5678或138 1234 5678", "138****5678或138****5678"),
        ("+86 13812345678", "138****5678"),
        ("座机0531-12345678", "座机0531-****5678"),
        ("身份证370102199001011234", "370102********1234"),
        ("身份证37010219900101123X", "370102********123X"),
        ("zhang.san@example.com", "z***@example.com"),
        ("工单2603020000011", "工单2603020000011"),
        ("1234567890", "1234567890"),
        ("20260302", "20260302"),
        ("", ""),
    ],
)
def test_what_stands_in_a_text(plain: str, shown: str) -> None:
    assert mask_text(plain).endswith(shown)


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("建设路12号3栋2单元501室", "建设路**"),
        ("阳光花园小区", "阳光花园小区"),
        ("阳光花园三号楼", "阳光花园**"),
        ("人民路 8 号", None),
        (None, None),
        ("", ""),
    ],
)
def test_an_address_down_to_the_community(plain: str | None, shown: str | None) -> None:
    masked = mask_address(plain)
    if shown is not None or plain is None:
        assert masked == shown


MOBILE = st.tuples(st.integers(130, 199), st.integers(0, 9999), st.integers(0, 9999)).map(
    lambda parts: f"{parts[0]}{parts[1]:04d}{parts[2]:04d}"
)
WORDS = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=20)


@given(before=WORDS, phone=MOBILE, after=WORDS)
def test_no_mobile_number_survives_in_a_text(before: str, phone: str, after: str) -> None:
    assert phone not in mask_text(f"{before}{phone}{after}")


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(MOBILE)
def test_the_middle_of_a_number_is_gone(phone: str) -> None:
    masked = mask_phone(phone) or ""
    assert len(masked) == 11
    assert masked[3:7] == "****"
