"""The five levels of a rating (好差评) - pure."""

import enum

BAD_RATINGS = range(1, 3)
"""Ratings that are looked into: dissatisfied and very dissatisfied."""


class UnfoundedReason(enum.StrEnum):
    """Why a bad rating does not count."""

    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NOT_ABOUT_UNIT = "not_about_unit"
