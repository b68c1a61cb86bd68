"""What is read off the words of callers: numbers, times, places, people, dangers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from hotline.intake.recognition.dangers import (
    RESCUED_BY,
    Danger,
    Rescue,
    find_dangers,
    whom_to_call,
)
from hotline.intake.recognition.people import find_names, find_plates
from hotline.intake.recognition.phones import find_phones, without_numbers
from hotline.intake.recognition.places import Area, area_names, find_addresses, find_areas
from hotline.intake.recognition.reading import MOST_READ, recognise, title_of
from hotline.intake.recognition.times import chinese_number, find_times
from hotline.kernel.clock import SHANGHAI

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # a Monday, 16:00 in Shanghai
AREAS = (Area("青禾区"), Area("云泽市临江区人民政府"), Area("新城街道"), Area("新城区"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("电话13900001234，打不通打010-12345678", ["13900001234", "01012345678"]),
        ("１３９００００１２３４", ["13900001234"]),
        ("请打 139 0000 1234 或 +86 138-0000-5678", ["13900001234", "13800005678"]),
        ("(0532)8888 1234", ["053288881234"]),
        ("400-800-1234", ["4008001234"]),
        ("+44 20 7946 0958", ["+442079460958"]),
        ("身份证370203199001011234", []),
        ("2026-11-28 08:30 在3-2-501", []),
        ("12345热线，110，订单202611281390000123456", []),
        ("", []),
    ],
)
def test_numbers_are_read_as_they_are_dialled(text: str, numbers: list[str]) -> None:
    assert [found.value for found in find_phones(text)] == numbers


def test_numbers_are_masked_where_they_stand() -> None:
    assert without_numbers("找139 0000 1234或010-12345678") == "找139****1234或010****5678"
    assert without_numbers("没有号码") == "没有号码"


@pytest.mark.parametrize(
    ("text", "at", "has_hour"),
    [
        ("昨晚8点", "2026-11-29 20:00", True),
        ("昨晚", "2026-11-29 20:00", True),
        ("前天下午三点半", "2026-11-28 15:30", True),
        ("今早7:05", "2026-11-30 07:05", True),
        ("11月28日上午", "2026-11-28 10:00", True),
        ("12月1号", "2025-12-01 00:00", False),
        ("十一月二十八日", "2026-11-28 00:00", False),
        ("上周三", "2026-11-25 00:00", False),
        ("上上周日", "2026-11-22 00:00", False),
        ("星期五晚上九点", "2026-11-27 21:00", True),
        ("周一", "2026-11-30 00:00", False),
        ("周二", "2026-11-24 00:00", False),
        ("本周二", "2026-12-01 00:00", False),
        ("三天前", "2026-11-27 00:00", False),
        ("两周前", "2026-11-16 00:00", False),
        ("半小时前", "2026-11-30 15:30", True),
        ("20分钟之前", "2026-11-30 15:40", True),
        ("2026-11-28", "2026-11-28 00:00", False),
        ("2026-11-28T20:15", "2026-11-28 20:15", True),
        ("2026年11月28日晚上10点10分", "2026-11-28 22:10", True),
        ("２０２６年１１月２８日", "2026-11-28 00:00", False),
    ],
)
def test_times_count_from_now(text: str, at: str, has_hour: bool) -> None:
    (found,) = find_times(f"我说{text}的事", NOW)
    assert f"{found.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == at
    assert found.has_hour is has_hour
    assert found.words == text


@pytest.mark.parametrize("text", ["13月40日", "2026-02-30", "一周了", "前面", "周杰伦", ""])
def test_what_is_no_time_is_none(text: str) -> None:
    assert find_times(text, NOW) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("住在青禾区和平路12号3栋2单元，楼下", "青禾区和平路12号3栋2单元"),
        ("在解放路与建设路交叉口被堵", "解放路与建设路交叉口"),
        ("我们是东湖镇李家村的，停水", "东湖镇李家村"),
        ("反映新城街道幸福小区5号楼电梯坏了", "新城街道幸福小区5号楼"),
        ("昨晚8点发现和平路12号门前有坑", "和平路12号"),
        ("孩子在和平小学门口", "和平小学"),
        ("家住临江人民医院对面", "临江人民医院"),
        ("中山大道88-2号门前积水", "中山大道88-2号"),
        ("路灯不亮", None),
        ("我们小区门口马路积水", None),
        ("走路不小心，学校也不管", None),
        ("The street light on Heping Road is broken", None),
    ],
)
def test_addresses_are_cut_out_of_what_is_said(text: str, address: str | None) -> None:
    found = recognise(text, NOW).addresses
    assert (found[0].value if found else None) == address


def test_the_fullest_address_comes_first() -> None:
    found = find_addresses("幸福小区的人说，和平路12号那边在施工")
    assert [one.value for one in found] == ["和平路12号", "幸福小区"]


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("青禾区的路灯", ["青禾区"]),
        ("青禾这边停水", ["青禾区"]),
        ("临江区停水", ["云泽市临江区人民政府"]),
        ("新城街道停电", ["新城街道"]),
        ("新城停电", []),
        ("青禾区和临江区之间", ["青禾区", "云泽市临江区人民政府"]),
        ("外地", []),
    ],
)
def test_areas_are_known_by_full_and_short_names(text: str, areas: list[str]) -> None:
    assert sorted(found.value for found in find_areas(text, AREAS)) == sorted(areas)


def test_an_area_is_called_by_shorter_names() -> None:
    assert area_names("云泽市临江区人民政府") == [
        "云泽市临江区人民政府",
        "云泽市临江区",
        "临江区",
        "临江",
    ]
    assert area_names("东湖街道办事处") == ["东湖街道办事处", "东湖街道", "东湖"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我叫欧阳测试，住在", ["欧阳测试"]),
        ("我是李小明", ["李小明"]),
        ("免贵姓王", ["王"]),
        ("我姓王叫王小明", ["王小明", "王"]),
        ("姓名：张三 电话", ["张三"]),
        ("王女士 反映", ["王女士"]),
        ("我是来反映的", []),
        ("我叫救护车", []),
    ],
)
def test_names_follow_the_words_that_lead_in(text: str, names: list[str]) -> None:
    assert [found.value for found in find_names(text)] == names


def test_plates_are_written_as_the_police_writes_them() -> None:
    assert [p.value for p in find_plates("鲁B12345和沪a·D12345挡路，京AB")] == [
        "鲁B·12345",
        "沪A·D12345",
    ]


@pytest.mark.parametrize(
    ("text", "dangers"),
    [
        ("楼上着火了，有人被困", [Danger.FIRE, Danger.TRAPPED]),
        ("厨房煤气泄漏", [Danger.GAS_LEAK]),
        ("一股天然气味", [Danger.GAS_LEAK]),
        ("老人晕倒了没有呼吸", [Danger.UNCONSCIOUS]),
        ("有人要跳楼", [Danger.SUICIDE]),
        ("邻居被打伤，流了好多血", [Danger.VIOLENCE, Danger.BLEEDING]),
        ("小孩走失", [Danger.MISSING_PERSON]),
        ("There is a gas leak and she is bleeding", [Danger.GAS_LEAK, Danger.BLEEDING]),
        ("担心着火", []),
        ("没有人被困", []),
        ("消除火灾隐患", []),
        ("小区组织触电培训", []),
        ("路灯不亮", []),
    ],
)
def test_danger_is_told_from_fear_of_it(text: str, dangers: list[Danger]) -> None:
    assert [found.danger for found in find_dangers(text)] == dangers


def test_everybody_needed_is_called_once() -> None:
    found = find_dangers("车祸，人昏迷了，还着火了")
    assert whom_to_call(found) == [Rescue.POLICE, Rescue.AMBULANCE, Rescue.FIRE_BRIGADE]
    assert set(RESCUED_BY) == set(Danger)


def test_what_fills_the_fields() -> None:
    text = "我姓王，住在青禾区和平路12号，电话13900001234，昨晚8点有人打架"
    assert recognise(text, NOW, AREAS).fields == {
        "phone": "13900001234",
        "address": "青禾区和平路12号",
        "area": "青禾区",
        "name": "王",
    }


def test_a_title_says_what_it_is_about() -> None:
    assert title_of("\n  路灯不亮。已经三天。", 200) == "路灯不亮"
    assert title_of("我姓王，电话13900001234，和平路12号路灯不亮", 200) == "和平路12号路灯不亮"
    assert title_of("我叫王小明13900001234", 200) == "我叫王小明139****1234"
    assert title_of("一" * 300, 200) == "一" * 200
    assert title_of(" \n ", 200) == ""


@pytest.mark.parametrize(
    ("words", "number"),
    [("12", 12), ("十", 10), ("二十八", 28), ("两", 2), ("十二", 12), ("百", None), ("", None)],
)
def test_numbers_in_words(words: str, number: int | None) -> None:
    assert chinese_number(words) == number


ODD: Sequence[str] = (
    "路",
    "村",
    "号",
    "点",
    "周",
    "天前",
    "139",
    "0000",
    "1234",
    "😀",
    "我叫",
    "王",
)


@settings(max_examples=80)
@given(
    st.one_of(st.text(max_size=120), st.lists(st.sampled_from(ODD), max_size=40).map("".join)),
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_whatever_is_typed_is_read_without_harm(text: str, now: datetime) -> None:
    found = recognise(text, now, AREAS)
    read = (*found.phones, *found.addresses, *found.names, *found.plates)
    assert all(text[one.start : one.end] == one.words for one in read)
    assert all(text[one.start : one.end] == one.words for one in found.times)
    assert all(one.at.tzinfo is not None for one in found.times)
    assert all(one.value.removeprefix("+").isdecimal() for one in found.phones)


@pytest.mark.parametrize(
    "text", ["一", "😀" * 50, "路" * 10_000, "13900001234 " * 900, "一二三四五六七八九十" * 1000]
)
def test_long_and_odd_texts_are_read_at_once(text: str) -> None:
    started = datetime.now(UTC)
    found = recognise(text, NOW, AREAS)
    assert datetime.now(UTC) - started < timedelta(seconds=1.5)
    assert all(one.end <= MOST_READ for one in found.addresses)
