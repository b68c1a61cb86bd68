"""Telephone numbers in the middle of a text, as people type and paste them."""

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

from hotline.intake.recognition.found import Found

_REGION = "CN"
_COUNTRY = 86
_MOBILE_DIGITS = 11
_MOST = 20


def find_phones(text: str) -> list[Found]:
    """Return the telephone numbers of a text, each with the digits that are dialled.

    Spaces, hyphens, brackets and full-width digits are read as well; what is longer than a number,
    such as an identity number, is none.
    """
    matches = PhoneNumberMatcher(text, _REGION, leniency=Leniency.VALID, max_tries=200)
    found = []
    for match in matches:
        found.append(
            Found(match.start, match.end, text[match.start : match.end], _dialled(match.number))
        )
        if len(found) == _MOST:
            break
    return found


def _dialled(number: phonenumbers.PhoneNumber) -> str:
    """Return digits only: mobiles bare, landlines with the 0 of their area code, others with +."""
    if number.country_code != _COUNTRY:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    digits = phonenumbers.national_significant_number(number)
    is_bare = len(digits) == _MOBILE_DIGITS and digits.startswith("1")
    kind = phonenumbers.number_type(number)
    if is_bare or kind is not phonenumbers.PhoneNumberType.FIXED_LINE:
        return digits
    return f"0{digits}"


def masked_number(digits: str) -> str:
    """Return a number as it may stand in a text that many read."""
    return f"{digits[:3]}****{digits[-4:]}"


def without_numbers(text: str) -> str:
    """Return a text with every telephone number in it masked."""
    for found in reversed(find_phones(text)):
        text = f"{text[: found.start]}{masked_number(found.value)}{text[found.end :]}"
    return text
