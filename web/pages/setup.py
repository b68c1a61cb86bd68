"""Setting a house up: step by step, by sheets of an office program, and with first passwords."""

import uuid
from collections.abc import Sequence

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.founding.actions import NEEDS, Trial, do_piece, drop_file, keep_file, look_at_file
from hotline.founding.columns import Sheet, Subject
from hotline.founding.house import StepState, is_ready, steps_of
from hotline.founding.known import known_names, known_rows
from hotline.founding.planning import LineVerdict
from hotline.founding.queries import read_house
from hotline.founding.sheets import SHEETS
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_, DomainError
from hotline.people.first_passwords import (
    FIRST_PASSWORD_LIFE,
    MOST_AT_ONCE,
    give_first_passwords,
    without_password,
)
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import departments_by_id, find_user
from web.errors import status_of
from web.founding.words import reading_of, readings
from web.founding.workbooks import template, wrong_lines
from web.labels import label
from web.pages.frame import PageRequest, page, posted, see_other, shell_of, speaker
from web.security.guards import requires
from web.views.directory import unit_name
from web.views.problems import explain
from web.views.setup import (
    fault_said as said_of,
    line_views,
    refusal_said,
    sheet_about,
    step_views,
    trial_view,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN = 300
"""So many lines of a file stand on a page; those that need eyes come first."""


class SetupController(Controller):
    """Setting a house up."""

    path = "/admin/setup"
    guards = (requires(Permission.MANAGE_DIRECTORY),)
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show every step with how it stands."""
        now = shell_of(request).now
        facts = await read_house(reader, request.app.state.settings, now)
        steps = steps_of(facts, now.astimezone(SHANGHAI).date())
        views = step_views(steps, speaker(request))
        return page(
            request,
            "pages/setup.html",
            steps=views,
            is_ready=is_ready(steps),
            done=sum(1 for view in views if view.state is StepState.DONE),
            next_step=next((v for v in views if v.state is StepState.MISSING), None)
            or next((v for v in views if v.state is StepState.WARNING), None),
        )

    @get("/sheets/{subject:str}")
    async def show_sheet(
        self, request: PageRequest, principal: NamedDependency[Principal], subject: FromPath[str]
    ) -> Response[str]:
        """Show what a sheet holds, its template, and where it is uploaded."""
        return _sheet_page(request, _subject(subject, principal))

    @get("/sheets/{subject:str}/template.xlsx")
    async def download(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        subject: FromPath[str],
    ) -> Response[bytes]:
        """Hand out the template: empty, or with what the house has."""
        wanted = _subject(subject, principal)
        sheet = SHEETS[wanted]
        is_filled = request.query_params.get("filled") == "1"
        rows = await known_rows(reader, wanted) if is_filled else {}
        names = await known_names(reader)
        content = template(
            sheet,
            {
                column.name: sorted(names.get(column.refers, {}))
                for column in sheet.columns
                if column.refers is not None
            },
            [rows[key] for key in sorted(rows)],
        )
        return _attached(content, f"{wanted.value}{'-filled' if is_filled else ''}.xlsx")

    @post("/sheets/{subject:str}", status_code=200)
    async def upload(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        subject: FromPath[str],
    ) -> Response[str]:
        """Try a file: nothing is written but the file itself."""
        wanted = _subject(subject, principal)
        upload = (await request.form()).get("file")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
        name = upload.filename if isinstance(upload, UploadFile) else ""
        t = speaker(request)
        if not content:
            said = t.text(N_("Choose a file first"))
            return _sheet_page(request, wanted, refusal=said, status=422)
        try:
            trial = await keep_file(tx, wanted, name or wanted.value, content, reading_of(wanted))
        except DomainError as error:
            said = explain(error, t.language)
            return _sheet_page(request, wanted, refusal=said, status=status_of(error))
        return see_other(f"/admin/setup/files/{trial.file.id}")

    @get("/files/{file_id:uuid}")
    async def show_file(
        self, request: PageRequest, tx: NamedDependency[Tx], file_id: FromPath[uuid.UUID]
    ) -> Response[str]:
        """Show what becomes of each line of a file, or what has become of it."""
        return _file_page(request, await look_at_file(tx, file_id, readings()))

    @post("/files/{file_id:uuid}/apply", status_code=200)
    async def apply(
        self, request: PageRequest, tx: NamedDependency[Tx], file_id: FromPath[uuid.UUID]
    ) -> Response[str]:
        """Do the next lines of a file; the page asks for the others itself."""
        trial = await do_piece(tx, file_id, readings())
        return _file_page(request, trial, is_running=True)

    @post("/files/{file_id:uuid}/drop", status_code=303)
    async def drop(self, tx: NamedDependency[Tx], file_id: FromPath[uuid.UUID]) -> Response[str]:
        """Forget a file."""
        await drop_file(tx, file_id)
        return see_other("/admin/setup")

    @get("/files/{file_id:uuid}/wrong.xlsx")
    async def wrong(
        self, request: PageRequest, tx: NamedDependency[Tx], file_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """Hand out the lines that were wrong, each with what is wrong."""
        trial = await look_at_file(tx, file_id, readings())
        sheet, t = SHEETS[trial.file.subject], speaker(request)
        rows = []
        for row in trial.rows:
            outcome = trial.outcomes.get(row.line)
            if outcome and outcome["state"] == "refused":
                rows.append((row, refusal_said(outcome, t)))
            elif row.verdict is LineVerdict.WRONG:
                said = "; ".join(said_of(sheet, fault, t) for fault in row.faults)
                rows.append((row, said))
        return _attached(wrong_lines(sheet, rows), f"{trial.file.subject.value}-wrong.xlsx")


class FirstPasswordController(Controller):
    """First passwords: made by the house, shown once."""

    path = "/admin/setup/passwords"
    guards = (requires(Permission.MANAGE_USERS),)
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Show which accounts nobody can sign in to yet."""
        return await _password_page(request, tx, ())

    @post(status_code=200)
    async def give(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[str]:
        """Give the chosen accounts their first passwords, and show them this once."""
        sent = await posted(request)
        given = await give_first_passwords(tx, sent.get("usernames", ()))
        rows = []
        for username, password in given.items():
            user = await find_user(tx.session, username)
            if user is not None:
                units = await departments_by_id(tx.session, {user.department_id})
                unit = unit_name(units[user.department_id], speaker(request))
                rows.append((username, user.display_name, unit, password))
        answer = await _password_page(request, tx, rows)
        answer.headers["cache-control"] = "no-store"
        return answer


def _subject(text: str, principal: Principal) -> Subject:
    """Return the sheet that an address names, for whoever may bring it in."""
    found = next((one for one in Subject if one.value == text), None)
    if found is None or NEEDS[found] not in principal.permissions:
        raise NotFoundException
    return found


def _sheet_page(
    request: PageRequest, subject: Subject, *, refusal: str | None = None, status: int = 200
) -> Response[str]:
    t = speaker(request)
    sheet: Sheet = SHEETS[subject]
    return page(
        request,
        "pages/setup_sheet.html",
        status=status,
        subject=subject.value,
        name=t.text(label(subject)),
        about=sheet_about(subject, t),
        refusal=refusal,
        columns=[
            {
                "name": t.text(column.text),
                "help": t.text(column.help),
                "required": column.required,
                "words": [(member.value, t.text(label(member))) for member in column.members()],
                "example": column.example,
            }
            for column in sheet.columns
        ],
    )


def _file_page(request: PageRequest, trial: Trial, *, is_running: bool = False) -> Response[str]:
    t = speaker(request)
    view = trial_view(trial, t)
    lines = line_views(trial, t)
    return page(
        request,
        "pages/setup_file.html",
        file=view,
        lines=lines[:_SHOWN],
        left_out=max(0, len(lines) - _SHOWN),
        is_running=is_running and not view.is_over,
        makes_accounts=trial.file.subject is Subject.PEOPLE,
    )


async def _password_page(
    request: PageRequest, tx: Tx, given: Sequence[tuple[str, str, str, str]]
) -> Response[str]:
    t = speaker(request)
    return page(
        request,
        "pages/setup_passwords.html",
        waiting=[
            (
                user.username,
                user.display_name,
                unit,
                ", ".join(t.text(label(Role(role))) for role in user.roles),
            )
            for user, unit in await without_password(tx)
        ],
        given=given,
        most=MOST_AT_ONCE,
        days=FIRST_PASSWORD_LIFE.days,
    )


def _attached(content: bytes, name: str) -> Response[bytes]:
    return Response(
        content,
        media_type=XLSX,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
