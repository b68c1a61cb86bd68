"""What every model of the machine has to know beside the table itself."""

from collections.abc import Mapping
from types import MappingProxyType

from hotline.tickets.lifecycle import Action, Outcome

DISPUTES = frozenset(
    {
        *(Action.REQUEST_RETURN, Action.DECIDE_RETURN, Action.RAISE_RETURN, Action.WITHDRAW_RETURN),
        *(Action.DISPUTE_RETURN, Action.REFER_ARBITRATION, Action.DECIDE_ARBITRATION),
    }
)
"""The steps of a dispute about whose duty a matter is."""

DISPATCHES = frozenset({Action.DISPATCH, Action.DIRECT_DISPATCH, Action.DECIDE_CONSULTATION})
"""What always gives a matter to a department."""

WITHOUT_LEAD: Mapping[Outcome, bool] = MappingProxyType(
    {
        Outcome.WITHOUT_LEAD: True,
        **dict.fromkeys((Outcome.WITH_LEAD, Outcome.UNSOLVED, Outcome.FOUNDED), False),
    }
)
"""Which ends of a visit, a check or a reopening ask for a ticket without, or with, a department."""
