"""Practice as a person sees it: tasks of his role, with what of them is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.people.permissions import Role
from hotline.practice.rules import Mark, OwnActs, is_done, tasks_for
from web.i18n import Translator
from web.labels import label


@dataclass(frozen=True, slots=True)
class StepView:
    """A step.

    Attributes:
        rings: it is done by letting the telephone ring.
        asks: it is done by typing the number of a matter that is late.
    """

    code: str
    text: str
    href: str | None
    is_done: bool
    rings: bool
    asks: bool


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task."""

    code: str
    title: str
    about: str
    role: str
    steps: Sequence[StepView]
    done: int

    @property
    def is_done(self) -> bool:
        """Tell whether every step is done."""
        return self.done == len(self.steps)


def task_views(roles: Sequence[Role], acts: OwnActs, t: Translator) -> list[TaskView]:
    """Return the tasks of somebody, with what of them is done."""
    found = []
    for task in tasks_for(roles):
        steps = [
            StepView(
                step.code,
                t.text(step.text),
                step.href,
                is_done(step, acts),
                rings=step.mark is Mark.CALL,
                asks=step.mark is Mark.FOUND_LATE,
            )
            for step in task.steps
        ]
        done = sum(step.is_done for step in steps)
        found.append(
            TaskView(
                task.code,
                t.text(task.title),
                t.text(task.about),
                t.text(label(task.role)),
                steps,
                done,
            )
        )
    return found
