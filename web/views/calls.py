"""Calls as they are shown: the panel of an operator, lists, missed callers, the board of the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from hotline.calls.access import calls_back, is_in_hand, may_hear
from hotline.calls.models import CallCommand, PhoneCall
from hotline.calls.ports import CommandKind
from hotline.calls.queries import CallRow, DeskBoard, MissRow, OperatorLine, TicketCallRow
from hotline.calls.rules import (
    EMERGENCY,
    Activity,
    CallState,
    Direction,
    MissState,
    wrapped_up_at,
)
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_phone, mask_text
from hotline.people.models import User
from hotline.people.principal import Principal
from hotline.tickets.models import Post
from web.i18n import Translator
from web.labels import label
from web.views.tickets import TicketRow

TRANSFER_KEYS = dict(zip(EMERGENCY, ("F8", "F9", "F10"), strict=True))
EMERGENCY_WORDS = {"110": N_("Police"), "119": N_("Fire brigade"), "120": N_("Ambulance")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """What was asked of the exchange, and how it ended."""

    kind: CommandKind
    target: str
    at: datetime
    is_done: bool | None
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call; `number` is masked, `full_number` is there for whoever it concerns alone."""

    id: str
    state: CallState
    direction: Direction
    number: str | None
    full_number: str | None
    line: str | None
    agent: str | None
    started_at: datetime
    since: datetime
    seconds: int
    wait: str | None
    talk: str | None
    wrap_up: str | None
    is_held: bool
    is_outside: bool
    has_third: bool
    is_live: bool
    recording_href: str | None
    tickets: Sequence[str]
    commands: Sequence[CommandView]

    @property
    def is_wrap_up(self) -> bool:
        """Tell whether the call is over and being written down."""
        return self.state is CallState.ENDED

    @property
    def intake_href(self) -> str:
        """Where the call is taken down."""
        return f"/desk/intake?call={self.id}"


def spell(seconds: float) -> str:
    """Return seconds as minutes and seconds, as on a telephone's display."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def call_view(
    call: PhoneCall,
    reader: Principal,
    cipher: FieldCipher,
    *,
    now: datetime,
    agent: User | None = None,
    full_number: str | None = None,
    tickets: Sequence[str] = (),
    commands: Sequence[CallCommand] = (),
) -> CallView:
    """Return a call as it is shown.

    Args:
        call: the call.
        reader: who looks.
        cipher: for the number.
        now: the present instant.
        agent: who has or had it.
        full_number: the number in plain words, for whoever was let see it.
        tickets: what came of it.
        commands: what was asked of the exchange.
    """
    since = call.ended_at or call.answered_at or call.started_at
    wrapped = wrapped_up_at(call.ended_at, call.linked_at, call.closed_at)
    return CallView(
        id=str(call.id),
        state=call.state,
        direction=call.direction,
        number=mask_phone(cipher.decrypt(call.number)),
        full_number=full_number,
        line=call.line,
        agent=agent.display_name if agent else None,
        started_at=call.started_at,
        since=since,
        seconds=max(int((now - since).total_seconds()), 0),
        wait=_between(call.started_at, call.answered_at or call.ended_at),
        talk=_between(call.answered_at, call.ended_at),
        wrap_up=_between(call.ended_at, wrapped) if call.answered_at else None,
        is_held=call.is_held,
        is_outside=call.outside is not None,
        has_third=call.joined_count > 0,
        is_live=is_in_hand(call, now),
        recording_href=f"/desk/calls/{call.id}/recording"
        if call.recording and may_hear(reader, call)
        else None,
        tickets=tickets,
        commands=[_command_view(row, cipher) for row in commands],
    )


def _between(start: datetime | None, end: datetime | None) -> str | None:
    return spell((end - start).total_seconds()) if start and end else None


def _command_view(row: CallCommand, cipher: FieldCipher) -> CommandView:
    return CommandView(
        kind=row.kind,
        target=row.target or mask_phone(cipher.decrypt(row.other_target)) or "",
        at=row.at,
        is_done=row.is_done,
        failure=row.failure,
    )


def call_row_view(row: CallRow, reader: Principal, cipher: FieldCipher, now: datetime) -> CallView:
    """Return a line of the list of calls."""
    return call_view(row.call, reader, cipher, now=now, agent=row.agent, tickets=row.tickets)


def ticket_call_view(
    row: TicketCallRow, reader: Principal, cipher: FieldCipher, now: datetime
) -> CallView:
    """Return a call as its ticket shows it."""
    return call_view(row.call, reader, cipher, now=now, agent=row.agent, commands=row.commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """What an operator's panel shows.

    Attributes:
        call: what he has in hand; None while nothing is.
        earlier: the caller's earlier tickets; None when the number is withheld.
        extension: where he sits.
        is_away: he takes no calls.
        miss_count: missed callers to be called back.
        fill: what the key writes into the intake form.
        is_at_intake: the panel lies beside the intake form.
        can_command: the exchange takes commands.
        refusal: why what was asked could not be done.
    """

    call: CallView | None
    earlier: Sequence[TicketRow] | None
    extension: str | None
    is_away: bool
    miss_count: int
    fill: dict[str, str]
    is_at_intake: bool
    can_command: bool
    refusal: str | None = None


# -- missed calls ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """An attempt to call back."""

    at: datetime
    is_reached: bool
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissView:
    """A missed caller."""

    id: str
    number: str | None
    full_number: str | None
    line: str | None
    missed_at: datetime
    waited: str | None
    due_at: datetime
    state: MissState
    taken_by: str | None
    is_mine: bool
    is_open: bool
    may_take: bool
    attempts: Sequence[AttemptView]

    @property
    def intake_href(self) -> str:
        """Where a ticket is made of it."""
        return f"/desk/intake?call={self.id}"


def miss_view(
    row: MissRow,
    reader: Principal,
    cipher: FieldCipher,
    *,
    now: datetime,
    may_take: bool,
    full_number: str | None = None,
) -> MissView:
    """Return a missed call as it is shown."""
    miss, call = row.miss, row.call
    is_open = miss.closed_at is None
    is_mine = calls_back(reader, miss)
    is_free = miss.state is MissState.OPEN or (not is_mine and miss.call_back_by <= now)
    return MissView(
        id=str(call.id),
        number=mask_phone(cipher.decrypt(call.number)),
        full_number=full_number,
        line=call.line,
        missed_at=miss.missed_at,
        waited=_between(call.started_at, miss.missed_at),
        due_at=miss.call_back_by,
        state=miss.state,
        taken_by=row.taken_by.display_name if row.taken_by else None,
        is_mine=is_mine,
        is_open=is_open,
        may_take=may_take and is_open and is_free,
        attempts=[
            AttemptView(
                at=one.at, is_reached=one.is_reached, note=mask_text(one.note) if one.note else None
            )
            for one in row.attempts
        ],
    )


# -- the board -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTile:
    """A number with the list behind it."""

    text: str
    value: str
    href: str
    tone: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorView:
    """One operator's line."""

    name: str
    username: str
    extension: str | None
    activity: Activity
    activity_words: str
    since: datetime | None
    seconds: int
    calls: int
    calls_href: str
    mean_talk: str
    tickets: int
    tickets_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskBoardView:
    """The board of the desk."""

    tiles: Sequence[DeskTile]
    operators: Sequence[OperatorView]
    posts: Sequence[DeskTile]


def desk_board_view(board: DeskBoard, *, day: str, now: datetime, t: Translator) -> DeskBoardView:
    """Return the board in the reader's language.

    Args:
        board: its figures.
        day: today, as the list of calls is asked for it.
        now: the present instant.
        t: the reader's language.
    """
    free = sum(line.activity is Activity.FREE for line in board.operators)
    tiles = [
        DeskTile(
            text=t.text(N_("Calls waiting")),
            value=t.number(board.waiting_count),
            href="/desk/calls?state=ringing",
            tone="red" if board.waiting_count > free else None,
            since=board.waiting_since,
        ),
        DeskTile(
            text=t.text(N_("Calls going on")),
            value=t.number(board.talking_count),
            href="/desk/calls?state=talking",
        ),
        DeskTile(
            text=t.text(N_("To call back")),
            value=t.number(board.miss_count),
            href="/desk/missed-calls",
            tone="orange" if board.miss_count else None,
        ),
        DeskTile(
            text=t.text(N_("Call-backs overdue")),
            value=t.number(board.late_miss_count),
            href="/desk/missed-calls",
            tone="red" if board.late_miss_count else None,
        ),
        DeskTile(
            text=t.text(N_("Calls today")),
            value=t.number(board.today_count),
            href=f"/desk/calls?day={day}",
        ),
        DeskTile(
            text=t.text(N_("Missed today")),
            value=t.number(board.missed_count),
            href=f"/desk/calls?{urlencode({'day': day, 'state': 'missed'})}",
        ),
    ]
    return DeskBoardView(
        tiles=tiles,
        operators=[_operator_view(line, day, now, t) for line in board.operators],
        posts=[_post_tile(post, count, t) for post, count in board.posts],
    )


def _operator_view(line: OperatorLine, day: str, now: datetime, t: Translator) -> OperatorView:
    name = line.user.username
    mean = line.talk_seconds / line.over_count if line.over_count else None
    return OperatorView(
        name=line.user.display_name,
        username=name,
        extension=line.extension,
        activity=line.activity,
        activity_words=t.text(label(line.activity)),
        since=line.since,
        seconds=int((now - line.since).total_seconds()) if line.since else 0,
        calls=line.call_count,
        calls_href=f"/desk/calls?{urlencode({'agent': name, 'day': day})}",
        mean_talk=spell(mean) if mean is not None else "–",
        tickets=line.ticket_count,
        tickets_href=f"/tickets?{urlencode({'holder': name, 'due': 'open'})}",
    )


def _post_tile(post: Post, count: int, t: Translator) -> DeskTile:
    return DeskTile(
        text=t.text(label(post)),
        value=t.number(count),
        href=f"/tickets?{urlencode({'post': post.value, 'due': 'open'})}",
    )
