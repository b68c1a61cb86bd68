"""What must be asked about a matter of a category, and whether it was answered - pure.

The kinds of answers are those of Open311 GeoReport v2, so that one definition serves the operator's
screen, the public and other systems.
"""

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

ANSWER_MAX = 2000
"""Characters of one answer."""

CODE = re.compile(r"[A-Za-z0-9_]{1,32}")
"""What a question's or a choice's code looks like."""


class Datatype(enum.StrEnum):
    """What kind of answer a question takes."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    ONE = "singlevaluelist"
    MANY = "multivaluelist"


LISTS = frozenset({Datatype.ONE, Datatype.MANY})


class AnswerFault(enum.StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_TIME = "not_a_time"
    NO_SUCH_CHOICE = "no_such_choice"
    ONE_ONLY = "one_only"
    TOO_LONG = "too_long"
    NO_SUCH_QUESTION = "no_such_question"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list.

    Attributes:
        key: what is stored and sent.
        name: in Chinese.
        name_en: in English.
        stop: what the caller is told where this answer ends the intake, and where he is sent; empty
            where it goes on.
        stop_en: likewise in English.
    """

    key: str
    name: str
    name_en: str
    stop: str = ""
    stop_en: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a category.

    Attributes:
        code: unique within the category and those above it.
        datatype: what kind of answer it takes.
        required: without an answer no ticket is taken down.
        order: its place, from 1.
        description: the question in Chinese.
        description_en: in English.
        hint: what kind of value is meant, such as a unit.
        hint_en: likewise in English.
        choices: the answers of a list.
        is_asked: False for words that are only shown.
    """

    code: str
    datatype: Datatype
    required: bool
    order: int
    description: str
    description_en: str
    hint: str = ""
    hint_en: str = ""
    choices: tuple[Choice, ...] = ()
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that cannot stand, and why."""

    code: str
    fault: AnswerFault


Given = Mapping[str, Sequence[str]]
"""Answers as they come in, by the question's code; an empty text is no answer."""


def check_answers(
    questions: Sequence[Question], given: Given
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Return the answers that stand, in the questions' order, and what is wrong with the others.

    Where an answer ends the intake nothing more is asked: what is left open then is not missed.
    """
    is_over = stop_of(questions, given) is not None
    known = {question.code: question for question in questions if question.is_asked}
    answers: dict[str, list[str]] = {}
    faults = [Fault(code, AnswerFault.NO_SUCH_QUESTION) for code in given if code not in known]
    for code, question in known.items():
        values = [value.strip() for value in given.get(code, ()) if value.strip()]
        fault = _fault(question, values)
        if fault is AnswerFault.MISSING and is_over:
            continue
        if fault is not None:
            faults.append(Fault(code, fault))
        elif values:
            answers[code] = list(dict.fromkeys(values))
    return answers, faults


def _fault(question: Question, values: Sequence[str]) -> AnswerFault | None:
    if not values:
        return AnswerFault.MISSING if question.required else None
    if len(values) > 1 and question.datatype is not Datatype.MANY:
        return AnswerFault.ONE_ONLY
    if any(len(value) > ANSWER_MAX for value in values):
        return AnswerFault.TOO_LONG
    return _fault_of_kind(question, values)


def _fault_of_kind(question: Question, values: Sequence[str]) -> AnswerFault | None:
    if question.datatype in LISTS:
        keys = {choice.key for choice in question.choices}
        return None if keys.issuperset(values) else AnswerFault.NO_SUCH_CHOICE
    if question.datatype is Datatype.NUMBER:
        return None if _NUMBER.fullmatch(values[0]) else AnswerFault.NOT_A_NUMBER
    if question.datatype is Datatype.DATETIME:
        return None if _is_instant(values[0]) else AnswerFault.NOT_A_TIME
    return None


_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,9})?")


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def stop_of(questions: Sequence[Question], given: Given) -> Choice | None:
    """Return the first answer that ends the intake, if one was given."""
    for question in questions:
        for choice in question.choices:
            if choice.stop and choice.key in given.get(question.code, ()):
                return choice
    return None


def shown(question: Question, values: Sequence[str]) -> tuple[str, str]:
    """Return an answer in words, Chinese and English."""
    if question.datatype not in LISTS:
        return values[0], values[0]
    named = {choice.key: choice for choice in question.choices}
    chosen = [named[value] for value in values if value in named]
    return "、".join(one.name for one in chosen), ", ".join(one.name_en for one in chosen)
