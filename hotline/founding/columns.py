"""What a sheet of a house is made of: columns, and what kind of value each holds - pure."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Subject(enum.StrEnum):
    """What a sheet is about; in this order a house is founded."""

    GROUPS = "groups"
    DEPARTMENTS = "departments"
    PEOPLE = "people"
    CATEGORIES = "categories"
    QUESTIONS = "questions"
    CATALOGUE = "catalogue"
    POLICIES = "policies"
    CALENDARS = "calendars"


class Value(enum.Enum):
    """What kind of value a column holds."""

    CODE = "code"
    USERNAME = "username"
    LINE = "line"
    PHONE = "phone"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    REFERENCES = "references"
    WORDS = "words"
    DAY = "day"
    NUMBER = "number"
    PARTS = "parts"
    LIMIT = "limit"
    HOURS = "hours"


YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Attributes:
        name: stable name; a heading may be this, or the words in either language.
        text: message id of the heading.
        help: message id of what to write there.
        kind: what kind of value it holds.
        required: True when a new line cannot do without it.
        most: the longest text.
        of: the enumeration of a choice.
        only: members that may be chosen, when not all may.
        refers: the sheet whose first column it names.
        default: what a new line gets when the cell is empty.
        example: what a line might hold, as somebody would type it.
        pattern: what a code looks like, as the action that writes it wants it.
    """

    name: str
    text: str
    help: str
    kind: Value = Value.LINE
    required: bool = False
    most: int = 120
    of: type[enum.StrEnum] | None = None
    only: frozenset[str] = frozenset()
    refers: Subject | None = None
    default: str = ""
    example: str = ""
    pattern: str = r"[a-z][a-z0-9_]{1,62}"

    def members(self) -> Sequence[enum.StrEnum]:
        """Return what can be chosen."""
        if self.of is None:
            return ()
        return [member for member in self.of if not self.only or member.value in self.only]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        subject: what it is about.
        columns: in the order of the template.
        key: the columns that together name a line.
        is_whole: its lines take effect together, as one new version.
    """

    subject: Subject
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    is_whole: bool = False

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)
