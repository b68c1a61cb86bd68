"""Facts of exchange."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested(Fact):
    """A list too long to wait for is to be written to a file.

    Attributes:
        export_id: which.
    """

    topic: ClassVar[str] = "export_requested"

    export_id: str
