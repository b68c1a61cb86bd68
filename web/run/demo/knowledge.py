"""The knowledge of the demo city: articles and phrases, some stale, one under correction."""

import tomllib
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.outbox import OutboxMessage
from hotline.knowledge.actions import (
    change_article,
    draft_article,
    publish_article,
    submit_article,
    text_of,
)
from hotline.knowledge.corrections import decide_correction, report_mistake
from hotline.knowledge.events import KnowledgeMoved
from hotline.knowledge.models import Article, ArticleVersion
from hotline.knowledge.phrase_rules import PhraseDesk, PhraseKind
from hotline.knowledge.phrases import add_phrase
from hotline.knowledge.rules import (
    ArticleAudience,
    ArticleText,
    ArticleUse,
    article_number,
    day_of,
)
from hotline.knowledge.uses import answer_from, use_article
from hotline.people.principal import Tx
from hotline.tickets.models import Ticket, TicketEvent
from web.run.demo.directory import Cast

_Act = Callable[..., Awaitable[Any]]
_TOLD = timedelta(days=4)


async def know(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Write the articles, each by two persons, use them, report mistakes; keep phrases."""
    content = tomllib.loads(
        resources.files("web.run.demo").joinpath("knowledge.toml").read_text("utf-8")
    )
    act = _stage(session, cipher, cast, now)
    numbers = {}
    for one in content["articles"]:
        numbers[one["title"]] = await _article(act, one, now)
    for place, (title, number) in enumerate(numbers.items()):
        for days_ago in range(1 + (len(title) + place) % 6):
            use = ArticleUse.READ_OUT if days_ago % 2 else ArticleUse.PUT_IN
            await act(days_ago, "operator", use_article, number, use)
    await _corrections(act, session, list(numbers.values()))
    await _answered(act, session, next(iter(numbers.values())))
    for one in content["phrases"]:
        await act(
            100,
            "supervisor",
            add_phrase,
            title=one["title"],
            text=one["text"],
            desk=PhraseDesk(one["desk"]),
            kind=PhraseKind(one["kind"]),
            is_shared=True,
        )
    # Of what was published long ago nobody is told today.
    await session.exec(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.topic) == KnowledgeMoved.topic,
            col(OutboxMessage.created_at) < now - _TOLD,
        )
        .values(relayed_at=OutboxMessage.created_at)
        .execution_options(synchronize_session=False)
    )


def _stage(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> _Act:
    async def act(
        days_ago: float,
        by: str,
        action: _Act,
        *keys: object,
        **words: Any,  # noqa: ANN401  # whatever the action takes
    ) -> Any:  # noqa: ANN401  # whatever it returns
        at = now - timedelta(days=days_ago)
        tx = Tx(session, at, cipher, f"demo:{at.isoformat()}", cast.people[by])
        result = await action(tx, *keys, **words)
        await session.flush()
        session.expunge_all()  # every action reads afresh, as it does in life
        return result

    return act


def _text(one: Mapping[str, Any], now: datetime, days_ago: int) -> ArticleText:
    until: date | None = None
    if "until" in one:
        until = day_of(now) + timedelta(days=one["until"])
    return ArticleText(
        title=one["title"],
        short=one["short"],
        answer=one["answer"],
        steps=one.get("steps"),
        materials=one.get("materials"),
        place=one.get("place"),
        source=one.get("source"),
        source_number=one.get("source_number"),
        tags=tuple(one["tags"]),
        categories=(one["category"],) if one["category"] else (),
        audience=ArticleAudience(one["audience"]),
        valid_from=day_of(now) - timedelta(days=days_ago),
        valid_until=until,
        review_days=one.get("review", 180),
    )


async def _article(act: _Act, one: Mapping[str, Any], now: datetime) -> str:
    owner, days = one["owner"], one["days"]
    is_hotline = owner == "hotline"
    author = "operator" if is_hotline else f"handler.{owner}"
    publisher = one.get("publisher") or f"leader.{owner}"
    article = await act(
        days + 2, author, draft_article, department=owner, text=_text(one, now, days)
    )
    number = article_number(article.nth)
    await act(days + 1, author, submit_article, number)
    await act(days, publisher, publish_article, number)
    return number


async def _corrections(act: _Act, session: AsyncSession, numbers: list[str]) -> None:
    """Let one mistake be owned up to and wait for its version, one wait for its owner, one be settled."""
    correcting, open_one, settled = numbers[6], numbers[8], numbers[5]
    report = await act(2, "operator2", report_mistake, correcting, reason="夜间免费时段已调整")
    await act(
        1, "leader.chengguan", decide_correction, report.id, accept=True, words="属实，正在修订"
    )
    await act(0.5, "operator3", report_mistake, open_one, reason="表决比例的说法与新规不一致")
    report = await act(20, "operator", report_mistake, settled, reason="没有说明人行道由谁管")
    await act(
        19, "leader.jiaojing", decide_correction, report.id, accept=False, words="答复中已有说明"
    )
    waiting = numbers[0]
    found = (
        await session.exec(
            select(ArticleVersion)
            .join(Article, col(Article.id) == col(ArticleVersion.article_id))
            .where(Article.nth == int(waiting[3:]))
        )
    ).one()
    text = text_of(found)
    await act(1, "handler.reli", change_article, waiting, text=text)
    await act(0.5, "handler.reli", submit_article, waiting)


async def _answered(act: _Act, session: AsyncSession, number: str) -> None:
    """Keep with a ticket that was answered at the desk what it was answered from."""
    row = (
        await session.exec(
            select(Ticket.number)
            .join(TicketEvent, col(TicketEvent.ticket_id) == col(Ticket.id))
            .where(TicketEvent.action == "answer")
            .order_by(col(Ticket.number))
            .limit(1)
        )
    ).first()
    if row is not None:
        await act(0.1, "operator", answer_from, row, number)
