"""What is wrong with a line of a file that somebody handed in - pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line.

    Attributes:
        line: its number in the file, from 1.
        text: message id; may name `params` in braces.
    """

    line: int
    text: str
    params: Mapping[str, object]
