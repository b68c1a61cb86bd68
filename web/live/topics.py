"""What open pages may ask to be told of, and who may."""

from collections.abc import Mapping
from types import MappingProxyType

from hotline.calls.receiving import BOARD_TOPIC, CALL_TOPIC, MISSED_TOPIC
from hotline.people.permissions import Permission
from hotline.people.principal import Principal

TOPICS: Mapping[str, Permission] = MappingProxyType(
    {
        CALL_TOPIC: Permission.TAKE_CALLS,
        MISSED_TOPIC: Permission.READ_CALLS,
        BOARD_TOPIC: Permission.READ_CALLS,
    }
)
"""Topics by their word; a further one needs a line here and a `hint` where something changes."""


def allowed(principal: Principal, asked: str) -> frozenset[str]:
    """Return the topics among those asked for, with commas in between, that somebody may have."""
    return frozenset(
        topic
        for topic in asked.split(",")
        if topic in TOPICS and TOPICS[topic] in principal.permissions
    )
