"""How the city keeps what it promises, in the words of the first page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from hotline.citizens.figures import Promised
from hotline.citizens.monthly import LOOP, Ratio
from hotline.citizens.suppression import may_show_rate
from hotline.kernel.errors import N_
from web.i18n import Translator

LOOP_WORDS: Mapping[str, str] = {
    "accept": N_("Taken on, or refused with a reason, in time"),
    "dispatch": N_("Handed to a department in time"),
    "first_contact": N_("First called by the department in time"),
    "complete": N_("Done in time"),
    "visit": N_("Asked afterwards in time"),
    "promises": N_("Promises kept"),
}


@dataclass(frozen=True, slots=True)
class KeptLine:
    """How often something was kept."""

    words: str
    percent: str
    of: str
    share: float


def kept_lines(promised: Promised, t: Translator) -> Sequence[KeptLine]:
    """Return the lines of the first page; of what too few stand behind, none."""
    rows = [
        ("promises", promised.promises),
        *((one, promised.loop.get(one, Ratio())) for one in LOOP),
    ]
    return [kept_line(name, ratio, t) for name, ratio in rows if may_show_rate(ratio.of)]


def kept_line(name: str, ratio: Ratio, t: Translator) -> KeptLine:
    """Return one line."""
    return KeptLine(
        t.text(LOOP_WORDS[name]),
        percent_of(ratio.part, ratio.of),
        t.text(N_("{k} of {n}"), k=t.number(ratio.part), n=t.number(ratio.of)),
        ratio.part / ratio.of,
    )


def percent_of(part: int, of: int) -> str:
    """Return a share in per cent with one digit; it is only 100 % when it is all."""
    share = Decimal(part) * 100 / Decimal(of)
    shown = share.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
    if part < of and shown == Decimal(100):
        shown = Decimal("99.9")
    return f"{shown} %"
