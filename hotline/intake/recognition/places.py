"""Where it is: addresses by road or by the name of a place, and the areas of the directory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotline.intake.recognition.found import Found

_ROADS = "大街|大道|公路|高速|胡同|路(?![灯面过边上人])|街(?!道)|巷|弄"
_SITES = (
    "小区|社区|花园|家园|新村|公寓|大厦|广场|公园|医院|小学|中学|大学|学校|学院|幼儿园|菜市场|农贸市场|"
    "市场|超市|商场|车站|公交站|地铁站|派出所|工业园|工地|大桥|立交桥|水库|景区|苑|村|路口"
)
_N = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,4})"
_PARTS = "号楼|号院|号|栋|幢|座|弄|单元|室|户|楼|层|组|队"
_HOUSE = rf"(?:\s?(?:{_N}(?:-\d+)?(?:{_PARTS})|[A-Za-z]\d{{0,3}}(?:栋|幢|座|单元)))"
_LETTER = r"[\u4e00-\u9fffA-Za-z0-9]"
_ROAD = re.compile(
    rf"({_LETTER}{{1,16}}?(?:{_ROADS}))(?:(?:与|和|跟|、)({_LETTER}{{1,6}}?(?:{_ROADS})))?"
    rf"({_HOUSE}*)(?:(?:的)?(交叉口|交汇处|路口|{_LETTER}{{0,6}}?(?:{_SITES}){_HOUSE}*))?"
)
_SITE = re.compile(rf"({_LETTER}{{2,14}}?(?:{_SITES}))({_HOUSE}*)")
_BEFORE = re.compile(
    r".*(?:住在|家住|位于|地址[是为]?|就在|发生在|来自|反映|投诉|举报|发现|看到|听说|路过|经过|关于|请问|附近|我们|在|住|是|的|我|到|从|了|说|往|去|有|沿着|[上下]午|晚上?|天|点)"
)
_NO_NAME = re.compile(r"(?:小区|学校|医院|村|门口|这|那|某|一个|本|俺|咱|路口|旁边|附近|门前|楼下)")
_MISSAID = frozenset(
    {
        "马路",
        "道路",
        "公路",
        "一路",
        "半路",
        "走路",
        "修路",
        "大街",
        "上街",
        "逛街",
        "路",
        "街",
        "小路",
    }
    | {
        "这条路",
        "那条路",
        "这个小区",
        "我们小区",
        "小区",
        "学校",
        "医院",
        "村",
        "农村",
        "本村",
        "市场",
    }
    | {"一个小区", "某小区", "高速", "高速公路", "门口的路", "这个路口", "路口", "工地", "超市"}
)
_SHORTEST = 3
_MOST = 10


def find_addresses(text: str) -> list[Found]:
    """Return the addresses in a text, the fullest first."""
    found: list[Found] = []
    for pattern in (_ROAD, _SITE):
        for match in pattern.finditer(text):
            start = match.start() + _lead_in(match[1])
            words = text[start : match.end()].strip()
            if _is_place(words) and not any(f.start < match.end() and start < f.end for f in found):
                found.append(Found(start, start + len(words), words, words))
    return sorted(found, key=lambda f: (-_fullness(f.words), f.start))[:_MOST]


def _lead_in(name: str) -> int:
    """Return how many characters stand before a name and do not belong to it."""
    match = _BEFORE.match(name[:-1])
    return match.end() if match else 0


def _is_place(words: str) -> bool:
    return len(words) >= _SHORTEST and words not in _MISSAID and not _NO_NAME.match(words)


def _fullness(words: str) -> int:
    has_house = re.search(rf"{_N}(?:-\d+)?(?:号|栋|幢|座|弄)", words) is not None
    return len(words) + (20 if has_house else 0)


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the directory.

    Attributes:
        name: as it stands there.
        code: of the department that serves it.
    """

    name: str
    code: str = ""


_ENDINGS = ("开发区", "街道", "新区", "区", "县", "市", "镇", "乡")
_SHORTEST_AREA = 2


def area_names(name: str) -> list[str]:
    """Return by which names an area is called: its own, and shorter ones without what it is."""
    own = re.sub(r"(?:街道办事处|街道办)$", "街道", name)
    own = re.sub(r"(?:人民政府|政府|办事处|管委会|管理委员会)$", "", own)
    last = re.split(r"(?<=[市县])", own)[-1] or own
    short = next((last.removesuffix(e) for e in _ENDINGS if last.endswith(e)), last)
    names = dict.fromkeys((name, own, last, short))
    return [known for known in names if len(known) >= _SHORTEST_AREA]


def find_areas(text: str, areas: Sequence[Area]) -> list[Found]:
    """Return the areas that a text names; a longer name counts before a shorter one within it."""
    wholes = {area.name for area in areas}
    called = [
        (alias, area)
        for area in areas
        for alias in area_names(area.name)
        if alias == area.name or alias not in wholes
    ]
    owners: dict[str, set[str]] = {}
    for alias, area in called:
        owners.setdefault(alias, set()).add(area.name)
    found: list[Found] = []
    for alias, area in sorted(called, key=lambda pair: -len(pair[0])):
        if len(owners[alias]) > 1:
            continue  # a part that several share names none of them
        at = text.find(alias)
        taken = any(f.start <= at < f.end or f.value == area.name for f in found)
        if at >= 0 and not taken:
            found.append(Found(at, at + len(alias), alias, area.name))
    return found
