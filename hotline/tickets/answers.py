"""The questions of categories, and the answers that stand on tickets."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.catalogue import ancestry, require_category
from hotline.tickets.errors import AnswersRefused, InvalidQuestion
from hotline.tickets.models import CategoryQuestion, TicketAnswer
from hotline.tickets.questions import (
    CODE,
    LISTS,
    Choice,
    Given,
    Question,
    check_answers,
    shown,
)


def question_of(row: CategoryQuestion) -> Question:
    """Return a stored question as the rules read it."""
    return Question(
        code=row.code,
        datatype=row.datatype,
        required=row.is_required,
        order=row.position,
        description=row.description,
        description_en=row.description_en,
        hint=row.hint,
        hint_en=row.hint_en,
        choices=tuple(Choice(**choice) for choice in row.choices),
        is_asked=row.is_asked,
    )


async def questions_for(session: AsyncSession, category: str) -> Sequence[Question]:
    """Return what is asked about a category: what is asked above it comes first."""
    return (await questions_by_category(session, [category]))[category]


async def questions_by_category(
    session: AsyncSession, categories: Sequence[str]
) -> Mapping[str, Sequence[Question]]:
    """Return what is asked about each of several categories, in one query."""
    wanted = {code for category in categories for code in ancestry(category)}
    rows = (
        await session.exec(
            select(CategoryQuestion)
            .where(
                col(CategoryQuestion.category_code).in_(wanted),
                col(CategoryQuestion.retired_at).is_(None),
            )
            .order_by(
                sa.func.length(CategoryQuestion.category_code),
                col(CategoryQuestion.position),
                col(CategoryQuestion.code),
            )
        )
    ).all()
    return {
        category: [question_of(row) for row in rows if row.category_code in set(ancestry(category))]
        for category in categories
    }


async def answer_rows(
    session: AsyncSession, ticket_id: uuid.UUID, category: str | None, given: Given
) -> list[dict[str, Any]]:
    """Return the rows of a new ticket's answers.

    Each keeps the question in the words in which it was asked, so that it can be read when the question
    has long been changed.

    Raises:
        AnswersRefused: an answer is missing or cannot stand.
    """
    questions = await questions_for(session, category) if category else ()
    answers, faults = check_answers(questions, given)
    if faults:
        raise AnswersRefused(faults=", ".join(f"{one.code}: {one.fault.value}" for one in faults))
    named = {question.code: question for question in questions}
    rows = []
    for position, (code, values) in enumerate(answers.items(), start=1):
        question = named[code]
        words, words_en = shown(question, values)
        rows.append(
            {
                "ticket_id": ticket_id,
                "code": code,
                "position": position,
                "datatype": question.datatype,
                "question": question.description,
                "question_en": question.description_en,
                "values": values,
                "shown": words,
                "shown_en": words_en,
            }
        )
    return rows


async def answers_of(session: AsyncSession, ticket_id: uuid.UUID) -> Sequence[TicketAnswer]:
    """Return the answers that stand on a ticket, in their order."""
    return (
        await session.exec(
            select(TicketAnswer)
            .where(TicketAnswer.ticket_id == ticket_id)
            .order_by(col(TicketAnswer.position))
        )
    ).all()


async def list_questions(session: AsyncSession, category: str) -> Sequence[CategoryQuestion]:
    """Return a category's own questions in use, by their place."""
    return (
        await session.exec(
            select(CategoryQuestion)
            .where(
                CategoryQuestion.category_code == category,
                col(CategoryQuestion.retired_at).is_(None),
            )
            .order_by(col(CategoryQuestion.position), col(CategoryQuestion.code))
        )
    ).all()


async def save_question(tx: Tx, category: str, question: Question) -> CategoryQuestion:
    """Add a question to a category, or change the one with this code.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        UnknownCode: there is no such category.
        InvalidQuestion: a malformed code, no words, or a list without choices.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    await require_category(tx.session, category)
    _require_sound(question)
    row = await tx.session.merge(
        CategoryQuestion(
            category_code=category,
            code=question.code,
            position=question.order,
            datatype=question.datatype,
            is_required=question.required,
            is_asked=question.is_asked,
            description=question.description.strip(),
            description_en=question.description_en.strip() or question.description.strip(),
            hint=question.hint.strip(),
            hint_en=question.hint_en.strip(),
            choices=[asdict(choice) for choice in question.choices],
            retired_at=None,
        )
    )
    await tx.session.flush()  # another question of the category may follow in the same transaction
    return row


async def retire_question(tx: Tx, category: str, code: str) -> None:
    """Ask a question no more; the answers that stand keep its words.

    Raises:
        PermissionDenied: the actor may not manage the directory.
        InvalidQuestion: there is no such question in use.
    """
    tx.actor.require(Permission.MANAGE_DIRECTORY)
    row = await tx.session.get(CategoryQuestion, (category, code))
    if row is None or row.retired_at is not None:
        raise InvalidQuestion(problem=f"there is no question {code} in use")
    row.retired_at = tx.now


def _require_sound(question: Question) -> None:
    codes = [question.code, *(choice.key for choice in question.choices)]
    if not all(CODE.fullmatch(code) for code in codes):
        raise InvalidQuestion(problem="codes are letters, digits and _, 32 at most")
    if not question.description.strip():
        raise InvalidQuestion(problem="a question needs its words")
    if (question.datatype in LISTS) is not bool(question.choices):
        raise InvalidQuestion(problem="a list needs choices, and nothing else has them")
    if len({choice.key for choice in question.choices}) < len(question.choices):
        raise InvalidQuestion(problem="every choice has a key of its own")
    if not all(choice.name.strip() for choice in question.choices):
        raise InvalidQuestion(problem="a choice needs its words")
    if question.required and not question.is_asked:
        raise InvalidQuestion(problem="words that are only shown cannot be required")
