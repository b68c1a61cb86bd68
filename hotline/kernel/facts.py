"""Facts: what has happened, told to whoever needs to know. They never hold personal data."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that has happened, named in the past tense.

    Subclasses are frozen dataclasses of plain JSON values; `topic` names them in the outbox.
    """

    topic: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """Return the fact as JSON values."""
        # Every value is plain already: no need of the deep copy that `asdict` makes.
        return {name: getattr(self, name) for name in _names(type(self))}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Return the fact that `payload` was made from; fields it does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in payload.items() if name in known})


_NAMES: dict[type[Fact], tuple[str, ...]] = {}


def _names(kind: type[Fact]) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in fields(kind))
    return _NAMES[kind]
