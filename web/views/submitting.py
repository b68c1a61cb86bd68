"""The pages on which a citizen reports a matter: fields, what is wrong with them, what he reads back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.citizens.steps import COUNTED, SubmitStep, number_of, title_of
from hotline.kernel.errors import N_
from hotline.open311.public import PublicTicket
from hotline.tickets.actions.intake import NewTicket, clean_text
from hotline.tickets.models import ADDRESS_MAX, TITLE_MAX, Channel, RequestType
from hotline.tickets.questions import Given, Question, check_answers
from web.i18n import DEFAULT_LANGUAGE, Translator, translator
from web.labels import label
from web.views.fields import Field, Kind, read, typed_values
from web.views.forms import FormState
from web.views.intake import ANSWER, given_answers

CONTENT_LONGEST = 5000

FIELDS: Mapping[SubmitStep, Sequence[Field]] = {
    SubmitStep.WHAT: (
        Field("request_type", N_("Request type"), Kind.CHOICE, of=RequestType),
        Field("content", N_("What happened?"), most=CONTENT_LONGEST),
    ),
    SubmitStep.WHERE: (
        Field("address", N_("Address or place"), Kind.LINE, required=False, most=ADDRESS_MAX),
        Field("area", N_("Area"), Kind.LINE, required=False, most=64),
        Field("category", N_("Subject"), Kind.LINE, required=False, most=96),
        Field("since", N_("Since when?"), Kind.LINE, required=False, most=100),
    ),
    SubmitStep.DETAILS: (),
    SubmitStep.WHO: (
        Field("name", N_("Name"), Kind.LINE, required=False, most=80),
        Field("phone", N_("Telephone"), Kind.PHONE, required=False),
        Field("email", N_("E-mail"), Kind.LINE, required=False, most=120),
        Field("on_behalf_of", N_("For whom"), Kind.LINE, required=False, most=80),
        Field("secret", N_("Keep my name and number secret"), Kind.CHECK, required=False),
    ),
    SubmitStep.CHECK: (
        Field("title", N_("In one sentence"), Kind.LINE, required=False, most=TITLE_MAX),
    ),
}
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,8})?")
_NORTH, _EAST = 90, 180


@dataclass(frozen=True, slots=True)
class StepMark:
    """One of the three steps in the line above the page: `done`, `now` or `ahead`."""

    number: int
    text: str
    state: str


def step_marks(step: SubmitStep) -> list[StepMark]:
    """Return how far somebody is."""
    now = number_of(step)
    return [
        StepMark(n, label(one), "done" if n < now else "now" if n == now else "ahead")
        for n, one in enumerate(COUNTED, start=1)
    ]


def faults_of(
    step: SubmitStep, fields: Given, questions: Sequence[Question], t: Translator
) -> dict[str, str]:
    """Return what is wrong on a page, by field, in words that say what to do."""
    _, form = read(FIELDS[step], fields, t)
    errors = dict(form.errors)
    if step is SubmitStep.WHERE and not errors and not _any(fields, "address", "lat"):
        errors["address"] = t.text(
            N_("Say where it is: a street with a number, a community, or a place that people know")
        )
    if step is SubmitStep.WHO:
        errors |= _unreachable(fields, errors, t)
    if step is SubmitStep.DETAILS:
        _, faults = check_answers(questions, given_answers(questions, fields))
        errors |= {f"{ANSWER}{one.code}": t.text(label(one.fault)) for one in faults}
    return errors


def _unreachable(fields: Given, errors: Mapping[str, str], t: Translator) -> dict[str, str]:
    email = _one(fields, "email")
    if email and not _EMAIL.fullmatch(email):
        return {"email": t.text(N_("This is no address of e-mail: it looks like name@example.com"))}
    if not errors.get("phone") and not _any(fields, "phone", "email"):
        return {
            "phone": t.text(
                N_("Leave a telephone number, or an e-mail address: without one nobody can answer")
            )
        }
    return {}


def form_of(
    fields: Given, errors: Mapping[str, str], *, filled: Mapping[str, str] | None = None
) -> FormState:
    """Return a page's fields with what was typed; `filled` stands where nothing was."""
    return FormState({**(filled or {}), **typed_values(fields)}, errors)


def new_matter(fields: Given, questions: Sequence[Question], t: Translator) -> NewTicket:
    """Return what was typed as intake takes it; every page was found good before."""
    values: dict[str, Any] = {}
    for several in FIELDS.values():
        found, _ = read(several, fields, t)
        values |= found
    return NewTicket(
        channel=Channel.WEB,
        request_type=values["request_type"],
        title=values["title"] or title_of(values["content"]),
        content=_whole(values["content"], values["since"], _one(fields, "same_as")),
        category=values["category"],
        address=values["address"],
        area=values["area"],
        lat=degrees(_one(fields, "lat"), _NORTH),
        long=degrees(_one(fields, "long"), _EAST),
        requester_name=values["name"],
        requester_phone=values["phone"],
        requester_email=values["email"],
        on_behalf_of=values["on_behalf_of"],
        secret=values["secret"],
        answers=given_answers(questions, fields) if questions else None,
    )


def _whole(content: str, since: str | None, same_as: str) -> str:
    """Return the words of a matter with what was asked beside them, as the hotline reads them."""
    staff = translator(DEFAULT_LANGUAGE)
    lines = [content]
    if since:
        lines.append(staff.text(N_("Since when: {since}"), since=since))
    if same_as.isdecimal():
        lines.append(
            staff.text(N_("The sender says that it is the matter {number}."), number=same_as)
        )
    return "\n".join(lines)


def degrees(text: str, most: int) -> float | None:
    """Return a coordinate; None for what is none."""
    if not _DEGREES.fullmatch(text) or abs(float(text)) > most:
        return None
    return round(float(text), 6)


def title_for(fields: Given) -> str:
    """Return the title that a matter would get, or that was typed."""
    return _one(fields, "title") or title_of(clean_text(_one(fields, "content")))


@dataclass(frozen=True, slots=True)
class PublicMatter:
    """A public matter beside one that is about to be reported; nothing in it that is not public."""

    number: str
    text: str
    place: str
    department: str
    submitted_at: datetime
    state: str
    word: str


def public_matter(one: PublicTicket, word: str, t: Translator) -> PublicMatter:
    """Return a public matter in the reader's language; `word` opens its stations."""
    unit = one.department_en if t.language == "en" else one.department
    return PublicMatter(
        one.number,
        one.description or "",
        one.address or "",
        unit or "",
        one.submitted_at,
        t.text(label(one.state.status)),
        word,
    )


def _one(fields: Given, name: str) -> str:
    return "".join(fields.get(name, ())).strip()


def _any(fields: Given, *names: str) -> bool:
    return any(_one(fields, name) for name in names)
