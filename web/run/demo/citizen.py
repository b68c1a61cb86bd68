"""Citizens of the demo city who have just reported by themselves, one of them with a photo."""

import struct
import zlib
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.citizens.photos import add_submission_photos
from hotline.citizens.steps import SubmitStep
from hotline.citizens.submissions import (
    begin_submission,
    find_submission,
    keep_step,
    send_submission,
)
from hotline.kernel.crypto import FieldCipher
from hotline.people.principal import REQUESTER, Tx
from web.i18n import DEFAULT_LANGUAGE, translator
from web.views.submitting import new_matter

_SIDE = 64
_REPORTS = (
    (
        12,
        "人民公园东门的井盖翘起一角，骑车的人差点摔倒，请尽快处理。",
        "人民公园东门",
        "13900007781",
        True,
    ),
    (4, "小区门口的路口没有路灯，晚上看不清，希望加装一盏。", "和平小区南门", "13900007782", False),
)
"""Minutes ago, words, place, telephone, with a photo."""
REPORTED = len(_REPORTS)
"""So many matters they report."""


async def citizens_report(session: AsyncSession, cipher: FieldCipher, now: datetime) -> None:
    """Let two citizens report in steps, a few minutes ago."""
    for minutes, words, place, phone, with_photo in _REPORTS:
        tx = Tx(session, now - timedelta(minutes=minutes), cipher, "demo:citizen", REQUESTER)
        said = {"request_type": ["help"], "content": [words]}
        key = await begin_submission(tx, SubmitStep.WHAT, said)
        if with_photo:
            begun = await find_submission(session, cipher, key, tx.now)
            await add_submission_photos(tx, begun.id, [_picture()])
        await keep_step(tx, key, SubmitStep.WHERE, {"address": [place]})
        begun = await keep_step(tx, key, SubmitStep.WHO, {"phone": [phone]})
        new = new_matter(begun.fields, (), translator(DEFAULT_LANGUAGE))
        await send_submission(tx, key, new)


def _picture() -> bytes:
    """Return a picture of nothing in particular: light falling on a round lid."""
    half = _SIDE / 2
    rows = []
    for y in range(_SIDE):
        row = bytearray(b"\x00")
        for x in range(_SIDE):
            is_lid = (x - half) ** 2 + (y - half) ** 2 < (half * 0.8) ** 2
            row.append((70 if is_lid else 170) + (x + y) // 3)
        rows.append(bytes(row))
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
