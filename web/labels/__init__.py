"""A word for every member of every enumeration that a person may see; each part has a file of its own.

Values are message ids; `web.i18n` translates them.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from hotline.tickets.lifecycle import State
from web.labels.credit import CREDIT
from web.labels.desk import DESK
from web.labels.exchange import EXCHANGE
from web.labels.house import HOUSE
from web.labels.limits import LIMITS
from web.labels.procedures import PROCEDURES
from web.labels.supervision import SUPERVISION
from web.labels.tickets import TICKETS

LABELS: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = MappingProxyType(
    {**CREDIT, **DESK, **EXCHANGE, **HOUSE, **LIMITS, **PROCEDURES, **SUPERVISION, **TICKETS}
)
"""By enumeration first: members of two string enumerations may be equal."""


def label(member: enum.Enum) -> str:
    """Return the message id that names `member`."""
    return LABELS[type(member)][member]


def state_label(state: State) -> str:
    """Return the message id a person sees for a ticket's state: the hold's if there is one."""
    return label(state.hold or state.status)
