"""What an error looks like to a person: a heading, and what to do now."""

import contextlib
import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hotline.kernel.errors import N_, DomainError
from hotline.sla.policy import InvalidPolicy, Limit
from hotline.tickets.lifecycle import Action, Hold, IllegalTransition, State, Status
from hotline.workdays.definition import InvalidCalendar
from web.i18n import Translator, translate, translator
from web.labels import LABELS, label, state_label

WORDS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: (
            N_("The request could not be understood"),
            N_("Go back and try again from the page you came from."),
        ),
        401: (N_("You are not signed in"), N_("Sign in and repeat what you were doing.")),
        403: (
            N_("You may not do this"),
            N_("If you need it for your work, ask the administrator for the role."),
        ),
        404: (
            N_("There is nothing here"),
            N_("Check the number or the address; it may also be something you may not see."),
        ),
        405: (N_("This cannot be done here"), N_("Go back and use the buttons of the page.")),
        409: (
            N_("This does not fit any more"),
            N_("Somebody may have been faster: look at the present state, then decide again."),
        ),
        410: (N_("The time for this has passed"), N_("Submit a new request instead.")),
        413: (N_("This is too large"), N_("Send less or a smaller file.")),
        422: (N_("Something in the form is not right"), N_("Go back and mend the marked fields.")),
        429: (N_("Too many tries"), N_("Wait a few minutes, then try again.")),
        500: (
            N_("Something went wrong on our side"),
            N_("Nothing was changed. Try again; if it happens again, tell the administrator."),
        ),
        503: (
            N_("The system is busy or a part of it is down"),
            N_("Nothing was changed. Try again in a moment."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a page shows it.

    Attributes:
        status: the HTTP status.
        title: message id of the heading.
        advice: message id of what to do.
        detail: what the field itself says, translated; None when it says nothing.
        request_id: for the administrator; only for faults of ours.
    """

    status: int
    title: str
    advice: str
    detail: str | None = None
    request_id: str | None = None


def problem(status: int, *, detail: str | None = None, request_id: str | None = None) -> Problem:
    """Return what to say about an HTTP status."""
    title, advice = WORDS.get(status) or WORDS[500 if status >= 500 else 400]  # noqa: PLR2004
    return Problem(status, title, advice, detail, request_id)


def limit_words(limit: Limit, t: Translator) -> str:
    """Return a limit as people say it: days of its calendar, and hours."""
    words = []
    if limit.days:
        words.append(t.text(N_("{n} d"), n=f"{limit.days.normalize():f}"))
    if limit.seconds:
        words.append(t.duration(limit.seconds))
    return t.join(words)


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")
_LIMIT = re.compile(r"P(?=[\dT])\S+")


def _spoken(language: str, value: object) -> object:
    if isinstance(value, enum.Enum) and type(value) in LABELS:
        return translate(language, label(value))
    if isinstance(value, str):
        return _spoken_text(translator(language), value)
    if isinstance(value, Iterable) and not isinstance(value, bytes | Mapping):
        return ("、" if language == "zh_CN" else ", ").join(
            str(_spoken(language, part)) for part in value
        )
    return value


def _spoken_text(t: Translator, text: str) -> str:
    """Return a parameter in words: known sentences translated, instants and limits as people say."""
    with contextlib.suppress(ValueError, OverflowError, InvalidPolicy):
        # What only looks like one, such as a caller's odd code, is said as it is.
        if _INSTANT.fullmatch(text):
            return t.instant(datetime.fromisoformat(text))
        if _LIMIT.fullmatch(text):
            return limit_words(Limit.parse(text), t)
    return t.text(text) if text in _WORDS else text


_WORDS = frozenset(
    (
        N_("category"),
        N_("department"),
        N_("service step"),
        N_("it was given 2 times"),
        N_("the new limit is not later than the present one"),
        N_("it would be longer than the first limit"),
        N_("it would be longer than 3 working days"),
        N_("it needs 2 to 12 milestones"),
        N_("each milestone must be later than the one before"),
        N_("it is nested too deeply"),
        N_("a list goes through one of the paper's lists only"),
        N_("the first milestone must lie ahead"),
        N_("each milestone names the person who answers for it"),
        N_("he is told first: the instant lies ahead"),
        N_("the instant lies before the matter was submitted"),
        N_("the review must lie ahead"),
        N_("it is reviewed within 30 days"),
        N_("it would be suspended for more than 180 days in all"),
        N_("it is the same ticket"),
        N_("nobody was reached, so nothing can have been said"),
        N_("say whether the matter is solved"),
        N_("say which of the requesters was asked"),
        N_("this is not a requester of the ticket"),
        N_("a user name is 2 to 63 small letters, digits, dots, - and _"),
        N_("an account needs a role that an account may hold"),
        N_("an account needs a name"),
        N_("you cannot take your own administrator role away"),
        N_("a code is 2 to 63 small letters, digits and _"),
        N_("a department needs a name"),
        N_("a department cannot lie below itself"),
        N_("a category's code is up to three parts of small letters, digits and _"),
        N_("a category needs a name"),
        N_("codes are letters, digits and _, 32 at most"),
        N_("a question needs its words"),
        N_("a list needs choices, and nothing else has them"),
        N_("every choice has a key of its own"),
        N_("a choice needs its words"),
        N_("words that are only shown cannot be required"),
        N_("a survey of a quarter names its quarter, and no other does"),
        N_("a quarter is 1, 2, 3 or 4"),
        N_("it closes before it opens"),
        N_("at least one observer must have answered"),
        N_("it asks too many questions"),
        N_("a question has no words"),
        N_("it asks no question"),
        N_("it goes into the score of the year and asks nothing that is counted"),
        N_("it asks about no department"),
        N_("it would be over before anybody could answer"),
        N_("the visit is still to come"),
        N_("nothing was looked at"),
        N_("latitude and longitude belong together"),
        N_("there is no such place"),
        N_("its day is over"),
        N_("this is no e-mail address"),
        N_("this is no telephone number"),
        N_("the limit per hour is a number from 1 to 500"),
        N_("a subscription needs a name"),
        N_("a subscription needs an address"),
        N_("text messages go to persons only"),
        N_("the address is not a URL"),
        N_("the address must begin with http:// or https://"),
        N_("the address must not hold a user name or a password"),
        N_("this machine must not be called"),
        N_("it is too large"),
        N_("it cannot be read"),
        N_("it is neither CSV, JSON nor a workbook"),
        N_("it is no list of answers"),
        N_("the workbook is broken"),
        N_("it is empty"),
        N_("it has more than 5,000 lines: split it"),
        N_("it is an .xls or a protected workbook: save it as .xlsx without a password"),
        N_("there is no line below the headings"),
        N_("the addresses are not a list of up to 20 e-mail addresses"),
    )
)
"""What the field puts into its refusals as a parameter, so that it is translated too."""


def _machine_words(language: str, params: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters of an illegal transition, its state and actions by their names."""
    status, _, hold = str(params["status"]).partition("/")
    state = State(Status(status), Hold(hold) if hold else None)
    allowed = [Action(word) for word in str(params["allowed"]).split(", ") if word]
    return {
        "status": translate(language, state_label(state)),
        "allowed": _spoken(language, allowed) or "–",
    }


_PHRASED = (InvalidPolicy, InvalidCalendar)
"""Refusals that say with a message of its own, and values for it, what is wrong."""


def explain(error: DomainError, language: str) -> str:
    """Return what the field says about its refusal, states and roles by their own names."""
    if isinstance(error, IllegalTransition):
        return translate(language, error.title, _machine_words(language, error.params))
    if isinstance(error, _PHRASED):
        said = {name: _spoken(language, value) for name, value in error.details.items()}
        problem = translate(language, error.message, said)
        return translate(language, error.title, {"problem": problem})
    params = {name: _spoken(language, value) for name, value in error.params.items()}
    return translate(language, error.title, params)
