"""Laying out a report beside the event loop: it takes some tenths of a second."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from credit.reports.models import FileForm
from credit.reports.queries import ReportDetail
from web.i18n import DEFAULT_LANGUAGE, translator
from web.reports.excel import excel_of
from web.reports.paper import Printed, printed
from web.reports.word import word_of

_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="reports")

_LAYING = {FileForm.WORD: word_of, FileForm.EXCEL: excel_of}

MEDIA: Mapping[FileForm, str] = {
    FileForm.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileForm.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def lay_out(report: Printed, form: FileForm) -> bytes:
    """Return a report in one form, in the language of the office, here and now."""
    return _LAYING[form](report, translator(DEFAULT_LANGUAGE))


async def render_file(detail: ReportDetail, form: FileForm) -> bytes:
    """Return a report in one form."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_WORKERS, lay_out, printed(detail), form)


async def render_files(detail: ReportDetail) -> Mapping[FileForm, bytes]:
    """Return a report in every form: what is kept when it is signed."""
    return {form: await render_file(detail, form) for form in FileForm}
