"""Models as files below `HOTLINE_HOME/models`, and the one that is in use kept at hand.

Whoever suggests asks which model is active and loads it when it is another one than before, so that a
switch needs no restart. A file that is missing, broken or another's is a fault that is told, never an
error of the desk.
"""

import asyncio
import contextlib
import enum
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.suggestions.model import (
    LARGEST_BYTES,
    BrokenModel,
    ForeignModel,
    LinearModel,
    from_bytes,
)
from hotline.suggestions.models import SuggestionModel

KEPT = 5
"""So many files stay: the active one and the newest."""

_NAME = re.compile(r"categories-(\d{1,9})\.npz")

log = structlog.get_logger(__name__)


class ModelFault(enum.StrEnum):
    """Why a model's file cannot be used."""

    MISSING = "missing"
    BROKEN = "broken"
    WRONG_CHECKSUM = "wrong_checksum"
    OTHER_VERSION = "other_version"


class Unusable(Exception):
    """A model's file cannot be used."""

    def __init__(self, fault: ModelFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Held:
    """What is in use.

    Attributes:
        version: of the active model; None when suggestions from words are switched off.
        model: the model itself; None with a fault too.
        fault: why it cannot be used.
    """

    version: int | None = None
    model: LinearModel | None = None
    fault: ModelFault | None = None


def folder_of(home: Path) -> Path:
    """Return where the models of a house lie."""
    return home / "models"


def path_of(folder: Path, version: int) -> Path:
    """Return the file of a model."""
    return folder / f"categories-{version}.npz"


def write(folder: Path, version: int, content: bytes) -> str:
    """Write a model's file so that nobody ever reads half of it, and return its SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".categories-{version}.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path_of(folder, version))
    finally:
        draft.unlink(missing_ok=True)
    return hashlib.sha256(content).hexdigest()


def remove(folder: Path, version: int) -> None:
    """Remove a model's file, if it is there."""
    with contextlib.suppress(OSError):
        path_of(folder, version).unlink(missing_ok=True)


def load(folder: Path, version: int, file_digest: str) -> LinearModel:
    """Return a model from its file.

    Raises:
        Unusable: the file is not there, not whole, or not the one that was registered.
    """
    path = path_of(folder, version)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise Unusable(ModelFault.BROKEN)
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(ModelFault.MISSING) from error
    if hashlib.sha256(content).hexdigest() != file_digest:
        # A whole model of another number in its place is told from one that was cut or changed.
        raise Unusable(_what_else(content, version))
    try:
        model = from_bytes(content)
    except BrokenModel as error:
        raise Unusable(ModelFault.BROKEN) from error
    except ForeignModel as error:
        raise Unusable(ModelFault.OTHER_VERSION) from error
    if model.header.version != version:
        raise Unusable(ModelFault.OTHER_VERSION)
    return model


def _what_else(content: bytes, version: int) -> ModelFault:
    try:
        model = from_bytes(content)
    except ForeignModel:
        return ModelFault.OTHER_VERSION
    except BrokenModel:
        return ModelFault.BROKEN
    is_other = model.header.version != version
    return ModelFault.OTHER_VERSION if is_other else ModelFault.WRONG_CHECKSUM


def fault_of(folder: Path, version: int, file_digest: str) -> ModelFault | None:
    """Return what is wrong with a model's file; None when it can be used."""
    try:
        load(folder, version, file_digest)
    except Unusable as error:
        return error.fault
    return None


class Shelf:
    """The active model, loaded once and again whenever another one is active or its file changes."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._held = Held()

    async def active(self, session: AsyncSession, folder: Path) -> Held:
        """Return the model in use, in one statement."""
        row = (
            await session.exec(
                select(SuggestionModel.version, SuggestionModel.file_digest).where(
                    col(SuggestionModel.is_active)
                )
            )
        ).first()
        if row is None:
            self._key, self._held = None, Held()
            return self._held
        version, digest = row
        key = (folder, version, digest, _changed(path_of(folder, version)))
        if key != self._key:
            # Reading takes tens of milliseconds, once: others go on meanwhile.
            self._held = await asyncio.to_thread(_take, folder, version, digest)
            self._key = key
            if self._held.fault is not None:
                log.warning("model is unusable", version=version, fault=self._held.fault.value)
        return self._held


def _changed(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _take(folder: Path, version: int, digest: str) -> Held:
    try:
        return Held(version, load(folder, version, digest))
    except Unusable as error:
        return Held(version, fault=error.fault)


SHELF = Shelf()
"""One memory for the whole process."""
