"""Anomaly cards: what looks odd, and what people made of it."""

import uuid
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.anomalies.actions import decide_card, look_into_card
from hotline.anomalies.cards import CardFilter, CardRow, find_card, list_cards
from hotline.anomalies.rules import NEXT_STEPS, AnomalyKind, CardState
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Unit, Words
from web.security.guards import requires


class CardOut(Answer):
    """Something odd. It changes no score; `next_steps` says what a person may do when it is so."""

    id: uuid.UUID
    kind: str
    state: str
    day: str
    department: Unit | None
    figures: dict[str, Any]
    tickets: list[str]
    found_at: Instant
    looked_by: str | None
    looked_at: Instant | None
    decided_by: str | None
    decided_at: Instant | None
    words: str | None
    next_steps: list[str]


class CardList(Answer):
    """A page of cards, the newest first."""

    items: list[CardOut]
    next_cursor: str | None = None


class CardDecisionBody(Body):
    """Whether it is so, and what was found out."""

    founded: bool
    words: Words


def card_out(row: CardRow) -> CardOut:
    """Return a card; the units that its figures name are given by their codes."""
    card, units = row.card, row.units or {}
    figures = dict(card.figures)
    if "units" in figures:
        figures["units"] = [units[key].code for key in figures["units"] if key in units]
    return CardOut(
        id=card.id,
        kind=card.kind.value,
        state=card.state.value,
        day=card.day.isoformat(),
        department=Unit(
            code=row.department.code, name=row.department.name, name_en=row.department.name_en
        )
        if row.department
        else None,
        figures=figures,
        tickets=list(row.tickets),
        found_at=card.found_at,
        looked_by=row.looker.username if row.looker else None,
        looked_at=card.looked_at,
        decided_by=row.decider.username if row.decider else None,
        decided_at=card.decided_at,
        words=mask_text(card.words) if card.words else None,
        next_steps=[step.value for step in NEXT_STEPS[card.kind]]
        if card.state is CardState.FOUNDED
        else [],
    )


class AnomalyController(Controller):
    """What looks odd."""

    path = "/anomalies"
    tags = ("supervision",)

    @get(
        guards=[requires(Permission.READ_ANOMALIES)],
        operation_id="listAnomalies",
        operation_class=ApiOperation,
        summary="Anomaly cards",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        states: Annotated[list[CardState] | None, QueryParameter(name="state")] = None,
        kinds: Annotated[list[AnomalyKind] | None, QueryParameter(name="kind")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> CardList:
        """List the cards you may see: the hotline all, a leader those found to be so of his unit."""
        found = await list_cards(
            reader,
            principal,
            CardFilter(state=tuple(states or ()), kind=tuple(kinds or ()), department=department),
            cursor=cursor,
            limit=limit,
        )
        return CardList(items=[card_out(row) for row in found.items], next_cursor=found.next_cursor)

    @get(
        "/{card_id:uuid}",
        guards=[requires(Permission.READ_ANOMALIES)],
        operation_id="readAnomaly",
        operation_class=ApiOperation,
        summary="One anomaly card",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        card_id: FromPath[uuid.UUID],
    ) -> CardOut:
        """Return a card with every ticket behind it."""
        return card_out(await find_card(reader, principal, card_id))

    @post(
        "/{card_id:uuid}/look-into",
        status_code=200,
        guards=[requires(Permission.JUDGE_ANOMALIES)],
        operation_id="lookIntoAnomaly",
        operation_class=ApiOperation,
        summary="Say that you look into it",
        responses=problem_responses(401, 403, 404, 409, 503),
    )
    async def look_into(self, tx: NamedDependency[Tx], card_id: FromPath[uuid.UUID]) -> CardOut:
        """Say that somebody looks into a card."""
        await look_into_card(tx, card_id)
        await tx.session.flush()  # the answer reads back what was written
        return card_out(await find_card(tx.session, tx.actor, card_id))

    @post(
        "/{card_id:uuid}/decide",
        status_code=200,
        guards=[requires(Permission.JUDGE_ANOMALIES)],
        operation_id="decideAnomaly",
        operation_class=ApiOperation,
        summary="Say whether it is so",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def decide(
        self,
        tx: NamedDependency[Tx],
        card_id: FromPath[uuid.UUID],
        data: JSONBody[CardDecisionBody],
    ) -> CardOut:
        """Decide a card; what is decided stays decided, and no score changes by it."""
        await decide_card(tx, card_id, founded=data.founded, words=data.words)
        await tx.session.flush()  # the answer reads back what was written
        return card_out(await find_card(tx.session, tx.actor, card_id))
