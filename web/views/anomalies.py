"""Anomaly cards, as they are shown: the figures in words."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotline.anomalies.cards import CardRow
from hotline.anomalies.rules import FOLLOWING, NEXT_STEPS, AnomalyKind, CardState, NextStep
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.procedures.rules import ProcedureKind
from hotline.tickets.actions.feedback import NoContactReason
from hotline.tickets.models import RequestType
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name

FIRST_TICKETS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """Something odd, and what people made of it.

    Attributes:
        figures: the numbers in words.
        tickets: numbers of the first tickets behind it.
        more: how many further ones.
        next_steps: what may be done about it, once it was found to be so.
    """

    id: uuid.UUID
    kind: AnomalyKind
    state: CardState
    day: date
    found_at: datetime
    department: str | None
    figures: str
    tickets: Sequence[str]
    more: int
    looker: str | None
    decider: str | None
    decided_at: datetime | None
    words: str | None
    next_steps: Sequence[NextStep]
    may_follow: frozenset[CardState]

    @property
    def is_decided(self) -> bool:
        """Tell whether people have said what it is."""
        return not self.may_follow


def card_view(row: CardRow, t: Translator, *, most: int | None = FIRST_TICKETS) -> CardView:
    """Return a card as it is shown.

    Args:
        row: the card.
        t: the reader's language.
        most: how many tickets to name at most.
    """
    card = row.card
    shown = row.tickets[:most]
    return CardView(
        id=card.id,
        kind=card.kind,
        state=card.state,
        day=card.day,
        found_at=card.found_at,
        department=unit_name(row.department, t) if row.department else None,
        figures=_SAYS[card.kind](row, t),
        tickets=shown,
        more=len(row.tickets) - len(shown),
        looker=row.looker.display_name if row.looker else None,
        decider=row.decider.display_name if row.decider else None,
        decided_at=card.decided_at,
        words=mask_text(card.words) if card.words else None,
        next_steps=NEXT_STEPS[card.kind] if card.state is CardState.FOUNDED else (),
        may_follow=FOLLOWING.get(card.state, frozenset()),
    )


def _percent(share: object) -> str:
    return f"{float(str(share)):.0%}"


def _no_contact(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    if figures["contradicted"] and figures["excuse"]:
        excuse = t.text(label(NoContactReason(figures["excuse"])))
        return t.text(
            N_('The result says "{excuse}"; the requester says nobody tried.'), excuse=excuse
        )
    if figures["contradicted"]:
        return t.text(N_("A contact is on record; the requester says nobody spoke with him."))
    return t.text(N_("No contact is on record and no reason says why."))


def _copied(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_(
            "{n} replies of the day are as good as the same as others of the unit: alike to {share}."
        ),
        n=figures["count"],
        share=_percent(figures["highest"]),
    )


def _unrelated(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("Only {share} of the reply touches the matter."), share=_percent(figures["overlap"])
    )


def _quick(row: CardRow, t: Translator) -> str:
    seconds = int(row.card.figures["seconds"])
    return t.text(N_("Worked off {time} after signing."), time=t.duration(seconds))


def _bulk(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("{n} results within {time}."),
        n=figures["count"],
        time=t.duration(int(figures["seconds"])),
    )


def _last_minute(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("{n} of {of} works were finished in the last 5 % of their limit."),
        n=figures["count"],
        of=figures["of"],
    )


def _back_again(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    same = [
        t.text(words)
        for name, words in (
            ("same_place", N_("the same place")),
            ("same_requester", N_("the same requester")),
        )
        if figures[name]
    ]
    if not figures["days"]:
        return t.text(
            N_("Told of again on the day it was closed as solved: {same}."), same=t.listed(same)
        )
    return t.text(
        N_("Told of again {n} days after it was closed as solved: {same}."),
        n=figures["days"],
        same=t.listed(same),
    )


def _one_source(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("{n} ratings by link came from one source within {time}."),
        n=figures["count"],
        time=t.duration(int(figures["seconds"])),
    )


def _ping_pong(row: CardRow, t: Translator) -> str:
    figures, units = row.card.figures, row.units or {}
    named = [unit_name(units[unit], t) for unit in figures["units"] if unit in units]
    return t.text(
        N_("{units}: {n} tickets went back and forth within 30 days."),
        units=t.listed(named),
        n=figures["count"],
    )


def _withdrawn(row: CardRow, t: Translator) -> str:
    hours = int(row.card.figures["hours"])
    return t.text(
        N_("Withdrawn by the requester {n} h after the unit had spoken with him."), n=hours
    )


def _made_consult(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("Taken down as {before}, later made {after}."),
        before=t.text(label(RequestType(figures["before"]))),
        after=t.text(label(RequestType(figures["after"]))),
    )


def _own_visits(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("The unit heard of {own} % unsatisfied, the hotline of {hotline} %."),
        own=t.number(figures["own"]),
        hotline=t.number(figures["hotline"]),
    )


def _over_peers(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("{what}: {n} for 100 works; 95 % of its peers stay within {usual}."),
        what=t.text(label(ProcedureKind(figures["what"]))),
        n=t.number(figures["per_hundred"]),
        usual=t.number(figures["usual"]),
    )


def _self_raised(row: CardRow, t: Translator) -> str:
    figures = row.card.figures
    return t.text(
        N_("{n} tickets in {days} days came from numbers of the unit that got them."),
        n=figures["count"],
        days=figures["days"],
    )


_SAYS: Mapping[AnomalyKind, Callable[[CardRow, Translator], str]] = {
    AnomalyKind.NO_CONTACT: _no_contact,
    AnomalyKind.COPIED_REPLY: _copied,
    AnomalyKind.UNRELATED_REPLY: _unrelated,
    AnomalyKind.QUICK_CLOSE: _quick,
    AnomalyKind.BULK_CLOSE: _bulk,
    AnomalyKind.LAST_MINUTE: _last_minute,
    AnomalyKind.BACK_AGAIN: _back_again,
    AnomalyKind.ONE_SOURCE: _one_source,
    AnomalyKind.PING_PONG: _ping_pong,
    AnomalyKind.WITHDRAWN_AFTER_CONTACT: _withdrawn,
    AnomalyKind.MADE_CONSULT: _made_consult,
    AnomalyKind.OWN_VISITS: _own_visits,
    AnomalyKind.OVER_PEERS: _over_peers,
    AnomalyKind.SELF_RAISED: _self_raised,
}
