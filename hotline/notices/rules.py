"""Who is told of a warning: the holder first, then those above him, always somebody on duty."""

import enum

from hotline.sla.policy import Level


class Recipient(enum.StrEnum):
    """A receiver as the rules name him; the directory says who that is."""

    HOLDER = "holder"
    UNIT_HANDLERS = "unit_handlers"
    UNIT_LEADERS = "unit_leaders"
    UNIT_DUTY = "unit_duty"
    SUPERVISORS = "supervisors"
    HOTLINE_DUTY = "hotline_duty"


def recipients_of(level: Level, *, has_holder: bool) -> tuple[Recipient, ...]:
    """Return who is told when a clock reaches `level`.

    Yellow reaches who does the work, orange his leader too, red the supervisors and the duty head.
    """
    workers = (Recipient.HOLDER,) if has_holder else (Recipient.UNIT_HANDLERS, Recipient.UNIT_DUTY)
    if level is Level.YELLOW:
        return workers
    if level is Level.ORANGE:
        return (*workers, Recipient.UNIT_LEADERS, Recipient.UNIT_DUTY)
    return (
        *workers,
        Recipient.UNIT_LEADERS,
        Recipient.UNIT_DUTY,
        Recipient.SUPERVISORS,
        Recipient.HOTLINE_DUTY,
    )


def level_of(rung: str) -> Level:
    """Return the colour of a step of the ladder: everything beyond red is red."""
    return _COLOURS.get(rung, Level.RED)


_COLOURS = {level.value: level for level in Level}
