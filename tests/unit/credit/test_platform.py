"""Telling a platform outside: one promise that every road keeps, and what is in a message."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pytest

from credit.platform.adapters import FilePlatform, HttpPlatform, NullPlatform, open_platform
from credit.platform.messages import (
    EntryTold,
    GradeTold,
    entry_key,
    entry_payload,
    grade_key,
    grade_payload,
)
from credit.platform.ports import CreditPlatform, PlatformMessage
from hotline.kernel.settings import Settings, SettingsError, load_settings
from hotline.notices.adapters.http import make_session
from hotline.notices.ports import NotAccepted
from hotline.notices.signing import sign
from tests.support.gateways import http_gateway

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
SECRET = "a secret of sixteen"
ENTRY = entry_payload(
    EntryTold(
        entry_id=uuid.UUID(int=1),
        change_id=uuid.UUID(int=2),
        department="chengguan",
        seq=3,
        code="false_closure",
        severity="severe",
        points=Decimal("-10.00"),
        state="in_force",
        rule_version=1,
        document="城督〔2026〕3号",
        occurred_at=NOW,
        changed_at=NOW,
    )
)
MESSAGE = PlatformMessage("0190-1", ENTRY, NOW)


class Opened(Protocol):
    def __call__(self, folder: Path, /) -> AbstractAsyncContextManager[CreditPlatform]: ...


@asynccontextmanager
async def _http(_folder: Path) -> AsyncIterator[CreditPlatform]:
    async with http_gateway() as gateway, make_session(guarded=False) as session:
        yield HttpPlatform(session, gateway.url, SECRET)


@asynccontextmanager
async def _file(folder: Path) -> AsyncIterator[CreditPlatform]:
    yield FilePlatform(folder)


@asynccontextmanager
async def _null(_folder: Path) -> AsyncIterator[CreditPlatform]:
    yield NullPlatform()


@pytest.mark.parametrize("opened", [_http, _file, _null])
async def test_every_road_takes_a_message_and_its_repetition(
    opened: Opened, tmp_path: Path
) -> None:
    async with opened(tmp_path) as platform:
        await platform.push(MESSAGE)
        await platform.push(MESSAGE)
        await asyncio.gather(
            *(platform.push(PlatformMessage(f"n-{n}", ENTRY, NOW)) for n in range(20))
        )


async def test_a_post_is_signed_and_carries_its_key() -> None:
    async with http_gateway() as gateway, make_session(guarded=False) as session:
        await HttpPlatform(session, gateway.url, SECRET).push(MESSAGE)
        headers, _, content = gateway.requests[0]
    signature = sign(SECRET, headers["X-Hotline-Timestamp"], MESSAGE.id, content.decode())
    assert headers["X-Hotline-Signature"] == f"v1={signature}"
    assert headers["Idempotency-Key"] == MESSAGE.id
    assert json.loads(content) == {**ENTRY, "id": MESSAGE.id}
    assert SECRET not in repr(HttpPlatform(session, gateway.url, SECRET))


@pytest.mark.parametrize(
    ("status", "is_final"), [(500, False), (429, False), (400, True), (302, True)]
)
async def test_what_is_not_taken_is_said(status: int, is_final: bool) -> None:
    async with http_gateway() as gateway, make_session(guarded=False) as session:
        gateway.status = status
        with pytest.raises(NotAccepted) as raised:
            await HttpPlatform(session, gateway.url, SECRET).push(MESSAGE)
    assert raised.value.is_final is is_final


def _lines(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.iterdir()
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith('{"')]


async def test_a_day_has_its_file_with_whole_lines(tmp_path: Path) -> None:
    platform = FilePlatform(tmp_path / "out")
    await asyncio.gather(*(platform.push(PlatformMessage(str(n), ENTRY, NOW)) for n in range(50)))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["credit-2026-11-30.jsonl"]
    assert sorted(int(line["id"]) for line in _lines(tmp_path / "out")) == list(range(50))
    late = datetime(2026, 11, 30, 16, 1, tzinfo=UTC)  # a day further in Shanghai
    await platform.push(PlatformMessage("x", ENTRY, late))
    assert (tmp_path / "out" / "credit-2026-12-01.jsonl").exists()


async def test_a_line_that_a_crash_tore_off_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "credit-2026-11-30.jsonl").write_text('{"id": "whole"}\n{"id": "to')
    await FilePlatform(tmp_path).push(MESSAGE)
    text = (tmp_path / "credit-2026-11-30.jsonl").read_text().splitlines()
    assert json.loads(text[0])["id"] == "whole"
    assert text[1] == '{"id": "to'
    assert json.loads(text[2])["id"] == MESSAGE.id


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(NotAccepted):
        await FilePlatform(tmp_path / "taken").push(MESSAGE)


def test_a_message_is_ids_codes_and_points() -> None:
    assert set(ENTRY) == {
        *("format", "kind", "entry_id", "change_id", "department", "seq", "code", "severity"),
        *("points", "state", "rule_version", "document", "occurred_at", "changed_at"),
    }
    told = GradeTold(
        period="2026-Q3",
        revision=2,
        department="chengguan",
        score=None,
        grade=None,
        is_trial=True,
        published_at=NOW,
    )
    assert grade_payload(told) == {
        "format": 1,
        "kind": "grade",
        "period": "2026-Q3",
        "revision": 2,
        "department": "chengguan",
        "score": None,
        "grade": None,
        "is_trial": True,
        "published_at": "2026-11-30T04:00:00+00:00",
    }
    assert entry_key(uuid.UUID(int=2)) != grade_key("2026-Q3", 2, "chengguan")


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        (None, None),
        ("null:", NullPlatform),
        ("file:out", FilePlatform),
        ("http://x/y", HttpPlatform),
    ],
)
async def test_the_setting_says_the_road(
    where: str | None, kind: type | None, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, credit_platform=where, credit_platform_secret=SECRET)
    async with open_platform(settings) as platform:
        assert platform is None if kind is None else isinstance(platform, kind)


@pytest.mark.parametrize("where", ["ftp://x", "file:", "https://x"])
def test_a_setting_that_cannot_be_used_is_refused(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_CREDIT_PLATFORM", where)
    with pytest.raises(SettingsError, match="HOTLINE_CREDIT_PLATFORM"):
        load_settings()
