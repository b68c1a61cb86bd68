"""Facts of supervision."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeRequested(Fact):
    """Many tickets are to be urged, one after the other.

    Attributes:
        run_id: which run.
    """

    topic: ClassVar[str] = "urge_requested"

    run_id: str
