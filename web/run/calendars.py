"""`hotline calendars ...`: the work behind it, with the rights of an administrator."""

import uuid
from typing import Any

from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import Tx
from hotline.sla.calendars import YearReport, import_year
from web.run.bootstrap import FOUNDER
from web.run.migrate import upgrade
from web.run.services import services


async def load_year(
    settings: Settings, code: str, year: int, content: bytes, *, dry_run: bool
) -> YearReport:
    """Load the announced days of a year into a calendar.

    Args:
        settings: of this process.
        code: the calendar.
        year: which.
        content: of a file with CSV lines `date,kind,name`.
        dry_run: check everything, write nothing.

    Raises:
        DomainError: a line cannot be used, or the outcome cannot be kept.
        ServiceError: the database cannot be had.
    """
    text = _decoded(content)
    async with services(settings, command="hotline calendars") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.calendars", pool_size=1)
        try:
            async with make_session_maker(engine)() as session, session.begin():
                cipher = FieldCipher(resolve_secret_key(settings))
                trace = f"cli:{uuid.uuid4().hex}"
                tx = Tx(session, SystemClock().now(), cipher, trace, FOUNDER)
                return await import_year(tx, code=code, year=year, text=text, dry_run=dry_run)
        finally:
            await engine.dispose()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What office programs write in China, when they do not write UTF-8.
        return content.decode("gb18030", errors="replace")


def report_as_json(report: YearReport) -> dict[str, Any]:
    """Return what was done, or would be, for machines."""
    return {
        "year": report.year,
        "days": report.days,
        "counts": dict(report.counts),
        "faults": [{"line": fault.line, "problem": fault.problem} for fault in report.faults],
        "covered_until": report.covered_until.isoformat(),
        "version": report.version,
    }


def report_as_text(report: YearReport) -> str:
    """Return what was done, or would be, for people."""
    if report.faults:
        return "\n".join(f"line {fault.line}: {fault.problem}" for fault in report.faults)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(report.counts.items()))
    done = f"now {report.version}" if report.version else "nothing was written"
    return (
        f"{report.days} days of {report.year} ({counts}); {done}.\n"
        f"Covered until {report.covered_until}."
    )
