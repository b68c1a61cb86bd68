"""Invented matters of four subjects, and a model that has learned them."""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from hotline.suggestions.learning import Studied, study
from hotline.suggestions.text import plain
from hotline.suggestions.training import Example
from tests.support.clock import MONDAY

SUBJECTS: dict[str, Sequence[str]] = {
    "urban": (
        "垃圾桶满了没人清运",
        "占道经营摆摊堵住人行道",
        "流动摊贩乱扔垃圾",
        "小广告贴满楼道",
        "绿化带被占",
    ),
    "urban.roads": ("路面坑洼不平", "窨井盖破损", "路灯不亮", "人行道地砖松动", "道路塌陷积水"),
    "housing": (
        "物业不作为电梯停运",
        "房屋漏水开发商不修",
        "物业费涨价",
        "业主委员会换届",
        "维修基金使用",
    ),
    "school": ("小学入学学位不够", "老师收补课费", "幼儿园伙食差", "学区划分不公", "校服价格太高"),
}
_WHEN = ("昨天晚上", "上周开始", "已经三天了", "今天早上", "最近半个月")
_ASKED = ("请尽快处理", "希望有人来看看", "麻烦核实一下", "要求答复", "请派人解决")
_PLACES = ("建设路", "人民街", "新城花园", "河东小区", "文化广场", "车站附近")


def matters(count: int = 160, seed: int = 7) -> list[tuple[str, str]]:
    """Return texts with their categories: the same seed invents the same."""
    chance = random.Random(seed)  # noqa: S311  # it invents matters, not secrets
    found = []
    for nth in range(count):
        label = list(SUBJECTS)[nth % len(SUBJECTS)]
        words = chance.sample(SUBJECTS[label], 2)
        begins = f"{chance.choice(_PLACES)}{chance.choice(_WHEN)}"
        said = f"{begins}{words[0]}，而且{words[1]}，{chance.choice(_ASKED)}"
        found.append((said, label))
    return found


def examples(count: int = 160, seed: int = 7) -> list[Example]:
    """Return the same as a model learns from them."""
    return [Example(plain("", said), label) for said, label in matters(count, seed)]


@cache
def studied(version: int = 1, now: datetime = MONDAY) -> Studied:
    """Return a model that has learned them; trained once for all tests."""
    return study(examples(), version=version, now=now)
