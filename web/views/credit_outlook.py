"""What would lift a department, and what its grade brings with it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit.outlook import Outlook
from credit.rulebook import Grade, RuleBook, Severity
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label
from web.views.credit_figures import NOTHING, exact, part_words, rounded, share, signed
from web.views.credit_words import event_words


@dataclass(frozen=True, slots=True)
class LeverView:
    """What an indicator could still bring."""

    code: str
    name: str
    missed: str
    room: str
    filled: int
    each: str
    in_a_row: str


@dataclass(frozen=True, slots=True)
class FadingView:
    """An event that takes points, and until when."""

    id: str
    name: str
    severity: Severity
    value: str
    full_until: str
    ends_on: str


@dataclass(frozen=True, slots=True)
class OutlookView:
    """What would lift a department, in sentences and two tables."""

    sentences: Sequence[str]
    levers: Sequence[LeverView]
    fading: Sequence[FadingView]


def outlook_view(found: Outlook, t: Translator) -> OutlookView:
    """Return what would lift a department, in words."""
    most = max((one.room for one in found.levers), default=Decimal(0)) or Decimal(1)
    return OutlookView(
        [*_distance(found, t), *_by_itself(found, t)],
        [
            LeverView(
                one.indicator.value,
                part_words(one.indicator.value, t),
                exact(one.missed),
                rounded(one.room),
                int(one.room / most * 100),
                signed(one.each),
                NOTHING if one.in_a_row is None else str(one.in_a_row),
            )
            for one in found.levers
            if one.room
        ],
        [
            FadingView(
                str(one.id),
                event_words(one.code, t),
                one.severity,
                rounded(one.value),
                one.full_until.isoformat(),
                one.ends_on.isoformat(),
            )
            for one in found.fading
        ],
    )


def _distance(found: Outlook, t: Translator) -> list[str]:
    said = []
    if found.severe_until is not None:
        said.append(
            t.plural(
                N_("{n} severe event is live until {day}: it holds the grade down."),
                N_("{n} severe events are live, the last until {day}: they hold the grade down."),
                found.severe,
                day=found.severe_until.isoformat(),
            )
        )
    if found.better is None:
        return said
    if found.missing:
        said.append(
            t.text(
                N_(
                    "{points} points are missing to {grade}; {surely} change the grade at once, "
                    "otherwise it must stay there for two months."
                ),
                points=rounded(found.missing),
                grade=t.text(label(found.better)),
                surely=rounded(found.to_surely),
            )
        )
    else:
        said.append(
            t.text(
                N_("The score has reached the line of {grade}."), grade=t.text(label(found.better))
            )
        )
    if found.performance_missing:
        said.append(
            t.text(
                N_("An A needs a performance part that is {points} points higher."),
                points=rounded(found.performance_missing),
            )
        )
    return said


def _by_itself(found: Outlook, t: Translator) -> list[str]:
    said = []
    if found.line_on is not None:
        said.append(
            t.text(
                N_("If nothing else changes, the score reaches the line on {day}."),
                day=found.line_on.isoformat(),
            )
        )
    elif found.missing:
        said.append(t.text(N_("By itself the score does not reach the line.")))
    for turn, words in (
        (
            found.rises,
            N_("If nothing else changes, the grade rises to {grade} at the end of {month}."),
        ),
        (
            found.falls,
            N_("If nothing else changes, the grade falls to {grade} at the end of {month}."),
        ),
    ):
        if turn is not None:
            said.append(t.text(words, grade=t.text(label(turn.grade)), month=f"{turn.on:%Y-%m}"))
    return said


@dataclass(frozen=True, slots=True)
class ConsequenceView:
    """One thing that a grade brings with it."""

    text: str
    value: str
    is_burden: bool


def consequence_views(grade: Grade, book: RuleBook, t: Translator) -> list[ConsequenceView]:
    """Return what a grade brings with it, in words."""
    how, usual = book.consequences[grade], book.consequences[Grade.B]
    yes, no = t.text(N_("Yes")), t.text(N_("No"))
    return [
        ConsequenceView(t.text(text), value, is_burden)
        for text, value, is_burden in (
            (N_("Feedback looked at again"), share(how.qa_share, 0), how.qa_share > usual.qa_share),
            (
                N_("Solved matters checked on the spot"),
                share(how.check_share, 0),
                how.check_share > usual.check_share,
            ),
            (
                N_("Days between routine checks"),
                str(how.check_days),
                how.check_days < usual.check_days,
            ),
            (N_("On the watch list"), yes if how.is_watched else no, how.is_watched),
            (N_("May ask for more time"), yes if how.may_extend else no, not how.may_extend),
            (N_("Interview proposed"), yes if how.interview else no, how.interview),
            (N_("Plan of rectification asked for"), yes if how.plan else no, how.plan),
            (N_("May be honoured"), yes if how.honours else no, not how.honours),
        )
    ]
