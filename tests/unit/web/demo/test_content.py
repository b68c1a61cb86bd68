"""The demo city's data: complete, consistent and wholly invented."""

import re
import tomllib
from collections import Counter
from importlib import resources

import pytest

from hotline.people.permissions import Role
from web.run.demo import loader
from web.run.demo.loader import DemoCity, DemoContentError, suited

FIRST_LEVEL = {
    "labour": "人力资源社会保障",
    "housing": "住房与城乡建设",
    "health": "医疗卫生健康",
    "agriculture": "农林水利",
    "market": "市场管理",
    "transport": "交通运输与交通秩序",
    "utilities": "公共服务(水电气热通信)",
    "order": "社会治安与综合治理",
    "education": "科教文体",
    "urban": "城市管理",
    "public_opinion": "社情民意",
    "civil_affairs": "民政与社会救助",
    "environment": "环境保护",
    "other": "其他",
}
FILES = ("departments.toml", "categories.toml", "users.toml", "tickets.toml", "story.toml")


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return loader.load()


def read(name: str) -> str:
    return resources.files("web.run.demo").joinpath(name).read_text(encoding="utf-8")


def test_peer_groups_and_departments(city: DemoCity) -> None:
    assert list(city.peer_groups) == ["city_bureaus", "utilities", "districts", "towns", "other"]
    assert 35 <= len(city.departments) <= 45
    per_group = Counter(unit.peer_group for unit in city.departments.values())
    assert all(per_group[group] >= 4 for group in city.peer_groups)
    hotline = [unit for unit in city.departments.values() if unit.is_hotline]
    assert [(unit.code, unit.peer_group) for unit in hotline] == [("hotline", None)]


def test_a_town_belongs_to_a_district(city: DemoCity) -> None:
    towns = [unit for unit in city.departments.values() if unit.peer_group == "towns"]
    assert all(city.area_of(unit.code) for unit in towns)
    assert city.area_of("chengguan") is None


def test_three_levels_of_subjects(city: DemoCity) -> None:
    names = {code: entry.name for code, entry in city.categories.items() if entry.level == 1}
    assert names == FIRST_LEVEL
    children = Counter(entry.parent for entry in city.categories.values() if entry.parent)
    for entry in city.categories.values():
        if entry.level == 1:
            assert 4 <= children[entry.code] <= 8, entry.code
        if entry.level == 2:
            assert 2 <= children[entry.code] <= 5, entry.code
            assert 3 <= len(entry.steps) <= 5, entry.code


def test_every_leaf_has_a_unit_that_handles_its_subject(city: DemoCity) -> None:
    for entry in city.categories.values():
        if entry.level == 3:
            leads = city.leads_of(entry.code)
            assert leads, entry.code
            assert all(entry.parent in city.departments[lead].categories for lead in leads), (
                entry.code
            )


def test_accounts(city: DemoCity) -> None:
    wanted = ["operator", "dispatcher", "auditor", "visitor", "supervisor", "admin", "observer"]
    assert all(
        Role(name) in city.users[name].roles for name in [*wanted, "authority", "discipline"]
    )
    assert len(city.users) + 2 * len(city.staff) >= 60
    names = [user.name for user in city.users.values()]
    names += [name for unit in city.staff.values() for name in (unit.handler, unit.leader)]
    assert len(names) == len(set(names))


def test_templates_are_many_and_distinct(city: DemoCity) -> None:
    assert len(city.tickets) >= 150
    for attribute in ("key", "title", "content", "reply"):
        values = Counter(getattr(ticket, attribute) for ticket in city.tickets)
        assert [value for value, count in values.items() if count > 1] == []
    for ticket in city.tickets:
        assert 60 <= len(ticket.content) <= 250, ticket.key
        assert all(text.strip() for text in ticket.texts), ticket.key


def test_templates_cover_the_field(city: DemoCity) -> None:
    assert {ticket.request_type for ticket in city.tickets} == set(city.type_mix)
    assert sum(city.type_mix.values()) == 100
    firsts = Counter(ticket.category.split(".")[0] for ticket in city.tickets)
    assert set(firsts) == set(FIRST_LEVEL)
    assert max(firsts.values()) <= len(city.tickets) * 0.2
    urgencies = Counter(ticket.urgency for ticket in city.tickets)
    assert urgencies["p0"] + urgencies["p1"] >= 8
    units = {ticket.department for ticket in city.tickets}
    assert set(city.departments) - units == {"hotline", "zhengwu"}
    assert [ticket for ticket in city.tickets if ticket.enterprise]


def test_repeated_matters_stay_in_one_place(city: DemoCity) -> None:
    groups = Counter(ticket.matter for ticket in city.tickets if ticket.matter)
    assert len(groups) >= 3
    assert all(count >= 2 for count in groups.values())
    for ticket in city.tickets:
        if ticket.matter:
            places = {slot for text in ticket.texts for slot in loader.slots_in(text)}
            assert not places & {"road", "community", "shop"}, ticket.key


def test_places_exist_for_every_area(city: DemoCity) -> None:
    areas = {u.code for u in city.departments.values() if u.kind in {"district", "county"}}
    assert set(city.slots.roads) == set(city.slots.communities) == areas


@pytest.mark.parametrize("name", FILES)
def test_numbers_are_from_the_invented_range(name: str) -> None:
    numbers = re.findall(r"(?<!\d)\d{7,}(?!\d)", read(name))
    assert all(re.fullmatch(r"1990000(\d{4})?", number) for number in numbers)
    assert not re.search(r"0\d{2,3}-\d{7,8}|@", read(name))


def test_unit_numbers_differ_and_callers_have_their_own(city: DemoCity) -> None:
    phones = [unit.phone for unit in city.departments.values()]
    assert len(set(phones)) == len(phones)
    callers = city.requesters
    assert callers.phone_prefix == "1990000"
    assert callers.phone_first <= callers.phone_last <= 9999
    assert max(int(phone[-4:]) for phone in phones) < callers.phone_first


def test_suited_prefers_the_subject(city: DemoCity) -> None:
    story = city.story
    wages = suited(story.supplement, "labour.wages.construction")
    assert [text.items[0] for text in wages] == ["劳动合同或工作证"]
    general = suited(story.supplement, "order.dogs.stray")
    assert all(not text.categories for text in general)
    assert general


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tickets.toml", 'category = "utilities.gas.leak"', 'category = "utilities.gas.nothing"'),
        ("tickets.toml", 'department = "ranqi"', 'department = "nobody"'),
        ("tickets.toml", "{road}", "{street}"),
        ("tickets.toml", 'key = "gas-dig-break"', 'key = "gas-smell-kitchen"'),
        ("departments.toml", 'peer_group = "towns"', 'peer_group = "villages"'),
        ("departments.toml", 'code = "jiaojing"', 'code = "gongan"'),
        ("categories.toml", 'lead = ["renshe"]', 'lead = ["nobody"]'),
        ("story.toml", 'suggested = "chengguan"', 'suggested = "nobody"'),
        ("users.toml", 'roles = ["operator"]', 'roles = ["king"]'),
    ],
)
def test_a_wrong_reference_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str
) -> None:
    original = loader._read

    def changed(asked: str) -> dict[str, object]:
        if asked != name:
            return original(asked)
        text = read(asked)
        assert old in text
        return tomllib.loads(text.replace(old, new, 1))

    monkeypatch.setattr(loader, "_read", changed)
    with pytest.raises(DemoContentError):
        loader.load()
