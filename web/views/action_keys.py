"""One letter for each action that is offered: the same one wherever that is possible."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hotline.tickets.lifecycle import Action

RESERVED = frozenset("jklz")
"""The next and the last row, the list, taking back: keys of the page itself."""

_A = Action

WANTED: Mapping[Action, str] = MappingProxyType(
    {
        _A.ACCEPT: "a",
        _A.ANSWER: "r",
        _A.REFUSE: "x",
        _A.TRANSFER_OUT: "o",
        _A.MERGE: "m",
        _A.SPLIT: "s",
        _A.CONTRIBUTE: "c",
        _A.EXPLAIN_REPEAT: "e",
        _A.WITHDRAW: "w",
        _A.OBJECT: "b",
        _A.DISPATCH: "d",
        _A.DIRECT_DISPATCH: "g",
        _A.SIGN: "s",
        _A.CONTACT: "c",
        _A.PROGRESS: "p",
        _A.SUBMIT_FEEDBACK: "f",
        _A.SUBMIT_OPINION: "o",
        _A.PASS_AUDIT: "p",
        _A.REJECT_AUDIT: "b",
        _A.RECORD_VISIT: "v",
        _A.REOPEN: "o",
        _A.URGE: "u",
        _A.ANSWER_URGE: "u",
        _A.NOTE: "n",
        _A.REQUEST_SUPPLEMENT: "q",
        _A.PROVIDE_SUPPLEMENT: "q",
        _A.REQUEST_CONSULTATION: "h",
        _A.REQUEST_RETURN: "b",
        _A.DECIDE_RETURN: "d",
        _A.DECIDE_ARBITRATION: "d",
        _A.REQUEST_EXTENSION: "e",
        _A.DECIDE_EXTENSION: "e",
        _A.RECLASSIFY: "y",
        _A.BLOW_WHISTLE: "w",
        _A.ISSUE_ORDER: "i",
    }
)
"""Letters that people learn by heart; of two that meet, the one offered first has it."""

_SPARE = "123456789tivqhyxgwepbfcsuaodmnr"


def keys_for(actions: Iterable[Action]) -> Mapping[Action, str]:
    """Return a key for each action, no two alike; what finds none left has none."""
    offered = list(actions)
    given: dict[Action, str] = {}
    for action in offered:
        wanted = WANTED.get(action)
        if wanted is not None and wanted not in given.values():
            given[action] = wanted
    for action in offered:
        if action not in given:
            free = next((key for key in _SPARE if key not in given.values()), None)
            if free is not None:
                given[action] = free
    return given
