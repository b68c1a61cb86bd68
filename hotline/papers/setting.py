"""The templates that papers are set in: the one in force, a new version, an earlier one again."""

import asyncio
import hashlib
import uuid

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.ids import uuid7
from hotline.papers.checking import check_template
from hotline.papers.errors import TemplateNotFound
from hotline.papers.kinds import PaperKind
from hotline.papers.layout import default_template
from hotline.papers.models import PaperTemplate, PaperTemplateUse
from hotline.papers.rendering import try_out
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('paper_templates'))")


async def find_in_force(session: AsyncSession, kind: PaperKind) -> PaperTemplate | None:
    """Return the version that papers of a kind are set in now."""
    return (
        await session.exec(
            select(PaperTemplate)
            .join(PaperTemplateUse, col(PaperTemplateUse.template_id) == col(PaperTemplate.id))
            .where(PaperTemplateUse.kind == kind)
            .order_by(col(PaperTemplateUse.id).desc())
            .limit(1)
        )
    ).first()


async def template_in_force(tx: Tx, kind: PaperKind) -> PaperTemplate:
    """Return the version in force; the first paper of all brings the program's own with it."""
    found = await find_in_force(tx.session, kind)
    return found or await _install(tx, kind)


async def install_templates(tx: Tx) -> None:
    """Add the program's own templates where a kind has none; change nothing that is there."""
    for kind in PaperKind:
        await template_in_force(tx, kind)


async def _install(tx: Tx, kind: PaperKind) -> PaperTemplate:
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    found = await find_in_force(tx.session, kind)
    if found is not None:
        return found
    body = await asyncio.to_thread(default_template, kind)
    template = await _add(tx, kind, body, made_by=None)
    await _put_in_force(tx, template, put_by=None)
    return template


async def add_template(tx: Tx, *, kind: PaperKind, body: bytes) -> PaperTemplate:
    """Keep a changed template as the next version; papers are set in it once it is put in force.

    Raises:
        PermissionDenied: the actor does not manage templates.
        TemplateTooLarge: no paper needs so much.
        TemplateUnreadable: it is no Word document.
        TemplateUnsafe: it would run or load something where it is opened.
        TemplateNotPlain: a tag does more than showing values.
        UnknownPlaceholders: it names what such papers do not have.
        MissingPlaceholders: it leaves out what every paper must show.
    """
    tx.actor.require(Permission.MANAGE_TEMPLATES)
    await asyncio.to_thread(_check, kind, body)
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    newest = await _newest(tx.session, kind)
    digest = hashlib.sha256(body).digest()
    if newest is not None and newest.digest == digest:
        return newest
    return await _add(tx, kind, body, made_by=tx.actor.user_id)


def _check(kind: PaperKind, body: bytes) -> None:
    check_template(kind, body)
    try_out(kind, body)


async def use_template(tx: Tx, *, kind: PaperKind, version: int) -> PaperTemplate:
    """Put a version in force, a new one or an earlier one; issued papers keep theirs.

    Raises:
        PermissionDenied: the actor does not manage templates.
        TemplateNotFound: there is no such version.
    """
    tx.actor.require(Permission.MANAGE_TEMPLATES)
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    template = await find_version(tx.session, kind, version)
    present = await find_in_force(tx.session, kind)
    if present is None or present.id != template.id:
        await _put_in_force(tx, template, put_by=tx.actor.user_id)
    return template


async def find_version(session: AsyncSession, kind: PaperKind, version: int) -> PaperTemplate:
    """Return one version of a template.

    Raises:
        TemplateNotFound: there is none.
    """
    found = (
        await session.exec(
            select(PaperTemplate).where(
                PaperTemplate.kind == kind, PaperTemplate.version == version
            )
        )
    ).first()
    if found is None:
        raise TemplateNotFound(kind=kind, version=version)
    return found


async def _newest(session: AsyncSession, kind: PaperKind) -> PaperTemplate | None:
    return (
        await session.exec(
            select(PaperTemplate)
            .where(PaperTemplate.kind == kind)
            .order_by(col(PaperTemplate.version).desc())
            .limit(1)
        )
    ).first()


async def _add(tx: Tx, kind: PaperKind, body: bytes, *, made_by: uuid.UUID | None) -> PaperTemplate:
    newest = await _newest(tx.session, kind)
    template = PaperTemplate(
        id=uuid7(tx.now),
        kind=kind,
        version=newest.version + 1 if newest else 1,
        body=body,
        digest=hashlib.sha256(body).digest(),
        made_by=made_by,
        made_at=tx.now,
    )
    tx.session.add(template)
    await tx.session.flush()  # papers and the row that puts it in force refer to it
    return template


async def _put_in_force(tx: Tx, template: PaperTemplate, *, put_by: uuid.UUID | None) -> None:
    tx.session.add(
        PaperTemplateUse(
            kind=template.kind,
            template_id=template.id,
            put_by=put_by,
            put_at=tx.now,
        )
    )
    await tx.session.flush()  # whoever asks next in this transaction must see it
