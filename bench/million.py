"""A million real-looking tickets in the database of a data folder, the same ones each time.

`python -m bench.million --home FOLDER [--tickets N] [--workers N] [--no-index]` fills an empty
installation with the directory of the demo city and tickets of five years that end today or with
`--until`: matters of the demo city at places that do not exist, told in more words than those; callers
who call again; answers of departments; a few per cent still open. They go in by COPY, each worker makes
and sends its own part. `--no-index` leaves the index of the search to `hotline search reindex`.

The tickets have no history and no clocks: this is a house for reading, not for working in.
"""

import argparse
import json
import multiprocessing
import os
import queue
import random
import sys
import time
import uuid
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import Tx
from hotline.search.documents import (
    Document,
    Piece,
    PieceKind,
    is_sample,
    keys_of,
    marks_of,
    pieces_of,
)
from hotline.tickets.finding import sight_of
from hotline.tickets.grams import RULES
from hotline.tickets.numbering import ticket_number
from web.run.bootstrap import FOUNDER, ensure_basics
from web.run.demo.directory import settle
from web.run.demo.loader import DemoCity, TicketTemplate, load
from web.run.migrate import upgrade
from web.run.services import services

SEED = 12345
DAYS = 1826
CHUNK = 2_000
CALLERS = 300_000
OPEN_SHARE = 0.03
SECRET_SHARE = 0.02

_HANZI = [
    bytes((high, low)).decode("gb2312")
    for high in range(0xB0, 0xD8)
    for low in range(0xA1, 0xFF)
    if (high, low) < (0xD7, 0xFA)
]
"""The 3,755 characters of the first level of GB 2312."""

_LUCKY = (
    "云锦青柳望文松石岭湖星汀鹭桐仓柘桑华安康宁和平丰泰祥瑞金银玉兰梅竹菊"
    "荷春秋东南西北长大新兴永福德仁义明光海江河山林泉溪龙凤"
)
_ROAD_ENDS = (
    "路",
    "街",
    "大道",
    "巷",
    "东路",
    "西路",
    "南街",
    "北街",
    "一路",
    "二路",
    "三街",
    "环路",
)
_HOME_ENDS = ("小区", "花园", "家园", "新村", "苑", "雅居", "公馆", "公寓", "里", "府", "安置小区")
_SHOP_ENDS = (
    "超市",
    "烧烤店",
    "洗车行",
    "健身房",
    "火锅店",
    "美容院",
    "物业公司",
    "建材店",
    "网吧",
    "幼儿园",
    "药房",
    "茶楼",
)

_WHEN = (
    "从上周开始",
    "这几天",
    "每天晚上十点以后",
    "今天早上",
    "昨天下午",
    "国庆以来",
    "入冬以后",
    "已经半个月了",
    "差不多三个月",
    "周末的时候",
    "凌晨两点多",
    "上下班高峰期",
    "下雨的时候",
    "最近一个星期",
    "去年就有",
)
_WHO = (
    "家里有老人和孩子",
    "我们整栋楼的住户",
    "附近的商户",
    "我母亲行动不便",
    "住在一楼的邻居",
    "接送孩子的家长",
    "上夜班的工人",
    "路过的行人",
    "骑电动车的人",
    "同单元的几户",
    "小区业主群里",
    "来买菜的居民",
)
_EFFECT = (
    "晚上根本睡不着",
    "出行很不方便",
    "存在很大的安全隐患",
    "已经有人摔伤",
    "气味呛得头晕",
    "孩子不敢一个人走",
    "生意受到影响",
    "水都漫到门口了",
    "窗户不敢开",
    "车子也被刮了",
    "大家意见很大",
    "影响正常生活",
)
_TRIED = (
    "之前打过物业电话没有人管",
    "找过社区说要等通知",
    "向街道反映过一次",
    "联系了施工单位对方推脱",
    "在网上留过言至今没有回复",
    "上次来人看了一眼就走了",
    "跟商家协商没有结果",
    "报过一次修但是没修好",
    "工作人员说不归他们管",
    "第一次反映",
    "问了好几个部门都说不清楚",
)
_WISH = (
    "希望相关部门尽快处理",
    "请派人到现场看一下",
    "请给一个明确的答复",
    "要求依法查处",
    "建议增加巡查",
    "希望能给个说法",
    "请核实以后回电",
    "要求退还费用",
    "希望早日修复",
    "请帮忙协调",
    "想咨询一下政策",
)
_LINKS = ("，", "。", "，而且", "，所以", "；", "。另外，", "，现在", "，特别是")
_ENGLISH = ("WiFi", "5G", "APP", "ETC", "KTV", "GPS", "POS", "VIP", "SUV", "LED")


class _Zipf:
    """Draws of a sequence as words are used: the n-th in line with a weight of 1/n."""

    def __init__(self, items: Sequence[str], power: float = 1.0) -> None:
        self._items = items
        self._sums = list(accumulate(1 / (rank + 1) ** power for rank in range(len(items))))

    def draw(self, rng: random.Random) -> str:
        return self._items[bisect(self._sums, rng.random() * self._sums[-1])]


def _names(rng: random.Random, ends: Sequence[str], count: int, letters: str) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choices(letters, k=2)) + rng.choice(ends)] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Places:
    """What there is in the town: the same for every worker."""

    roads: _Zipf
    homes: _Zipf
    shops: _Zipf
    rare: str

    @classmethod
    def made(cls) -> "Places":
        """Make them from the one seed."""
        rng = random.Random(SEED)
        return cls(
            _Zipf(_names(rng, _ROAD_ENDS, 1_200, _LUCKY), 0.8),
            _Zipf(_names(rng, _HOME_ENDS, 3_000, _LUCKY), 0.8),
            _Zipf(_names(rng, _SHOP_ENDS, 20_000, "".join(_HANZI)), 0.9),
            "".join(_HANZI),
        )


@dataclass(frozen=True, slots=True)
class Directory:
    """Ids of what tickets name."""

    hotline: int
    departments: Mapping[str, int]
    areas: Mapping[str, str]
    policy: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker is told."""

    dsn: str
    secret_key: str
    directory: Directory
    tickets: int
    until: date
    with_index: bool


_OPEN = (
    ("submitted", False), ("accepted", False), ("dispatched", True), ("processing", True),
    ("processing", True), ("feedback_submitted", True), ("pending_visit", True),
)  # fmt: skip
_POSTS = {
    "submitted": "acceptance_desk", "accepted": "dispatch_desk", "dispatched": "department_duty",
    "processing": "department_duty", "feedback_submitted": "audit_desk", "pending_visit": "visit_desk",
}  # fmt: skip
_TASK = {"dispatched": "pending_sign", "processing": "working", "feedback_submitted": "submitted"}
_CHANNELS = _Zipf(
    ("phone", "wechat", "app", "web", "mayor_mailbox", "upper_level", "email", "sms", "on_site")
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "tickets": (
        *("id", "number", "query_code", "status", "round", "version", "urgency", "channel"),
        *("programme", "request_type", "category_code", "title", "content", "address", "area"),
        *("lat", "long", "is_secret", "owner_department_id", "holder_post", "lead_department_id"),
        *("is_designated", "bounce_count", "hop", "policy_id", "due_at", "level", "closure_code"),
        *("submitted_at", "closed_at", "history_count", "history_head"),
    ),
    "ticket_requesters": ("id", "ticket_id", "name", "phone", "phone_index", "on_behalf_of"),
    "assignments": (
        *("id", "ticket_id", "hop", "department_id", "role", "state", "assigned_at", "ended_at"),
    ),
    "feedbacks": (
        *("id", "ticket_id", "round", "hop", "department_id", "result", "reply", "is_resolved"),
        *("evidence", "submitted_at", "is_passed"),
    ),
    "ticket_texts": (
        *("ticket_id", "tier", "submitted_at", "is_sample", "grams", "text", "digest"),
        *("seen_count", "rules", "filled_at"),
    ),
    "ticket_keys": ("ticket_id", "kind", "key"),
}


class Maker:
    """Makes tickets by their place in the row; the same place gives the same ticket."""

    def __init__(self, city: DemoCity, plan: Plan) -> None:
        self._plan = plan
        self._cipher = FieldCipher(plan.secret_key)
        self._places = Places.made()
        rng = random.Random(SEED)
        templates = list(city.tickets)
        rng.shuffle(templates)
        self._templates: Sequence[TicketTemplate] = templates
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(templates))))
        self._people = city.requesters
        self._area_codes = list(plan.directory.areas)
        self._per_day = -(-plan.tickets // DAYS)

    def chunk(self, place: int) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of a part, by table."""
        rng = random.Random(SEED * 1_000_003 + place)
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        first = place * CHUNK
        for nth in range(first, min(first + CHUNK, self._plan.tickets)):
            self._ticket(rng, nth, rows)
        return rows

    def _ticket(
        self, rng: random.Random, nth: int, rows: Mapping[str, list[tuple[Any, ...]]]
    ) -> None:
        plan, town = self._plan, self._places
        day_nth, in_day = divmod(nth, self._per_day)
        day = plan.until - timedelta(days=(plan.tickets - 1) // self._per_day - day_nth)
        second = int(86_399 * (in_day + rng.random()) / self._per_day)
        at = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(seconds=second)
        at = at.astimezone(UTC)
        ticket_id = _uuid7(at, rng)
        template = self._templates[bisect(self._weights, rng.random() * self._weights[-1])]
        slots = {
            "road": town.roads.draw(rng),
            "community": town.homes.draw(rng),
            "shop": town.shops.draw(rng),
            "n": str(rng.randint(1, 30)),
            "date": f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
        }
        title = template.title.format_map(slots)[:200]
        content = self._told(rng, template.content.format_map(slots), slots)
        address = (
            f"{slots['road']}{rng.randint(1, 300)}号{slots['community']}{rng.randint(1, 40)}号楼"
        )
        area_code = self._area_codes[int(len(self._area_codes) * rng.random() ** 1.5)]
        area = plan.directory.areas[area_code]
        lead = plan.directory.departments[template.department]
        channel = _CHANNELS.draw(rng)
        is_open = nth >= plan.tickets * (1 - OPEN_SHARE)
        status, has_lead = rng.choice(_OPEN) if is_open else ("closed", True)
        is_secret = rng.random() < SECRET_SHARE
        post = _POSTS.get(status)
        owner = (lead if post == "department_duty" else plan.directory.hotline) if is_open else None
        closed_at = None if is_open else at + timedelta(hours=rng.randint(2, 400))
        rows["tickets"].append((
            ticket_id, ticket_number(day, in_day + 1), _code(rng), status, 1, 1, template.urgency,
            channel, "general", template.request_type, template.category, title, content, address,
            area, 28 + rng.random(), 112 + rng.random(), is_secret, owner, post,
            lead if has_lead else None, False, int(rng.random() < 0.05), int(has_lead),
            plan.directory.policy, at + timedelta(days=7) if is_open else None, "green",
            None if is_open else "solved", at, closed_at, 0, b"",
        ))  # fmt: skip
        name, phone = self._caller(rng)
        rows["ticket_requesters"].append((
            _uuid7(at, rng), ticket_id, self._cipher.encrypt(name), self._cipher.encrypt(phone),
            self._cipher.blind_index(phone), None,
        ))  # fmt: skip
        units = [lead] if has_lead else []
        if has_lead and rng.random() < 0.08:
            units.append(rng.choice(list(plan.directory.departments.values())))
        for place, unit in enumerate(dict.fromkeys(units)):
            rows["assignments"].append((
                _uuid7(at, rng), ticket_id, 1, unit, "co" if place else "lead",
                _TASK.get(status, "done"), at, closed_at,
            ))  # fmt: skip
        reply = result = ""
        if status in {"feedback_submitted", "pending_visit", "closed"}:
            reply = template.reply.format_map(slots)
            result = template.progress.format_map(slots)
            rows["feedbacks"].append((
                _uuid7(at, rng), ticket_id, 1, 1, lead, result, reply, True, "[]",
                at + timedelta(hours=1), None if status == "feedback_submitted" else True,
            ))  # fmt: skip
        if plan.with_index:
            more = [Piece(PieceKind.REPLY, text) for text in (reply, result) if text]
            document = Document(
                pieces_of(title=title, content=content, address=address, area=area, more=more),
                marks_of(
                    category=template.category,
                    lead=lead if has_lead else None,
                    channel=channel,
                    area=area,
                ),
                frozenset(map(sight_of, units)),
                keys_of(
                    self._cipher,
                    names=[name],
                    phones=[phone],
                    address=address,
                    texts=(title, content),
                ),
            )
            self._index(ticket_id, at, document, rows)

    def _index(
        self,
        ticket_id: uuid.UUID,
        at: datetime,
        document: Document,
        rows: Mapping[str, list[tuple[Any, ...]]],
    ) -> None:
        rows["ticket_texts"] += [
            (
                ticket_id, row.tier.value, at, is_sample(ticket_id), row.grams, row.text, row.digest,
                0, RULES, at,
            )
            for row in document.rows()
        ]  # fmt: skip
        rows["ticket_keys"] += [(ticket_id, key.kind.value, key.digest) for key in document.keys]

    def _told(self, rng: random.Random, text: str, slots: Mapping[str, str]) -> str:
        """Return what a caller says: the matter, and then as much as he likes."""
        parts = [text]
        length, wanted = len(text), rng.choice((60, 90, 120, 150, 200, 260, 340, 400))
        while length < wanted:
            sentence = self._sentence(rng, slots)
            parts.append(sentence)
            length += len(sentence)
        return "".join(parts)[:400]

    def _sentence(self, rng: random.Random, slots: Mapping[str, str]) -> str:
        chance = rng.random()
        if chance < 0.06:
            plate = f"车牌号是西{rng.choice('ABCDE')}{rng.randint(10_000, 99_999)}"
            return f"{plate}，{rng.choice(_WISH)}。"
        if chance < 0.10:
            # A name that nobody else has: the long tail of every vocabulary.
            name = "".join(rng.choices(self._places.rare, k=3))
            return f"对方叫{name}，{rng.choice(_TRIED)}。"
        if chance < 0.14:
            return f"现场联系电话1990000{rng.randint(2000, 9999)}，{rng.choice(_WISH)}。"
        if chance < 0.18:
            return f"{slots['shop']}的{rng.choice(_ENGLISH)}也有问题，{rng.choice(_EFFECT)}。"
        parts = [
            rng.choice(_WHEN),
            rng.choice(_WHO) + rng.choice(_EFFECT),
            rng.choice(_TRIED),
            rng.choice(_WISH),
        ]
        if chance < 0.5:
            parts.insert(1, f"{slots['road']}与{self._places.roads.draw(rng)}交叉口一带")
        return "".join(part + rng.choice(_LINKS) for part in parts[:-1]) + parts[-1] + "。"

    def _caller(self, rng: random.Random) -> tuple[str, str]:
        """Return one of the callers; some of them call again and again."""
        number = int(CALLERS * rng.random() ** 2)
        own = random.Random(SEED + number)
        name = own.choice(self._people.surnames) + own.choice(self._people.given_names)
        return name, f"199{number:08d}"


def _uuid7(at: datetime, rng: random.Random) -> uuid.UUID:
    bits = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | rng.getrandbits(12) << 64
    return uuid.UUID(int=bits | 0x2 << 62 | rng.getrandbits(62))


def _code(rng: random.Random) -> str:
    return "".join(rng.choices("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=6))


def _work(plan: Plan, places: "Queue[int | None]", done: "Queue[int]") -> None:
    """Make and send parts until there are no more."""

    async def send() -> None:
        maker = Maker(load(), plan)
        connection = await _connect(plan.dsn)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        while (place := places.get()) is not None:
            rows = maker.chunk(place)
            async with connection.transaction():
                for table, columns in TABLES.items():
                    if rows[table]:
                        await connection.copy_records_to_table(
                            table, records=rows[table], columns=columns, timeout=600
                        )
            done.put(place)
        await connection.close()

    uvloop.run(send())


async def _connect(dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(dsn, command_timeout=3600)


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop every index that no constraint needs, and return how to make them again."""
    rows = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY($1) AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint WHERE conname = indexname)",
        list(TABLES),
    )
    for row in rows:
        await connection.execute(f'DROP INDEX "{row["indexname"]}"')
    return [row["indexdef"] for row in rows]


async def build(
    settings: Settings,
    database_url: str,
    *,
    tickets: int,
    until: date,
    workers: int = 2,
    with_index: bool = True,
    say: Callable[[str], None] = lambda _text: None,
) -> dict[str, float]:
    """Fill a migrated database that has no tickets, and return the seconds of each part."""
    took: dict[str, float] = {}
    began = time.perf_counter()
    secret_key = resolve_secret_key(settings)
    city = load()
    engine = make_engine(database_url, application_name="bench")
    maker = make_session_maker(engine)
    now = SystemClock().now()
    await ensure_basics(maker, FieldCipher(secret_key), now)
    dsn = database_url.replace("+asyncpg", "")
    connection = await _connect(dsn)
    if await connection.fetchval("SELECT count(*) FROM tickets"):
        raise SystemExit("There are tickets already: give an empty folder.")
    if not await connection.fetchval("SELECT count(*) FROM users"):
        async with maker() as session, session.begin():
            await settle(Tx(session, now, FieldCipher(secret_key), "bench", FOUNDER), city)
    await engine.dispose()
    ids = dict(await connection.fetch("SELECT code, id FROM departments"))
    directory = Directory(
        hotline=await connection.fetchval("SELECT id FROM departments WHERE is_hotline"),
        departments={code: ids[code] for code in {one.department for one in city.tickets}},
        areas={
            unit.code: unit.name
            for unit in city.departments.values()
            if unit.kind in {"district", "county"}
        },
        policy=await connection.fetchval("SELECT max(id) FROM sla_policies"),
    )
    plan = Plan(dsn, secret_key, directory, tickets, until, with_index)
    definitions = await _without_indexes(connection)
    took["prepare"] = time.perf_counter() - began
    began = time.perf_counter()
    _send_all(plan, workers, say)
    took["send"] = time.perf_counter() - began
    began = time.perf_counter()
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for definition in definitions:
        say(definition[:100])
        await connection.execute(definition)
    took["indexes"] = time.perf_counter() - began
    began = time.perf_counter()
    for table in TABLES:
        await connection.execute(f"VACUUM ANALYZE {table}")
    took["vacuum"] = time.perf_counter() - began
    await connection.execute("CHECKPOINT")
    await connection.close()
    return {name: round(seconds, 1) for name, seconds in took.items()}


def _send_all(plan: Plan, workers: int, say: Callable[[str], None]) -> None:
    """Let every worker send its part; the order in which parts arrive does not matter."""
    spawning = multiprocessing.get_context("spawn")
    places: Queue[int | None] = spawning.Queue()
    done: Queue[int] = spawning.Queue()
    count = -(-plan.tickets // CHUNK)
    for place in [*range(count), *[None] * workers]:
        places.put(place)
    children = [spawning.Process(target=_work, args=(plan, places, done)) for _ in range(workers)]
    for child in children:
        child.start()
    for nth in _until_done(children, done, count):
        if nth % 25 == 0 or nth == count:
            say(f"{min(nth * CHUNK, plan.tickets):,} tickets")
    for child in children:
        child.join()


def _until_done(children: Sequence[SpawnProcess], done: "Queue[int]", count: int) -> Iterator[int]:
    nth = 0
    while nth < count:
        try:
            done.get(timeout=5)
        except queue.Empty:
            if any(child.exitcode for child in children):
                raise SystemExit("A worker has failed.") from None
            continue
        nth += 1
        yield nth


async def run(home: Path, tickets: int, until: date, workers: int, *, with_index: bool) -> None:
    """Build the tickets in the data folder `home` and say how long it took."""
    settings = Settings(home=home, log_format="json")

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    async with services(settings, command="bench.million") as urls:
        await upgrade(urls.database_url)
        took = await build(
            settings,
            urls.database_url,
            tickets=tickets,
            until=until,
            workers=workers,
            with_index=with_index,
            say=say,
        )
        connection = await _connect(urls.database_url.replace("+asyncpg", ""))
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
        await connection.close()
    json.dump({"tickets": tickets, "seconds": took, "bytes": size}, sys.stdout, indent=1)


def main() -> None:
    """Read the options and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--until", type=date.fromisoformat, default=None)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--no-index", action="store_true")
    asked = parser.parse_args()
    until = asked.until or SystemClock().now().astimezone(SHANGHAI).date()
    uvloop.run(
        run(
            asked.home.resolve(),
            asked.tickets,
            until,
            asked.workers,
            with_index=not asked.no_index,
        )
    )


if __name__ == "__main__":
    main()
