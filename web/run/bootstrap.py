"""What every installation needs before its first ticket: calendar, limits, rules of credit, papers."""

from datetime import datetime

from credit.books import install_rules
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.papers.setting import install_templates
from hotline.people.actions import save_department
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_department
from hotline.sla.actions import install_presets
from hotline.sla.calendars import install_official_calendar

HOTLINE = "hotline"
"""Code of the hotline centre's own department."""

FOUNDER = Principal(frozenset({Role.ADMIN}), username="system", display_name="系统")
"""Who sets an installation up before anybody has an account."""


async def ensure_basics(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> None:
    """Add the presets and the hotline centre where they are missing; change nothing that is there."""
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, "bootstrap", FOUNDER)
        await install_official_calendar(tx)
        await install_presets(tx)
        await install_rules(tx)
        await install_templates(tx)
        if await find_department(session, HOTLINE) is None:
            await save_department(
                tx,
                code=HOTLINE,
                name="12345热线中心",
                name_en="12345 Hotline Centre",
                is_hotline=True,
            )


async def ensure_basics_at(settings: Settings, database_url: str, now: datetime) -> None:
    """Do the same for the database at `database_url`."""
    engine = make_engine(database_url, application_name="hotline.bootstrap", pool_size=1)
    try:
        cipher = FieldCipher(resolve_secret_key(settings))
        await ensure_basics(make_session_maker(engine), cipher, now)
    finally:
        await engine.dispose()
