"""A form as it stands: what was typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FormState:
    """What a form shows.

    Attributes:
        values: what was typed, by field name.
        errors: what is wrong, translated, by field name.
        refusal: why it could not be done although no field is to blame, translated.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def is_answered(self) -> bool:
        """Tell whether this is the answer to a form that was sent."""
        return bool(self.errors or self.refusal)


EMPTY = FormState()
