"""Facts of anomalies: ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyDecided(Fact):
    """A person decided whether something odd is so. It changes no score by itself.

    Attributes:
        kind: what looked odd.
        state: `founded` or `unfounded`.
    """

    topic: ClassVar[str] = "anomaly_decided"

    card_id: str
    kind: str
    department_id: int | None
    state: str
    by_user_id: str | None
