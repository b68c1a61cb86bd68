"""What differs between two versions of a policy, part by part - pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a policy that was changed.

    Attributes:
        part: where, such as `clocks.accept.limit`, `match.urgency`, `name` or `is_active`.
        before: what stood there, as it is written; None for nothing.
        after: what stands there now; None for nothing.
    """

    part: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Difference]:
    """Return what differs between two definitions, in the order of the later one."""
    old, new = dict(_parts(before)), dict(_parts(after))
    parts = dict.fromkeys([*new, *old])
    return [
        Difference(part, old.get(part), new.get(part))
        for part in parts
        if old.get(part) != new.get(part)
    ]


def _parts(given: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if isinstance(value, Mapping) and (value or name != "beyond"):
            yield from _parts(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
