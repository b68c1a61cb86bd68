"""Keeping what co-handlers and the lead write to each other."""

from collections.abc import Sequence

from hotline.kernel.ids import uuid7
from hotline.tickets.meeting_models import CoReport
from hotline.tickets.meetings import ReportKind, WorkStage
from hotline.tickets.models import Assignment
from hotline.tickets.step import Step


def write_report(
    step: Step,
    task: Assignment,
    kind: ReportKind,
    text: str,
    *,
    stage: WorkStage | None = None,
    evidence: Sequence[str] = (),
    department_id: int | None = None,
) -> CoReport:
    """Keep a word about a department's task, in the transaction of its step.

    Args:
        step: the ticket's step.
        task: the task that it is about.
        kind: what it is.
        text: the words.
        stage: how far the work is.
        evidence: references to photographs, minutes, documents.
        department_id: the unit that it concerns, when that is not the task's own.
    """
    report = CoReport(
        id=uuid7(step.tx.now),
        ticket_id=step.ticket.id,
        assignment_id=task.id,
        department_id=department_id or task.department_id,
        kind=kind,
        stage=stage,
        text=text,
        evidence=list(evidence),
        reported_by=step.tx.actor.user_id,
        reported_at=step.tx.now,
    )
    step.tx.session.add(report)
    return report
