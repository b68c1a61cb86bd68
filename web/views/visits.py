"""Return visits as they are shown: the script, the desk, answers, and field checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from hotline.followup.models import CheckState, MissedReason
from hotline.followup.queries import (
    AnswerRow,
    CheckRow,
    ComparedUnit,
    DeskRow,
    PlanRow,
)
from hotline.followup.rules import DayPart, VisitSkip, next_attempt, part_of
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_name, mask_phone, mask_text
from hotline.tickets.actions.feedback import AUDIT_GROUND, AuditGround
from hotline.tickets.ratings import BAD_RATINGS, UnfoundedReason
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name
from web.views.fields import RATINGS, Field, Kind

SKIPPED = "skipped_"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the script.

    Attributes:
        field: what the answer becomes.
        spoken: message id of the words that are read out; they are edited in the catalogue.
    """

    field: Field
    spoken: str


GREETING = N_(
    "Good day, this is the 12345 hotline. You brought a matter to us, and we ask how it was handled. "
    "It takes a minute, and you may ask that the department is not told what you say."
)
REACHED = Field(
    "reached",
    N_("Was the requester reached?"),
    Kind.YES_NO,
    words=(N_("Reached"), N_("Not reached")),
)
SCRIPT: Sequence[Question] = (
    Question(
        Field("was_contacted", N_("Did anyone contact you?"), Kind.YES_NO, required=False),
        N_("Did anyone from the department speak with you about it, by telephone or on the spot?"),
    ),
    Question(
        Field(
            "solved",
            N_("Is the matter solved?"),
            Kind.YES_NO,
            required=False,
            words=(N_("Solved"), N_("Not solved")),
        ),
        N_("Is the matter itself solved now? How satisfied you are is asked apart."),
    ),
    Question(
        Field("rating", N_("Rating"), Kind.RATING, required=False),
        N_(
            "How satisfied are you with how it was handled: very satisfied, satisfied, fairly "
            "satisfied, dissatisfied or very dissatisfied? You need not say."
        ),
    ),
    Question(
        Field("note", N_("The requester's words"), required=False, most=2000),
        N_("Is there anything else you want to tell us?"),
    ),
)
"""What is asked, in this order."""

FAREWELL = N_("Thank you. If it comes back, call 12345 at any hour.")

SKIP_FIELD = Field("reason", N_("Why later"), Kind.CHOICE, of=VisitSkip)


def coded_words(reason: str | None, t: Translator) -> str | None:
    """Return what a coded reason of a visit's or an audit's timeline row says; None for any other."""
    coded = {
        **{f"{SKIPPED}{one.value}": label(one) for one in VisitSkip},
        **{one.value: label(one) for one in UnfoundedReason},
        **{f"{AUDIT_GROUND}{one.value}": label(one) for one in AuditGround},
        "no_phone": N_("No number to call"),
        "no_answer": N_("Neither reached nor answered by link"),
    }
    words = coded.get(reason or "")
    return t.text(words) if words else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """How far the asking of one requester is."""

    id: str | None
    name: str | None
    phone: str | None
    number: str | None
    tried: Sequence[DayPart]
    attempts: int
    is_open: bool
    is_used_up: bool
    has_phone: bool
    is_answered: bool
    can_now: bool
    next_at: datetime | None
    link_expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """A ticket on the visitors' desk, personal data masked."""

    number: str
    title: str
    department: str
    due_at: datetime | None
    round: int
    version: int
    asked: Sequence[AskedView]
    attempts: int
    is_waiting: bool
    can_now: bool
    next_at: datetime | None
    nobody_to_call: bool
    skipped: VisitSkip | None

    @property
    def tried(self) -> Sequence[DayPart]:
        """The parts of the day in which the requester still to be asked was tried."""
        return next((one.tried for one in self.asked if one.is_open), ())


def desk_view(row: DeskRow, cipher: FieldCipher, t: Translator, now: datetime) -> DeskView:
    """Return a ticket as the desk shows it."""
    asked = _asked_views(row, cipher, now)
    times = [one.next_at for one in asked if one.next_at]
    reason = (row.skipped or "").removeprefix(SKIPPED)
    return DeskView(
        number=row.ticket.number,
        title=mask_text(row.ticket.title),
        department=unit_name(row.lead, t) if row.lead else "–",
        due_at=row.ticket.due_at,
        round=row.ticket.round,
        version=row.ticket.version,
        asked=asked,
        attempts=len(row.visits),
        is_waiting=row.is_waiting,
        can_now=any(one.can_now for one in asked),
        next_at=min(times, default=None),
        nobody_to_call=row.has_nobody_to_call,
        skipped=next((one for one in VisitSkip if one.value == reason), None),
    )


def _asked_views(row: DeskRow, cipher: FieldCipher, now: datetime) -> list[AskedView]:
    by_id = {requester.id: requester for requester in row.requesters}
    views = []
    for one in row.asked:
        requester = by_id.get(one.requester_id) if one.requester_id else None
        attempts = [visit for visit in row.visits if visit.requester_id == one.requester_id]
        link = next((link for link in row.links if link.requester_id == one.requester_id), None)
        views.append(
            AskedView(
                id=str(one.requester_id) if one.requester_id else None,
                name=mask_name(cipher.decrypt(requester.name)) if requester else None,
                phone=mask_phone(cipher.decrypt(requester.phone)) if requester else None,
                number=None,
                tried=[part for part in DayPart if part in one.tried],
                attempts=len(attempts),
                is_open=one.is_open,
                is_used_up=one.is_used_up,
                has_phone=one.has_phone,
                is_answered=one.answer is not None,
                can_now=one.is_open and part_of(now) not in one.tried,
                next_at=next_attempt(one.tried, now) if one.is_open else None,
                link_expires_at=link.expires_at if link else None,
            )
        )
    return views


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """One answer, personal data masked."""

    number: str
    at: datetime
    department: str
    by: str
    solved: bool
    rating: str | None
    is_bad: bool
    was_contacted: bool | None
    note: str | None
    excluded: str | None


def answer_view(row: AnswerRow, t: Translator) -> AnswerView:
    """Return an answer as it is shown."""
    return AnswerView(
        number=row.number,
        at=row.at,
        department=unit_name(row.department, t) if row.department else "–",
        by=t.text(N_("The department itself")) if row.road is None else t.text(label(row.road)),
        solved=row.is_solved,
        rating=rating_words(row.rating, t),
        is_bad=row.rating in BAD_RATINGS,
        was_contacted=row.was_contacted,
        note=mask_text(row.note) if row.note else None,
        excluded=t.text(label(row.excluded_reason)) if row.excluded_reason else None,
    )


def rating_words(rating: int | None, t: Translator) -> str | None:
    """Return what a rating is called; None when none was given."""
    return next((t.text(words) for stars, words in RATINGS if stars == rating), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedView:
    """A department's own result beside the hotline's, each figure with its list."""

    name: str
    own: int
    own_href: str
    own_unsatisfied: int
    own_unsatisfied_href: str
    own_share: str
    hotline: int
    hotline_href: str
    hotline_unsatisfied: int
    hotline_unsatisfied_href: str
    hotline_share: str
    rated: int
    rated_href: str
    satisfied_share: str
    difference: str
    is_marked: bool


def compared_view(row: ComparedUnit, since: date, until: date, t: Translator) -> ComparedView:
    """Return a department's line of the comparison."""
    own, hotline = row.heard.own, row.heard.hotline

    def href(**more: str) -> str:
        base = {
            "department": row.department.code,
            "from": since.isoformat(),
            "to": until.isoformat(),
        }
        return f"/visits/answers?{urlencode({**base, **more})}"

    return ComparedView(
        name=unit_name(row.department, t),
        own=own.answers,
        own_href=href(by="own"),
        own_unsatisfied=own.unsatisfied,
        own_unsatisfied_href=href(by="own", only="unsatisfied"),
        own_share=percent(own.unsatisfied_share),
        hotline=hotline.answers,
        hotline_href=href(),
        hotline_unsatisfied=hotline.unsatisfied,
        hotline_unsatisfied_href=href(only="unsatisfied"),
        hotline_share=percent(hotline.unsatisfied_share),
        rated=hotline.rated,
        rated_href=href(only="rated"),
        satisfied_share=percent(hotline.satisfied_share),
        difference="–" if row.heard.difference is None else f"{row.heard.difference:+.1f}",
        is_marked=row.heard.is_marked,
    )


def percent(share: float | None) -> str:
    """Return a share in per cent; a dash where there is none."""
    return "–" if share is None else f"{share:.1f}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A field check, personal data masked."""

    id: str
    number: str
    title: str
    address: str | None
    department: str
    month: date
    state: CheckState
    checker: str | None
    checked_at: datetime | None
    place: str | None
    photos: Sequence[str]
    is_done: bool | None
    words: str | None
    missed: str | None
    is_confirmed: bool | None
    confirmation: str | None
    waits_for_second: bool


def check_view(row: CheckRow, t: Translator) -> CheckView:
    """Return a field check as it is shown."""
    check = row.check
    return CheckView(
        id=str(check.id),
        number=row.number,
        title=mask_text(row.title),
        address=mask_text(row.address) if row.address else None,
        department=unit_name(row.department, t),
        month=check.month,
        state=check.state,
        checker=row.checker.display_name if row.checker else None,
        checked_at=check.checked_at,
        place=f"{check.lat:.5f}, {check.long:.5f}"
        if check.lat is not None and check.long is not None
        else None,
        photos=check.photos,
        is_done=check.is_done,
        words=mask_text(check.words) if check.words else None,
        missed=t.text(label(check.missed_reason)) if check.missed_reason else None,
        is_confirmed=check.is_confirmed,
        confirmation=mask_text(check.confirmation) if check.confirmation else None,
        waits_for_second=check.is_done is False and check.confirmed_at is None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A month's plan beside what was done of it."""

    month: str
    seed: str
    solved: int
    drawn: int
    done: int
    missed: int
    planned: int
    not_done: int
    done_share: str


def plan_view(row: PlanRow) -> PlanView:
    """Return a month as it is shown."""
    drawn = row.plan.drawn_count
    return PlanView(
        month=f"{row.plan.month:%Y-%m}",
        seed=row.plan.seed,
        solved=row.plan.closed_count,
        drawn=drawn,
        done=row.done,
        missed=row.missed,
        planned=row.planned,
        not_done=row.not_done,
        done_share=percent(100 * row.done / drawn if drawn else None),
    )


FINDING = (
    Field(
        "is_done",
        N_("Is what was called done really done?"),
        Kind.YES_NO,
        words=(N_("It is done"), N_("It is not done")),
    ),
    Field("words", N_("What was seen"), most=2000),
    Field("lat", N_("Latitude"), Kind.LINE, required=False, most=20),
    Field("long", N_("Longitude"), Kind.LINE, required=False, most=20),
    Field(
        "photos",
        N_("Photographs"),
        Kind.LINES,
        required=False,
        hint=N_("One reference a line."),
    ),
)
MISSED = (
    Field("reason", N_("Why it did not take place"), Kind.CHOICE, of=MissedReason),
    Field("words", N_("Note"), required=False, most=2000),
)
CONFIRMATION = (
    Field(
        "confirm",
        N_("Does the finding hold?"),
        Kind.YES_NO,
        words=(N_("It holds"), N_("It is set aside")),
    ),
    Field("explanation", N_("Explanation"), most=2000),
    Field(
        "reopen",
        N_("Have the matter handled again"),
        Kind.CHECK,
        required=False,
        hint=N_("Possible for 15 days after the end."),
    ),
)
