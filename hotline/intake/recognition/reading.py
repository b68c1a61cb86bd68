"""All that can be read off a text at once, and what it may fill."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hotline.intake.recognition.dangers import FoundDanger, find_dangers
from hotline.intake.recognition.found import Found, FoundTime
from hotline.intake.recognition.people import find_names, find_plates
from hotline.intake.recognition.phones import find_phones, without_numbers
from hotline.intake.recognition.places import Area, find_addresses, find_areas
from hotline.intake.recognition.times import find_times

MOST_READ = 5000
"""Characters of a text that are looked at; a caller's own matter stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was read off a text."""

    phones: Sequence[Found] = ()
    times: Sequence[FoundTime] = ()
    addresses: Sequence[Found] = ()
    areas: Sequence[Found] = ()
    names: Sequence[Found] = ()
    plates: Sequence[Found] = ()
    dangers: list[FoundDanger] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, str]:
        """What it would put into the fields of the intake, by their names."""
        firsts = {
            "phone": self.phones,
            "address": self.addresses,
            "area": self.areas,
            "name": self.names,
        }
        return {name: found[0].value for name, found in firsts.items() if found}


def recognise(text: str, now: datetime, areas: Sequence[Area] = ()) -> Recognised:
    """Return what a text says of numbers, times, places, people and dangers.

    Args:
        text: what was typed or pasted; of a long one the beginning.
        now: from which times count.
        areas: those of the directory.
    """
    text = text[:MOST_READ]
    phones, times, plates = find_phones(text), find_times(text, now), find_plates(text)
    return Recognised(
        phones=phones,
        times=times,
        addresses=find_addresses(_without(text, [*phones, *times, *plates])),
        areas=find_areas(text, areas),
        names=find_names(text),
        plates=plates,
        dangers=find_dangers(text),
    )


def _without(text: str, taken: Sequence[Found | FoundTime]) -> str:
    """Return a text of the same length in which what was read already stands in nobody's way."""
    for found in taken:
        text = f"{text[: found.start]}{'，' * (found.end - found.start)}{text[found.end :]}"
    return text


_CLAUSE = re.compile(r"[，,、；;。！？!?\n]+")


def title_of(text: str, most: int) -> str:
    """Return what a text is about, for a title: its first words that say neither who nor by what number.

    Args:
        text: what was pasted.
        most: characters of a title.
    """
    sentence = next((line.strip() for line in re.split(r"[。！？!?\n]", text) if line.strip()), "")
    whole = [part for part in _CLAUSE.split(sentence) if part.strip()]
    matter = [part for part in whole if not find_phones(part) and not find_names(part)]
    words = "，".join(part.strip() for part in matter or whole)
    return without_numbers(words)[:most].strip()
