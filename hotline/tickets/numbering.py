"""Ticket numbers that can be read out: yyMMdd, a daily sequence of six digits, a check digit."""

import re
from datetime import date, datetime

from hotline.kernel.clock import SHANGHAI

SEQUENCE_DIGITS = 6
IMPORTED_FROM = 500_000
"""Numbers of imported tickets begin here, so that history never takes a number of the day."""

_NUMBER = re.compile(r"\d{13}")


def check_digit(digits: str) -> str:
    """Return the check digit of ISO 7064 MOD 11,10.

    It finds every wrong digit and nearly every pair of exchanged neighbours.
    """
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def number_day(now: datetime) -> date:
    """Return the day whose sequence a ticket of `now` takes: the day in Shanghai."""
    return now.astimezone(SHANGHAI).date()


def ticket_number(day: date, sequence: int) -> str:
    """Return the number of the `sequence`-th ticket of `day`.

    Raises:
        ValueError: the sequence does not fit six digits.
    """
    if not 0 < sequence < 10**SEQUENCE_DIGITS:
        raise ValueError(f"sequence {sequence} of {day} does not fit {SEQUENCE_DIGITS} digits")
    digits = f"{day:%y%m%d}{sequence:0{SEQUENCE_DIGITS}d}"
    return digits + check_digit(digits)


def is_ticket_number(text: str) -> bool:
    """Tell whether `text` is a number with the right check digit."""
    return bool(_NUMBER.fullmatch(text)) and check_digit(text[:-1]) == text[-1]
