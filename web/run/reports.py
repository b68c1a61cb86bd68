"""Producing a report from the command line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from credit.periods import InvalidPeriod, Period
from credit.reports.actions import draft_report
from credit.reports.models import FileForm
from credit.reports.queries import ReportDetail, read_report, signed_file
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import SYSTEM, Tx
from web.i18n import DEFAULT_LANGUAGE, translator
from web.reports.rendering import render_file
from web.reports.summary import sections_of
from web.reports.words import title_of
from web.run.services import services


@dataclass(frozen=True, slots=True)
class Produced:
    """A report with its files, by form."""

    detail: ReportDetail
    files: Mapping[str, bytes]


async def produce(settings: Settings, text: str, kind: str) -> Produced:
    """Return the report of a period: the one that lives, or a new draft.

    Raises:
        InvalidPeriod: the words name no period of this kind.
        PeriodNotFrozen: there are no frozen scores of it.
    """
    period = Period.parse(text)
    if period.kind.value != kind:
        raise InvalidPeriod(text=text)
    async with services(settings, command="hotline reports") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.reports")
        try:
            cipher = FieldCipher(resolve_secret_key(settings))
            async with make_session_maker(engine)() as session, session.begin():
                tx = Tx(session, SystemClock().now(), cipher, "reports", SYSTEM)
                report = await draft_report(
                    tx,
                    str(period),
                    due_day=settings.report_due_day,
                    with_lists=settings.red_black_lists,
                )
                await session.flush()  # what was drafted is read back
                detail = await read_report(session, SYSTEM, str(report.id))
                files = {}
                for form in FileForm:
                    body = await signed_file(session, report.id, form)
                    files[form.value] = body or await render_file(detail, form)
        finally:
            await engine.dispose()
    return Produced(detail, files)


def told(produced: Produced, files: Mapping[str, str], *, as_json: bool) -> str:
    """Return what is printed of a report."""
    detail = produced.detail
    report = detail.report
    if as_json:
        return json.dumps(
            {
                "period": report.period,
                "kind": report.kind.value,
                "revision": report.revision,
                "state": report.state.value,
                "number": report.number,
                "id": str(report.id),
                "digest": report.digest.hex(),
                "files": dict(files),
                "content": report.content,
            },
            ensure_ascii=False,
        )
    t = translator(DEFAULT_LANGUAGE)
    lines = [title_of(report.period, t), report.number or report.state.value]
    for section in sections_of(detail.content, t):
        lines += ["", section.heading, *section.paragraphs]
    return "\n".join([*lines, *(f"\n{form}: {path}" for form, path in files.items())])
