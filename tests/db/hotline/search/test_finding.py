"""Finding tickets: by number, person, place and word, and only what the finder may see."""

import itertools
import random
from collections.abc import Sequence

import pytest
from sqlmodel import select

from hotline.kernel.masking import mask_text
from hotline.kernel.paging import InvalidCursor
from hotline.search import queries
from hotline.search.documents import PieceKind
from hotline.search.queries import Found, Question, Sort, find_tickets
from hotline.tickets.grams import fold, holds_all, words_of
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.models import Channel, Ticket
from hotline.tickets.queries import TicketFilter, list_tickets
from tests.support.builders import NAME, PHONE, Build
from tests.support.queries import count_queries
from tests.support.searching import fill

_A = Action
_OPERATOR, _CHENGGUAN, _HUANBAO = "operator", "handler.chengguan", "handler.huanbao"


async def find(
    build: Build,
    text: str,
    by: str = _OPERATOR,
    *,
    cursor: str | None = None,
    limit: int = 20,
    sort: Sort = Sort.BEST,
    **wanted: object,
) -> Found:
    async with build.session_maker() as session:
        return await find_tickets(
            session,
            build.city.people[by],
            build.cipher,
            Question(text=text, wanted=TicketFilter(**wanted), sort=sort),  # type: ignore[arg-type]
            cursor=cursor,
            limit=limit,
        )


def numbers(found: Found) -> list[str]:
    return [hit.row.number for hit in found.hits]


async def test_words_of_one_and_two_characters_and_longer_ones(build: Build) -> None:
    lamp = (await build.create(title="路灯不亮", content="建设路路灯坏了三天")).number
    pipe = (await build.create(title="水管漏水", content="地下室水管爆裂 WiFi也断了😀")).number
    await fill(build)
    for text, wanted in (
        ("灯", [lamp]),
        ("路灯", [lamp]),
        ("路灯坏了三天", [lamp]),
        ("水", [pipe]),
        ("ｗｉｆｉ", [pipe]),
        ("😀", [pipe]),
        ("水管 地下室", [pipe]),
        ('"地下室水管"', [pipe]),
        ('"水管地下室"', []),
        ("路灯 水管", []),
        ("灯路", []),
        ("%", []),
        ("水_", []),
        ("' OR 1=1 --", []),
    ):
        found = await find(build, text)
        assert numbers(found) == wanted, text
        assert found.total == len(wanted)
        assert found.is_exact


async def test_a_number_is_found_at_once_and_by_its_beginning(build: Build) -> None:
    number = (await build.create()).number
    for text in (number, number[:8], f"{number}-1"):
        found = await find(build, text)
        assert numbers(found) == [number]
        assert found.hits[0].kinds == [PieceKind.NUMBER]
    assert numbers(await find(build, number[:5])) == []
    await fill(build)
    assert numbers(await find(build, f"{number} 路灯")) == [number]
    assert numbers(await find(build, f"{number} 水管")) == []


async def test_a_promise_and_a_reply_and_what_was_written_are_found(build: Build) -> None:
    number = await build.ticket(Status.FEEDBACK_SUBMITTED)
    await build.do(_A.NOTE, number, by="dispatcher", note="此件蹊跷")
    await fill(build)
    by = _CHENGGUAN
    promise = await find(build, f"{number}-2", by)
    assert promise.hits[0].kinds == [PieceKind.NUMBER, PieceKind.PROMISE]
    assert numbers(await find(build, "蹊跷")) == [number]
    assert numbers(await find(build, "蹊跷", by)) == []
    assert (await find(build, "蹊跷", by)).total == 0
    async with build.session_maker() as session:
        listed = await list_tickets(session, build.city.people[by], TicketFilter(q="蹊跷"))
        assert not listed.items
        listed = await list_tickets(session, build.city.people[_OPERATOR], TicketFilter(q="蹊跷"))
        assert [row.number for row in listed.items] == [number]
    hit = (await find(build, "路灯 蹊跷")).hits[0]
    assert {PieceKind.TITLE, PieceKind.CONTENT, PieceKind.PROGRESS} <= set(hit.kinds)
    shown = (await find(build, "路灯", by)).hits[0]
    assert all("蹊跷" not in piece.text for piece in shown.pieces)


async def test_people_are_found_by_whoever_may_see_them(build: Build) -> None:
    plain = await build.ticket(Status.PROCESSING)
    secret = await build.ticket(Status.PROCESSING, secret=True)
    await fill(build)
    both = {plain, secret}
    for text, kind in (
        (PHONE, PieceKind.PHONE),
        ("+86 " + PHONE, PieceKind.PHONE),
        (PHONE[-4:], PieceKind.PHONE),
        (NAME, PieceKind.NAME),
        ("建设路12号3栋2单元", PieceKind.ADDRESS),
    ):
        question = f'"{text}"'
        found = await find(build, question)
        assert set(numbers(found)) == both, text
        assert kind in found.hits[0].kinds
        assert numbers(await find(build, question, _CHENGGUAN)) == [plain], text
        assert numbers(await find(build, question, _HUANBAO)) == []
        assert numbers(await find(build, question, "admin")) == []
    assert {lookup.hit_count for lookup in (await find(build, PHONE)).lookups} == {2}
    assert not (await find(build, "路灯")).lookups
    assert set(numbers(await find(build, f"{PHONE} 路灯"))) == both
    assert numbers(await find(build, f"{PHONE} 水管")) == []


async def test_a_number_in_a_text_is_masked_and_found_by_its_digest_alone(build: Build) -> None:
    number = (await build.create(content="请打13712345678找李师傅", requester_phone=None)).number
    await fill(build)
    found = await find(build, "13712345678")
    assert numbers(found) == [number]
    assert found.hits[0].kinds == [PieceKind.PHONE]
    assert numbers(await find(build, "1371234")) == []
    shown = (await find(build, "李师傅")).hits[0].pieces[0]
    assert shown.text == mask_text("请打13712345678找李师傅")
    assert "13712345678" not in shown.text


async def test_departments_find_what_they_may_see_and_stop_when_it_is_taken_away(
    build: Build,
) -> None:
    own = await build.ticket(Status.DISPATCHED)
    other = await build.ticket(Status.ACCEPTED)
    await fill(build)
    assert set(numbers(await find(build, "路灯"))) == {own, other}
    found = await find(build, "路灯", _CHENGGUAN)
    assert (numbers(found), found.total) == ([own], 1)
    assert numbers(await find(build, own[:8], _CHENGGUAN)) == [own]
    assert numbers(await find(build, "路灯", _HUANBAO)) == []
    assert numbers(await find(build, own, _HUANBAO)) == []
    await build.follow(
        own, _A.REQUEST_RETURN, (_A.DECIDE_RETURN, {"uphold": True, "department": "jiaotong"})
    )
    # The index is not filled again: his rights are asked of the ticket itself.
    assert numbers(await find(build, "路灯", _CHENGGUAN)) == []


async def test_filters_narrow_what_is_found(build: Build) -> None:
    one = (await build.create(category="urban.roads", area="新城街道")).number
    two = (await build.create(category="housing", area="老城街道", channel=Channel.WEB)).number
    await fill(build)
    for wanted, expected in (
        ({"category": "urban"}, [one]),
        ({"category": "urban.roads"}, [one]),
        ({"area": "老城街道"}, [two]),
        ({"channel": (Channel.WEB,)}, [two]),
        ({"status": (Status.ACCEPTED,)}, []),
        ({"open_only": True, "category": "housing"}, [two]),
        ({"created_from": build.clock.move(hours=1)}, []),
    ):
        found = await find(build, "路灯", **wanted)
        assert (numbers(found), found.total) == (expected, len(expected)), wanted


@pytest.mark.parametrize("is_common", [False, True])
@pytest.mark.parametrize("sort", list(Sort))
async def test_pages_follow_one_another_without_a_gap(
    build: Build, monkeypatch: pytest.MonkeyPatch, sort: Sort, *, is_common: bool
) -> None:
    if is_common:
        monkeypatch.setattr(queries, "MOST_SORTED", -1)
        monkeypatch.setattr(queries, "MOST_WALKED", 3)
    made = []
    for place in range(7):
        title = "路灯不亮" if place % 3 else "别的事情"
        made.append((await build.create(title=title)).number)
        build.clock.move(minutes=3)
    await fill(build)
    seen: list[str] = []
    cursor = None
    for _ in range(9):
        found = await find(build, "路灯", cursor=cursor, limit=2, sort=sort)
        seen += numbers(found)
        cursor = found.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    if sort is Sort.NEWEST or is_common:
        assert seen == made[::-1]
    else:
        assert seen == [*(n for i, n in reversed(list(enumerate(made))) if i % 3), *made[6::-3]]
    with pytest.raises(InvalidCursor):
        await find(build, "路灯", cursor="xyz")


async def test_a_page_takes_a_fixed_number_of_statements(build: Build) -> None:
    counts = set()
    for size in (1, 6):
        for _ in range(size):
            await build.ticket(Status.FEEDBACK_SUBMITTED)
        await fill(build)
        engine = build.session_maker.kw["bind"].engine
        with count_queries(engine) as statements:
            await find(build, "路灯")
        counts.add(len(statements))
    assert len(counts) == 1
    assert counts.pop() <= 10


def _texts() -> Sequence[str]:
    rng = random.Random(7)  # noqa: S311  # the same texts each time
    letters = "路灯水管漏 ABab12％%_'\"*😀，。"
    return ["".join(rng.choices(letters, k=rng.randint(1, 14))) for _ in range(14)]


async def test_arbitrary_questions_find_what_a_look_at_each_text_finds(build: Build) -> None:
    texts: dict[str, list[str]] = {}
    for title, content in itertools.pairwise(_texts()):
        created = await build.create(
            title=title, content=content, address=None, area=None, requester_name=None
        )
        texts[created.number] = [fold(mask_text(title)), fold(mask_text(content))]
    await fill(build)
    rng = random.Random(11)  # noqa: S311  # the same questions each time
    whole = "".join(piece for pieces in texts.values() for piece in pieces)
    for _ in range(60):
        begin, length = rng.randrange(len(whole)), rng.choice((1, 1, 2, 2, 3, 5, 8))
        question = whole[begin : begin + length]
        if rng.random() < 0.3:
            question += " " + rng.choice(whole)
        words = words_of(question)
        expected = {
            number for number, pieces in texts.items() if words and holds_all(words, pieces)
        }
        assert set(numbers(await find(build, question, limit=50))) == expected, question


async def test_a_question_without_words_finds_nothing(build: Build) -> None:
    await build.create()
    await fill(build)
    for text in ("", "  ", '""'):
        assert (await find(build, text)).hits == ()


async def test_the_ticket_itself_is_never_in_the_way(build: Build) -> None:
    """A ticket that is found is one that the lists show too."""
    await build.create()
    await fill(build)
    async with build.session_maker() as session:
        stored = (await session.exec(select(Ticket.number))).all()
    assert set(numbers(await find(build, "路"))) == set(stored)
