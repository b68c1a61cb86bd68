"""Personal data as it is shown by default: enough to recognise, not enough to use."""

import re

_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1\d{2})[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})-?(\d{3,4})(\d{4})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})(\d{8})(\d{3}[\dXx])(?!\d)")
_EMAIL = re.compile(r"\b([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)\b", re.ASCII)

_SUSPECT = re.compile(r"\d{3}|@")
"""What every pattern above has in common; most texts are cleared by this one look."""

_KEPT_PHONE = 7


def mask_name(name: str | None) -> str | None:
    """Return the first character and two asterisks."""
    return f"{name[0]}**" if name else name


def mask_phone(phone: str | None) -> str | None:
    """Return `138****1234`, or only the last four digits of a shorter number."""
    if not phone:
        return phone
    digits = re.sub(r"\D", "", phone)
    if len(digits) < _KEPT_PHONE:
        return "****"
    return f"{digits[:3]}****{digits[-4:]}"


def mask_text(text: str) -> str:
    """Return `text` with the phone numbers, identity numbers and addresses of mail in it masked."""
    if _SUSPECT.search(text) is None:
        return text
    text = _ID_NUMBER.sub(r"\1********\3", text)
    text = _PHONE.sub(r"\1****\3", text)
    text = _LANDLINE.sub(r"\1-****\3", text)
    return _EMAIL.sub(r"\1***@\2", text)


_HOUSE_DETAIL = re.compile(
    r"(?:第?[\dA-Za-z一二三四五六七八九十百]+(?:号楼|栋|幢|座|单元|室|户|楼|层|号)[\s-]*)+.*$"
)


def mask_address(address: str | None) -> str | None:
    """Return the address down to the community: house, unit and room are cut."""
    if not address:
        return address
    masked = _HOUSE_DETAIL.sub("**", address)
    return mask_text(masked)


_ADDRESSED = "先生|女士|小姐|同志|师傅|老师|阿姨|叔叔|大爷|大妈|老板"
_DOUBLE_SURNAMES = frozenset(
    ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒")
)


def hide_person(text: str, name: str | None) -> str:
    """Return `text` without a person's name, whole or with the surname as he is spoken to."""
    if not name:
        return text
    surname = name[:2] if name[:2] in _DOUBLE_SURNAMES else name[:1]
    text = text.replace(name, "**")
    return re.sub(f"{re.escape(surname)}(?=(?:某+)?(?:{_ADDRESSED}))", "*", text)
