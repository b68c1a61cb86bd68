"""The intake screen as it is shown: what was recognised, what is asked, what was begun."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.intake.drafts.queries import Draft
from hotline.intake.recognition.dangers import FoundDanger, whom_to_call
from hotline.intake.recognition.found import FoundTime
from hotline.intake.recognition.phones import find_phones, masked_number, without_numbers
from hotline.intake.recognition.reading import Recognised, title_of
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.tickets.models import TITLE_MAX, TicketAnswer
from hotline.tickets.questions import Datatype, Question
from web.i18n import Translator
from web.labels import label

_FIELDS = {
    "phone": N_("Telephone"),
    "name": N_("Requester's name"),
    "address": N_("Address"),
    "area": N_("Area"),
    "title": N_("Title"),
    "content": N_("Content"),
}
_FIRST_KEY, _LAST_KEY = 4, 9
"""Alt+1 to Alt+3 belong to what is suggested."""

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was recognised, with the key that uses it.

    Attributes:
        text: what it is.
        words: what it says, numbers masked.
        fill: the fields it fills, as JSON; empty when it is inserted instead.
        insert: what is put at the end of the content.
        mask: what is masked in the text as it is moved into its field, as JSON.
        key: the key that does it; empty when there are more than keys.
    """

    text: str
    words: str
    fill: str = ""
    insert: str = ""
    mask: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class DangerView:
    """A danger that was recognised.

    Attributes:
        codes: of the dangers, as the form keeps them.
        words: what they are.
        said: by which words they were recognised.
        rescue: whom to call: number, words, key.
    """

    codes: str
    words: str
    said: str
    rescue: Sequence[tuple[str, str, str]]


_TRANSFER_KEYS = {"110": "F8", "119": "F9", "120": "F10"}


def danger_view(dangers: list[FoundDanger], t: Translator) -> DangerView | None:
    """Return the dangers of a text as one bar; nothing when there is none."""
    if not dangers:
        return None
    return DangerView(
        codes=",".join(found.danger.value for found in dangers),
        words=" · ".join(t.text(label(found.danger)) for found in dangers),
        said=" · ".join(dict.fromkeys(found.words for found in dangers)),
        rescue=[
            (rescue.value, t.text(label(rescue)), _TRANSFER_KEYS[rescue.value])
            for rescue in whom_to_call(dangers)
        ],
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds while it is being filled in.

    Attributes:
        pasted: what was put into the box for pasting.
    """

    values: Mapping[str, str]
    pasted: str

    @property
    def text(self) -> str:
        """All that is looked through."""
        return "\n".join(filter(None, (self.pasted, self.values["title"], self.values["content"])))

    def is_empty(self, name: str) -> bool:
        """Tell whether a field may still be filled."""
        return not self.values.get(name, "").strip()


def chips_of(found: Recognised, typed: Typed, t: Translator) -> tuple[list[Chip], str]:
    """Return what can be filled by one key each, and what fills all of it at once, as JSON."""
    fields = {name: value for name, value in found.fields.items() if typed.is_empty(name)}
    if typed.pasted:
        fields |= {
            name: value
            for name, value in (
                ("title", title_of(typed.pasted, TITLE_MAX)),
                ("content", without_numbers(typed.pasted.strip())),
            )
            if value and typed.is_empty(name)
        }
    moved = _numbers_in(typed)
    chips = [
        Chip(
            t.text(_FIELDS[name]),
            _short(mask_text(value)),
            fill=_json({name: value}),
            mask=_json(moved) if name == "phone" and moved else "",
        )
        for name, value in fields.items()
    ]
    if moved and "phone" not in fields:
        chips.append(
            Chip(
                t.text(N_("Mask the number in the text")),
                " ".join(moved.values()),
                fill="{}",
                mask=_json(moved),
            )
        )
    chips += [_inserted(t.text(N_("When")), words, t) for words in _times(found.times, typed)]
    chips += [
        _inserted(t.text(N_("Number plate")), plate, t)
        for plate in dict.fromkeys(plate.value for plate in found.plates)
        if plate.replace("·", "") not in re.sub(r"[\s·•-]", "", typed.values["content"]).upper()
    ]
    return _with_keys(chips), _json(fields) if len(fields) > 1 else ""


def _numbers_in(typed: Typed) -> dict[str, str]:
    """Return the numbers in what was typed, each with what is to stand there instead."""
    text = f"{typed.values['title']}\n{typed.values['content']}"
    return {found.words: masked_number(found.value) for found in find_phones(text)}


def _times(times: Sequence[FoundTime], typed: Typed) -> list[str]:
    words: list[str] = []
    for found in times:
        at = found.at.astimezone(SHANGHAI)
        exact = f"{at:%Y-%m-%d %H:%M}" if found.has_hour else f"{at:%Y-%m-%d}"
        if exact not in typed.values["content"] and exact not in " ".join(words):
            said = "" if found.words == exact else f"{found.words} = "
            words.append(f"{said}{exact}")
    return words[:3]


def _inserted(text: str, words: str, t: Translator) -> Chip:
    value = words.rpartition(" = ")[2]
    return Chip(text, words, insert=t.text(N_("({what}: {value})"), what=text, value=value))


def _with_keys(chips: Sequence[Chip]) -> list[Chip]:
    keyed = []
    for number, chip in enumerate(chips, start=_FIRST_KEY):
        key = f"Alt+{number}" if number <= _LAST_KEY else ""
        keyed.append(Chip(chip.text, chip.words, chip.fill, chip.insert, chip.mask, key))
    return keyed


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """An answer that can be chosen.

    Attributes:
        stop: what the caller is told when this answer ends the intake.
    """

    key: str
    text: str
    stop: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as it is asked.

    Attributes:
        name: of its field in the form.
        kind: which sort of field, by the datatype's name.
        is_asked: False for words that are only shown.
    """

    name: str
    kind: str
    text: str
    hint: str
    is_required: bool
    is_asked: bool
    choices: Sequence[ChoiceView]


ANSWER = "answer."
"""How the names of the fields begin that hold answers."""


def question_views(questions: Sequence[Question], t: Translator) -> list[QuestionView]:
    """Return the questions of a category in the reader's language."""
    english = t.language == "en"
    return [
        QuestionView(
            name=f"{ANSWER}{question.code}",
            kind=question.datatype.value,
            text=question.description_en if english else question.description,
            hint=question.hint_en if english else question.hint,
            is_required=question.required,
            is_asked=question.is_asked,
            choices=[
                ChoiceView(
                    choice.key,
                    choice.name_en or choice.name if english else choice.name,
                    choice.stop_en or choice.stop if english else choice.stop,
                )
                for choice in question.choices
            ],
        )
        for question in questions
    ]


def given_answers(
    questions: Sequence[Question], sent: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return what a form answers, by the questions' codes; a local time becomes an instant."""
    given = {}
    for question in questions:
        if question.is_asked:
            values = [value for value in sent.get(f"{ANSWER}{question.code}", ()) if value.strip()]
            if question.datatype is Datatype.DATETIME:
                values = [_as_instant(value) for value in values]
            if values:
                given[question.code] = values
    return given


def _as_instant(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return at.isoformat() if at.tzinfo else at.replace(tzinfo=SHANGHAI).isoformat()


def answer_views(answers: Sequence[TicketAnswer], t: Translator) -> list[tuple[str, str]]:
    """Return the answers that stand on a ticket, in words, numbers masked."""
    views = []
    for answer in answers:
        question = answer.question_en if t.language == "en" else answer.question
        shown = answer.shown_en if t.language == "en" else answer.shown
        if answer.datatype is Datatype.DATETIME:
            shown = t.instant(datetime.fromisoformat(shown))
        views.append((question, mask_text(shown)))
    return views


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft in a list of them."""

    key: str
    title: str
    saved_at: datetime


def draft_views(drafts: Sequence[Draft], t: Translator) -> list[DraftView]:
    """Return one's own open drafts, each by its title or its first words, numbers masked."""
    return [
        DraftView(
            draft.id.hex,
            _short(mask_text(draft.value("title") or draft.value("content")))
            or t.text(N_("Nothing written yet")),
            draft.saved_at,
        )
        for draft in drafts
    ]
