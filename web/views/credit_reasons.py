"""Why a frozen period has another revision, in words: what machines have noted, and what people wrote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from credit.appeals.rules import AppealState
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.views.credit_words import event_words

_APPEAL = re.compile(r"appeal (?P<id>[0-9a-f-]{36}): (?P<state>[a-z]+)")
_ENTRY = re.compile(r"(?P<code>[a-z0-9_]+) (?P<id>[0-9a-f-]{36})")
_DECIDED: Mapping[str, str] = {
    AppealState.UPHELD: N_("An appeal was upheld"),
    AppealState.REFUSED: N_("An appeal was refused: the event counts again"),
    AppealState.WITHDRAWN: N_("An appeal was taken back: the event counts again"),
}
_FIXED: Mapping[str, str] = {
    "published with open objections, which are left out": N_(
        "Published with open objections; what they are about is left out"
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason in words.

    Attributes:
        href: where the case stands in full, for those who see every case.
    """

    text: str
    href: str | None = None


def reason_view(reason: str, t: Translator, *, sees_cases: bool) -> Reason:
    """Return the reason of a revision; what a person wrote is left as it is."""
    appeal = _APPEAL.fullmatch(reason)
    if appeal and appeal["state"] in _DECIDED:
        href = f"/credit/appeals/{appeal['id']}" if sees_cases else None
        return Reason(t.text(_DECIDED[appeal["state"]]), href)
    entry = _ENTRY.fullmatch(reason)
    if entry:
        text = t.text(N_("Event taken back: {event}"), event=event_words(entry["code"], t))
        return Reason(text, f"/credit/events/{entry['id']}" if sees_cases else None)
    return Reason(t.text(_FIXED[reason]) if reason in _FIXED else reason)
