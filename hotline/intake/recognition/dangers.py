"""Danger to life in what is typed: what it is, by which words, and who has to be called at once."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class Danger(enum.StrEnum):
    """What endangers somebody now."""

    FIRE = "fire"
    GAS_LEAK = "gas_leak"
    EXPLOSION = "explosion"
    TRAPPED = "trapped"
    COLLAPSE = "collapse"
    DROWNING = "drowning"
    ELECTRIC_SHOCK = "electric_shock"
    BLEEDING = "bleeding"
    UNCONSCIOUS = "unconscious"
    POISONING = "poisoning"
    SUICIDE = "suicide"
    VIOLENCE = "violence"
    ACCIDENT = "accident"
    MISSING_PERSON = "missing_person"


class Rescue(enum.StrEnum):
    """Whom an emergency is handed to."""

    POLICE = "110"
    FIRE_BRIGADE = "119"
    AMBULANCE = "120"


RESCUED_BY: Mapping[Danger, tuple[Rescue, ...]] = MappingProxyType(
    {
        Danger.FIRE: (Rescue.FIRE_BRIGADE,),
        Danger.GAS_LEAK: (Rescue.FIRE_BRIGADE,),
        Danger.EXPLOSION: (Rescue.FIRE_BRIGADE, Rescue.AMBULANCE),
        Danger.TRAPPED: (Rescue.FIRE_BRIGADE,),
        Danger.COLLAPSE: (Rescue.FIRE_BRIGADE, Rescue.AMBULANCE),
        Danger.DROWNING: (Rescue.AMBULANCE, Rescue.FIRE_BRIGADE),
        Danger.ELECTRIC_SHOCK: (Rescue.AMBULANCE, Rescue.FIRE_BRIGADE),
        Danger.BLEEDING: (Rescue.AMBULANCE,),
        Danger.UNCONSCIOUS: (Rescue.AMBULANCE,),
        Danger.POISONING: (Rescue.AMBULANCE,),
        Danger.SUICIDE: (Rescue.POLICE, Rescue.AMBULANCE),
        Danger.VIOLENCE: (Rescue.POLICE,),
        Danger.ACCIDENT: (Rescue.POLICE, Rescue.AMBULANCE),
        Danger.MISSING_PERSON: (Rescue.POLICE,),
    }
)
"""Who has to be called, the first to be asked first."""

_WORDS: Mapping[Danger, tuple[str, ...]] = MappingProxyType(
    {
        Danger.FIRE: (
            r"着火|起火|失火|火灾(?!隐患|演练|险|防)|烧起来|冒(?:黑|浓)烟|on fire",
            r"house fire|burning down",
        ),
        Danger.GAS_LEAK: (
            r"(?:煤气|燃气|天然气|液化气|瓦斯)[^，。！？]{0,4}(?:泄漏|泄露|漏气|漏了)",
            r"(?:煤气|燃气|天然气|液化气)味|漏煤气|gas leak|smell of gas",
            r"smells? gas",
        ),
        Danger.EXPLOSION: (r"爆炸(?!物品管理)|炸了|exploded|explosion",),
        Danger.TRAPPED: (
            r"被困|困在[^，。]{0,8}(?:电梯|里面|车里|水里|火里|井)|电梯(?:困人|里出不来)",
            r"trapped|stuck in (?:the |a )?(?:lift|elevator)",
        ),
        Danger.COLLAPSE: (
            r"(?:房|楼|墙|桥|路面|工地|脚手架)[^，。]{0,6}(?:倒塌|塌了|坍塌|塌陷)",
            r"collapsed",
        ),
        Danger.DROWNING: (
            r"溺水|落水|掉(?:进|到|入)?(?:了)?(?:河|湖|水|海|井)里?",
            r"跳河|跳江|drowning|fell into the (?:river|lake|well)",
        ),
        Danger.ELECTRIC_SHOCK: (
            r"触电|电到人|被电[了倒晕死]|电线[^，。]{0,6}(?:掉|断|垂)[^，。]{0,6}(?:地|水|路)",
            r"electrocuted|electric shock",
        ),
        Danger.BLEEDING: (
            r"大出血|流(?:了)?(?:很多|好多|满地)?(?:的)?血(?!脉)|血流不止",
            r"一直流血|bleeding",
        ),
        Danger.UNCONSCIOUS: (
            r"昏迷|晕倒|昏倒|没有?(?:呼吸|心跳)|叫不醒|心脏病发|心梗|中风|抽搐|unconscious",
            r"not breathing|heart attack|passed out",
        ),
        Danger.POISONING: (r"中毒|喝(?:了)?农药|误食|poisoned|overdose",),
        Danger.SUICIDE: (
            r"自杀|跳楼|轻生|不想活|活不下去|割腕|suicide|kill (?:myself|himself|herself)",
            r"want to die",
        ),
        Danger.VIOLENCE: (
            r"(?:正在)?(?:打人|打架|砍人|捅人|行凶|持刀|抢劫|绑架|斗殴|打群架)",
            r"家暴|被打[了伤]|拿[着了]?刀|stabbed|being beaten|with a knife",
            r"robbed|kidnapped",
        ),
        Danger.ACCIDENT: (
            r"(?:车祸|撞(?:了|到|伤|死)?人|翻车|肇事逃逸)|人被撞|car (?:accident|crash)",
            r"hit by a car|run over",
        ),
        Danger.MISSING_PERSON: (
            r"(?:孩子|小孩|老人|儿子|女儿|学生)[^，。]{0,6}(?:走失|不见了|走丢|失踪|丢了)",
            r"missing child|child is missing",
        ),
    }
)
_NOT_SO = re.compile(
    r"(?:没有?|未|无|不会|防止?|预防|避免|担心|怕|以免|消除|如果|万一|容易|可能|差点|险些)[^，。；！？]{0,3}$|(?:no|not|never|prevent|avoid)\s(?:\w+\s)?$",
    re.IGNORECASE,
)
_NOT_THEN = re.compile(
    r"^(?:隐患|风险|事故多发|怎么办|的?(?:知识|培训|演练|演习|预案|应急预案|报警器))"
)
_PATTERNS = {danger: re.compile("|".join(words), re.IGNORECASE) for danger, words in _WORDS.items()}
_LOOKED_BACK = 16


@dataclass(frozen=True, slots=True)
class FoundDanger:
    """A danger that a text speaks of.

    Attributes:
        words: by which words.
    """

    danger: Danger
    start: int
    end: int
    words: str

    @property
    def rescue(self) -> tuple[Rescue, ...]:
        """Who has to be called."""
        return RESCUED_BY[self.danger]


def find_dangers(text: str) -> list[FoundDanger]:
    """Return the dangers that a text speaks of as being there, each once.

    What is feared, denied, asked about or trained for is none. Better one alarm too many: whoever
    types puts a false one aside by one key.
    """
    found = []
    for danger, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - _LOOKED_BACK) : match.start()]
            if _NOT_SO.search(before) or _NOT_THEN.match(text[match.end() :]):
                continue
            found.append(FoundDanger(danger, match.start(), match.end(), match[0]))
            break
    return sorted(found, key=lambda one: one.start)


def whom_to_call(dangers: list[FoundDanger]) -> list[Rescue]:
    """Return who has to be called for all of them, each once, the first to be asked first."""
    return list(dict.fromkeys(rescue for found in dangers for rescue in found.rescue))
