"""Who calls: a name after the words by which people give it; and the plates of cars."""

import re

from hotline.intake.recognition.found import Found

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛段郝顾龚邵万覃武钱戴严莫孔向常汤康易乔"
    "文庞樊兰殷施洪颜倪章鲁梅葛俞翁申宁游华祝柳聂安艾齐柏路岳管牛池耿关温包司裴左曲屈阮欧凌骆符季娄牟单翟詹"
)
_DOUBLE = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒"
_SURNAME = rf"(?:{_DOUBLE}|[{_SURNAMES}])"
_STOP = "住在是家的电今来有要想我反叫昨前和与就现号手联系先女您你，。,. "
_GIVEN = rf"[^\x00-\x7f{_STOP}\s，。、；：！？（）]"
_ADDRESS = "先生|女士|小姐|同志|师傅|老师|阿姨|大爷|大妈|大姐|大哥"
_LEAD = "姓[^，]{1,2}?[，,]?名?叫|我叫|名字叫|名叫|姓名|我是|本人"
_TOLD = "联系人|来电人|反映人|投诉人|诉求人|求助人"
_CALLED = re.compile(rf"(?:{_LEAD}|{_TOLD})(?:[:：是叫为]|\s)*({_SURNAME}{_GIVEN}{{1,2}})")
_SURNAMED = re.compile(rf"(?:我姓|免贵姓|本人姓|贵姓)(?:[:：]|\s)*({_SURNAME})")
_SPOKEN_TO = re.compile(rf"(?<![\u4e00-\u9fff])({_SURNAME}{_GIVEN}{{0,2}}(?:{_ADDRESS}))")

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"([{_PROVINCES}][A-Z])[·•\s-]?([A-HJ-NP-Z0-9]{{5,6}}(?:[挂学警])?)(?![A-Z0-9])", re.IGNORECASE
)
_MOST = 10


def find_names(text: str) -> list[Found]:
    """Return the names that people give themselves in a text, whole names before surnames."""
    found: list[Found] = []
    for pattern in (_CALLED, _SURNAMED, _SPOKEN_TO):
        for match in pattern.finditer(text):
            if not any(match.start(1) < f.end and f.start < match.end(1) for f in found):
                found.append(Found(match.start(1), match.end(1), match[1], match[1]))
    return found[:_MOST]


def find_plates(text: str) -> list[Found]:
    """Return the number plates in a text, written as the police writes them."""
    return [
        Found(match.start(), match.end(), match[0], f"{match[1]}·{match[2]}".upper())
        for match in _PLATE.finditer(text)
    ][:_MOST]
