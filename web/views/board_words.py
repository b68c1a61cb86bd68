"""What every figure of the board is, in words: beside it as a hint, and together on one page."""

from collections.abc import Mapping, Sequence

from hotline.kernel.errors import N_
from hotline.supervision.board.figures import (
    ARBITRATED,
    BADLY_RATED,
    CLOSED,
    EXTENDED,
    MET,
    MISSED,
    RATED_WELL,
    RECEIVED,
    REPEATED,
    RETURNED,
    REWORKED,
    SOLVED,
    STEPS,
    TOOK,
    UNSOLVED,
    URGED,
    step_figure,
)
from web.i18n import Translator
from web.labels import label

_TOOK: Mapping[str, str] = {
    "took_4h": N_("Within 4 hours"),
    "took_1d": N_("4 hours to 1 day"),
    "took_3d": N_("1 to 3 days"),
    "took_5d": N_("3 to 5 days"),
    "took_7d": N_("5 to 7 days"),
    "took_15d": N_("7 to 15 days"),
    "took_30d": N_("15 to 30 days"),
    "took_longer": N_("More than 30 days"),
}

_NAMES: Mapping[str, str] = {
    RECEIVED: N_("Received"),
    REPEATED: N_("Told again"),
    CLOSED: N_("Closed matters"),
    REWORKED: N_("Handled again"),
    URGED: N_("Urged by requesters"),
    RETURNED: N_("Returns asked for"),
    ARBITRATED: N_("Taken to arbitration"),
    EXTENDED: N_("Extensions asked for"),
    SOLVED: N_("Solved, say requesters"),
    UNSOLVED: N_("Not solved, say requesters"),
    RATED_WELL: N_("Rated 3 to 5"),
    BADLY_RATED: N_("Rated 1 or 2"),
    "resolved_all": N_("Asked whether it is solved"),
    "satisfied_all": N_("Asked how it was handled"),
    "took_all": N_("Results found good"),
    "took_slow": N_("Results that took more than 7 days"),
    **_TOOK,
}


def step_words(code: str, t: Translator) -> str:
    """Return the name of a step of the loop."""
    return t.text(label(next(kind for kind in STEPS if kind.value == code)))


def group_words(group: str, t: Translator) -> str:
    """Return what a list behind a number is of."""
    if group in _NAMES:
        return t.text(_NAMES[group])
    for kind in STEPS:
        name = t.text(label(kind))
        if group == step_figure(kind, MET):
            return t.text(N_("{step}: in time"), step=name)
        if group == step_figure(kind, MISSED):
            return t.text(N_("{step}: too late"), step=name)
        if group == f"{kind.value}_all":
            return t.text(N_("{step}: all that ended"), step=name)
    raise KeyError(group)


def took_words(figure: str, t: Translator) -> str:
    """Return how long work took, in words."""
    return t.text(_TOOK[figure])


TOOK_FIGURES: Sequence[str] = tuple(name for name, _ in TOOK)

DEFINITIONS: Sequence[tuple[str, str, str]] = (
    (
        "late",
        N_("Late now, due within 1 hour, due today"),
        N_(
            "Tickets with a running limit that has passed, passes within the hour, or passes before"
            " midnight. A ticket is counted once, however many of its limits are late; by kind and "
            "department it stands in each line that concerns it. A limit that is paused is not "
            "late."
        ),
    ),
    (
        "forecast",
        N_("Forecast of today"),
        N_(
            "Of the limits that still fall due today, so many will be missed if it goes as in the "
            "last 28 days: for each step, what falls due times the share that was missed. It is an "
            "estimate; the list beside it is what can still be saved."
        ),
    ),
    (
        "loop",
        N_("The closing loop"),
        N_(
            "Limits of a step that ended in the period, by the instant of their end: so many of so "
            "many in time. In time is what ended at its limit or before, pauses taken off. Limits "
            "that are running still are not among them, even if they are late: they stand above, "
            "under what is late now. Cancelled limits are not counted. Accepting has 30 minutes and"
            " dispatching 1 hour unless the policy of a ticket says otherwise."
        ),
    ),
    (
        "before",
        N_("The period before"),
        N_(
            "A month or quarter that goes on is held against as many days at the beginning of the "
            "one before; any other period against as many days right before it. The arrow says "
            "which way a figure went, its colour whether that is good. Small numbers move much by "
            "chance."
        ),
    ),
    (
        "received",
        N_("Received, told again, closed"),
        N_(
            "Tickets by the day of their submission, those among them that were found to tell again"
            " of a matter that was handled, and tickets by the day on which they ended in whatever "
            "way. They belong to the department that leads them now, and to the area and category "
            "written on them now."
        ),
    ),
    (
        "disputes",
        N_("Returns, arbitrations, extensions, appeals"),
        N_(
            "Requests by the day on which they were made, whatever was decided; they belong to the "
            "department that made them, arbitrations to the leading one where nobody else asked."
        ),
    ),
    (
        "rework",
        N_("Handled again"),
        N_(
            "Work that had to be done again because an audit refused it or a requester said that "
            "nothing is solved, by the day on which the new limit began."
        ),
    ),
    (
        "urged",
        N_("Urged by requesters"),
        N_(
            "Askings for speed by requesters, by day; one that came again before it would be "
            "counted anew is not counted twice."
        ),
    ),
    (
        "answers",
        N_("Solved and satisfied"),
        N_(
            "What requesters answered when they were asked after the work, by the day of the "
            "answer: solved or not, and rated 3 to 5 or 1 to 2. Nobody who was not reached is "
            "counted as satisfied. Ratings that were found unfounded are left out."
        ),
    ),
    (
        "tails",
        N_("How long it took"),
        N_(
            "Results that were found good, by the day on which they were handed in: the time from "
            "the submission of the matter, pauses included. It shows the slow ones that an average "
            "hides: nine of ten were done within the step that is named."
        ),
    ),
    (
        "waiting",
        N_("Waiting for long"),
        N_("Open tickets that were submitted so many days ago or earlier, as of today."),
    ),
    (
        "hot",
        N_("Hot issues"),
        N_(
            "Tickets received by day, and in the period by area and main category; tickets without "
            "an area or category are not in the field of areas. Incidents gather tickets of one "
            "cause, bursts are categories that come in far more often than usual."
        ),
    ),
    (
        "ranking",
        N_("Credit ranking"),
        N_(
            "Live scores within a peer group with the range in which the true score lies in nine of"
            " ten cases. Departments whose ranges overlap with the best of a band share it: between"
            " them the order says nothing. Departments with too few matters have no place."
        ),
    ),
    (
        "orders",
        N_("Supervision orders"),
        N_("Orders on which somebody owes something now, by how far they are."),
    ),
    (
        "sums",
        N_("How the figures are made"),
        N_(
            "Closed days are summed up at night; today, and every day of which something was "
            "written later, is counted at the moment. A number and its list come from the same "
            "question, so they agree."
        ),
    ),
)
"""Anchor, title and text of every definition."""
