"""Instants and spans as Open311 writes them - pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hotline.open311.faults import Fault, RequestRefused, bad

SPAN = timedelta(days=90)
"""The longest span that may be asked for, and the one that is meant when none is."""

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}$)")
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2900, 1, 1, tzinfo=UTC)
"""What lies beyond is no date of a request, and near the ends of the calendar arithmetic fails."""


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant, included, to another that is no longer part of it."""

    begins: datetime
    ends: datetime


def with_plus(text: str) -> str:
    """Return a date in which a `+`, sent without its escape and read as a blank, is one again."""
    return _LOST_PLUS.sub("+", text)


def read_instant(text: str, name: str) -> datetime:
    """Return a date with its zone, in UTC.

    Raises:
        RequestRefused: no such date, or none with a zone.
    """
    given = with_plus(text)
    fault = bad(f"{name} must be a date such as 2026-11-21T09:30:00+08:00 or 2026-11-21T01:30:00Z")
    if not _INSTANT.fullmatch(given):
        raise RequestRefused([fault])
    try:
        instant = datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RequestRefused([fault]) from error
    if not _EARLIEST <= instant <= _LATEST:
        raise RequestRefused([fault])
    return instant


def read_span(start: datetime | None, end: datetime | None, now: datetime) -> Span:
    """Return the span that is meant; both its ends belong to it.

    Only a start: 90 days from it. Only an end: 90 days up to it. Neither: the last 90 days.

    Raises:
        RequestRefused: it ends before it begins, or is longer than 90 days.
    """
    if start is None:
        last = end or now
        return Span(last - SPAN, _after(last))
    if end is None:
        return Span(start, _after(start + SPAN))
    if end < start:
        raise RequestRefused([Fault(400, "end_date lies before start_date")])
    if end - start > SPAN:
        raise RequestRefused([Fault(400, "start_date and end_date may span 90 days at most")])
    return Span(start, _after(end))


def _after(last: datetime) -> datetime:
    """Return the first instant beyond: answers tell whole seconds, so a whole second is meant."""
    return last + (timedelta(microseconds=1) if last.microsecond else timedelta(seconds=1))
