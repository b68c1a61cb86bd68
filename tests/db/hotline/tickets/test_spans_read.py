"""What the time of tickets went on, read off their timelines; the page draws it."""

from datetime import timedelta

from hotline.tickets.lifecycle import Status
from hotline.tickets.queries import read_holdings
from hotline.tickets.spans.queries import read_spans
from hotline.tickets.spans.rules import Stage
from tests.support.builders import Build
from web.i18n import translator
from web.views.hops import hop_bar, units_in


async def test_the_spans_of_tickets_are_what_the_requesters_have_waited(build: Build) -> None:
    open_one = await build.find(await build.ticket(Status.PROCESSING))
    build.clock.move(hours=3)
    ended = await build.find(await build.ticket(Status.CLOSED))
    now = build.clock.now() + timedelta(hours=2)
    async with build.session_maker() as session:
        found = await read_spans(
            session, {open_one.id: open_one.due_at, ended.id: ended.due_at}, now
        )
        for ticket in (open_one, ended):
            holdings = await read_holdings(session, ticket.id, now)
            assert found[ticket.id].total == holdings.total
    mine = found[open_one.id]
    assert open_one.due_at is not None
    assert [span.stage for span in mine.spans][-1] is Stage.HANDLING
    assert mine.left == (open_one.due_at - now) / timedelta(microseconds=1)
    assert found[ended.id].left == 0
    chengguan = build.city.departments["chengguan"]
    assert {span.department_id for span in mine.spans if span.stage is Stage.HANDLING} == {
        chengguan
    }


async def test_a_bar_is_a_thousand_parts(build: Build) -> None:
    ticket = await build.find(await build.ticket(Status.PROCESSING))
    now = build.clock.now() + timedelta(hours=2)
    async with build.session_maker() as session:
        use = (await read_spans(session, {ticket.id: ticket.due_at}, now))[ticket.id]
    for language in ("zh_CN", "en"):
        bar = hop_bar(use, {}, translator(language))
        assert sum(one.width for one in bar.stretches) + bar.left_width == 1000
        assert bar.left
        assert not bar.over
    assert units_in([use]) >= {build.city.departments["chengguan"]}
