"""The questions of a category as their administrator sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.tickets.questions import Choice, Question
from web.i18n import Translator
from web.labels import label


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question in a list.

    Attributes:
        choices: the answers of a list, in words.
        stops: which of them end the intake, with what the caller is told.
    """

    code: str
    text: str
    kind: str
    is_required: bool
    is_asked: bool
    choices: Sequence[str]
    stops: Sequence[tuple[str, str]]


def question_rows(questions: Sequence[Question], t: Translator) -> list[QuestionRow]:
    """Return questions in the reader's language."""
    english = t.language == "en"
    return [
        QuestionRow(
            code=question.code,
            text=question.description_en if english else question.description,
            kind=t.text(label(question.datatype)),
            is_required=question.required,
            is_asked=question.is_asked,
            choices=[_name(choice, english=english) for choice in question.choices],
            stops=[
                (
                    _name(choice, english=english),
                    choice.stop_en or choice.stop if english else choice.stop,
                )
                for choice in question.choices
                if choice.stop
            ],
        )
        for question in questions
    ]


def _name(choice: Choice, *, english: bool) -> str:
    return choice.name_en or choice.name if english else choice.name


def choices_in(text: str) -> tuple[Choice, ...]:
    """Return the choices of a text, one a line: key, Chinese, English, what ends it in both."""
    found = []
    for line in text.splitlines():
        if line.strip():
            cells = [cell.strip() for cell in line.replace("｜", "|").split("|")]
            cells += [""] * (5 - len(cells))
            key, name, name_en, stop, stop_en = cells[:5]
            found.append(Choice(key, name, name_en or name, stop, stop_en))
    return tuple(found)


def choice_lines(choices: Sequence[Choice]) -> str:
    """Return choices as they are typed."""
    lines = []
    for choice in choices:
        cells = [choice.key, choice.name, choice.name_en, choice.stop, choice.stop_en]
        while cells and not cells[-1]:
            cells.pop()
        lines.append(" | ".join(cells))
    return "\n".join(lines)
