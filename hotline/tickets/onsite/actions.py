"""Checking in on the spot."""

import base64
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.people.principal import Tx
from hotline.tickets.errors import NotYourTask
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.onsite.errors import CheckInTaken, TooManyPhotos
from hotline.tickets.onsite.models import CheckIn, CheckInPhoto
from hotline.tickets.onsite.photos import Photo, clean_photo
from hotline.tickets.onsite.rules import (
    MOST_PHOTOS,
    Moment,
    Place,
    PlaceState,
    distance_from,
    require_place,
    require_time,
)
from hotline.tickets.step import Step


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody says on the spot.

    Attributes:
        id: its own name, by which it is known when it is sent again.
        moment: at which point of the work.
        note: in words.
        place: where; None where no place is given.
        is_refused: the place was refused, and not merely unknown.
        made_at: when, by the telephone's clock; None for now.
        photos: files as they were sent.
    """

    id: uuid.UUID
    moment: Moment
    note: str | None = None
    place: Place | None = None
    is_refused: bool = False
    made_at: datetime | None = None
    photos: Sequence[bytes] = ()


async def check_in(
    tx: Tx, number: str, entry: Entry, *, expected_version: int | None = None
) -> Ticket:
    """Write down what somebody says on the spot; sent again, it is there once.

    It is kept as evidence of the work. Neither a place nor a photograph is a condition.

    Raises:
        CheckInTaken: another entry has its name.
        CheckInTimeRefused: it cannot have been made then.
        PlaceRefused: its place is none.
        PhotoRefused: a file is no photograph that we keep.
        TooManyPhotos: there are more than an entry takes.
    """
    if len(entry.photos) > MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS)
    photos = [clean_photo(sent) for sent in entry.photos]
    if entry.place is not None:
        require_place(entry.place)
    step = await Step.begin(tx, number)
    if await _is_known(tx, step.ticket, entry):
        return step.ticket
    if expected_version is not None:
        # Asked only of what is new: an entry that is sent again changed the version itself.
        step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.CHECK_IN)
    task = _task(step)
    made_at = entry.made_at or tx.now
    require_time(made_at, since=task.assigned_at, now=tx.now)
    row = await _write(step, task, entry, made_at, photos)
    return await step.finish(
        move,
        Action.CHECK_IN,
        text=entry.note,
        details={
            "position": row.position,
            "moment": row.moment.value,
            "photos": row.photo_count,
            "place": row.place.value,
            "distance_m": row.distance_m,
            "made_at": made_at.isoformat(),
        },
        only_department=task.department_id,
    )


async def _is_known(tx: Tx, ticket: Ticket, entry: Entry) -> bool:
    known = await tx.session.get(CheckIn, entry.id)
    if known is None:
        return False
    if (known.ticket_id, known.user_id) != (ticket.id, tx.actor.user_id):
        raise CheckInTaken
    return True


def _task(step: Step) -> Assignment:
    if step.own is None or step.tx.actor.user_id is None:
        raise NotYourTask
    return step.own


async def _write(
    step: Step, task: Assignment, entry: Entry, made_at: datetime, photos: Sequence[Photo]
) -> CheckIn:
    tx, ticket, place = step.tx, step.ticket, entry.place
    last = await tx.session.exec(
        select(sa.func.max(CheckIn.position)).where(col(CheckIn.ticket_id) == ticket.id)
    )
    if tx.actor.user_id is None:
        raise NotYourTask
    row = CheckIn(
        id=entry.id,
        ticket_id=ticket.id,
        position=(last.one() or 0) + 1,
        round=ticket.round,
        hop=ticket.hop,
        department_id=task.department_id,
        user_id=tx.actor.user_id,
        moment=entry.moment,
        note=entry.note,
        place=_place_state(entry),
        lat=place.lat if place else None,
        long=place.long if place else None,
        accuracy_m=place.accuracy_m if place else None,
        distance_m=distance_from(place, ticket.lat, ticket.long),
        photo_count=len(photos),
        made_at=made_at,
        came_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()  # the photographs refer to it, and no relation says so to the session
    for position, photo in enumerate(photos, start=1):
        tx.session.add(
            CheckInPhoto(
                check_in_id=row.id,
                position=position,
                media_type=photo.media_type,
                width=photo.width,
                height=photo.height,
                byte_size=len(photo.content),
                digest=hashlib.sha256(photo.content).digest(),
                content=tx.cipher.encrypt(base64.b85encode(photo.content).decode()) or b"",
            )
        )
    return row


def _place_state(entry: Entry) -> PlaceState:
    if entry.place is not None:
        return PlaceState.GIVEN
    return PlaceState.REFUSED if entry.is_refused else PlaceState.UNKNOWN
