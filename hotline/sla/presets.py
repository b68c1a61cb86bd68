"""The policies that a new installation starts with.

`fast-24` is the default. A preset that is not active waits for an administrator to switch it on: it
would otherwise take the place of the default for most tickets.
"""

from dataclasses import dataclass
from decimal import Decimal

from hotline.sla.policy import (
    DEFAULT_WARNINGS,
    CalendarCode,
    ClockKind,
    ClockRule,
    Limit,
    Match,
    Policy,
    WarnAt,
)

_NATURAL, _WORKING = CalendarCode.NATURAL, CalendarCode.WORKING


@dataclass(frozen=True, slots=True)
class Preset:
    """A policy to start with, and whether it is switched on."""

    policy: Policy
    is_active: bool = True


_EARLY_SIGN: tuple[WarnAt, WarnAt] = (Decimal("0.5"), Decimal("0.8"))
_EARLY_CONTACT: tuple[WarnAt, WarnAt] = (Decimal("0.5"), Decimal("0.75"))
"""Signing and the first call warn at half their time: both are short, and both are a reflex."""


def _limit(text: str) -> Limit:
    return Limit.parse(text)


def _clocks(
    calendar: CalendarCode,
    *,
    accept: str,
    dispatch: str,
    sign: str,
    complete: str,
    visit: str,
    first_contact: str | None = None,
    co_opinion: str = "P1D",
    audit: str = "PT4H",
    rework: str | None = None,
    complete_by_type: dict[str, str] | None = None,
) -> dict[ClockKind, ClockRule]:
    def rule(
        limit: str,
        counted: CalendarCode = calendar,
        warnings: tuple[WarnAt, WarnAt] = DEFAULT_WARNINGS,
    ) -> ClockRule:
        return ClockRule(_limit(limit), counted, warnings)

    clocks = {
        # The desk is staffed day and night: its own limits count natural time in every policy
        # whose accept limit is short, as all of these are.
        ClockKind.ACCEPT: rule(accept, _NATURAL),
        ClockKind.DISPATCH: rule(dispatch, _NATURAL if dispatch.startswith("PT") else calendar),
        ClockKind.SIGN: rule(sign, warnings=_EARLY_SIGN),
        ClockKind.COMPLETE: ClockRule(
            _limit(complete),
            calendar,
            by_type={word: _limit(text) for word, text in (complete_by_type or {}).items()},
        ),
        ClockKind.CO_OPINION: rule(co_opinion),
        ClockKind.AUDIT: rule(audit, _WORKING),
        ClockKind.VISIT: rule(visit),
        ClockKind.REWORK_COMPLETE: rule(rework or complete),
    }
    if first_contact:
        clocks[ClockKind.FIRST_CONTACT] = rule(first_contact, warnings=_EARLY_CONTACT)
    return clocks


PRESETS: tuple[Preset, ...] = (
    Preset(
        Policy(
            "fast-24",
            "快办24小时",
            Match(),
            _clocks(
                _NATURAL,
                accept="PT30M",
                dispatch="PT1H",
                sign="PT30M",
                first_contact="PT4H",
                complete="PT24H",
                co_opinion="PT12H",
                visit="PT24H",
            ),
            is_default=True,
            return_window=_limit("PT2H"),
        )
    ),
    Preset(
        Policy(
            "p0",
            "特急",
            Match(urgency=("p0",)),
            {
                **_clocks(
                    _NATURAL,
                    accept="PT5M",
                    dispatch="PT5M",
                    sign="PT15M",
                    first_contact="PT15M",
                    complete="PT24H",
                    co_opinion="PT2H",
                    visit="PT2H",
                ),
                ClockKind.AUDIT: ClockRule(Limit(seconds=3600)),
            },
        )
    ),
    Preset(
        Policy(
            "p1",
            "紧急",
            Match(urgency=("p1",)),
            {
                **_clocks(
                    _NATURAL,
                    accept="PT10M",
                    dispatch="PT20M",
                    sign="PT30M",
                    first_contact="PT1H",
                    complete="PT24H",
                    co_opinion="PT6H",
                    visit="PT24H",
                ),
                ClockKind.AUDIT: ClockRule(Limit(seconds=2 * 3600)),
            },
        )
    ),
    Preset(
        Policy(
            "business_complaint",
            "营商环境投诉",
            Match(programme=("business_environment",)),
            _clocks(
                _WORKING,
                accept="PT1H",
                dispatch="PT4H",
                sign="P0.5D",
                first_contact="P1D",
                complete="P7D",
                visit="P1D",
            ),
        )
    ),
    Preset(
        Policy(
            "enterprise",
            "企业诉求",
            Match(programme=("enterprise",)),
            _clocks(
                _WORKING,
                accept="PT30M",
                dispatch="PT1H",
                sign="PT1H",
                first_contact="PT1H",
                complete="P4D",
                complete_by_type={"consult": "P2D", "complaint": "P7D"},
                visit="P1D",
            ),
        )
    ),
    Preset(
        Policy(
            "report-secret",
            "保密举报",
            Match(request_type=("report",), secret=True),
            _clocks(
                _WORKING,
                accept="PT30M",
                dispatch="PT1H",
                sign="P1D",
                complete="P15D",
                visit="P2D",
            ),
        )
    ),
    Preset(
        Policy(
            "complex-15",
            "疑难复杂",
            Match(urgency=("p3",)),
            _clocks(
                _WORKING,
                accept="PT1H",
                dispatch="P0.5D",
                sign="P1D",
                first_contact="P1D",
                complete="P15D",
                visit="P2D",
            ),
        )
    ),
    Preset(
        Policy(
            "consult",
            "咨询",
            Match(request_type=("consult",)),
            _clocks(
                _WORKING,
                accept="PT30M",
                dispatch="PT1H",
                sign="P0.5D",
                complete="P3D",
                visit="P2D",
            ),
        )
    ),
    Preset(
        Policy(
            "general-5",
            "一般五日",
            Match(request_type=("help", "complaint", "suggestion")),
            _clocks(
                _WORKING,
                accept="PT1H",
                dispatch="P0.5D",
                sign="P1D",
                first_contact="P1D",
                complete="P5D",
                visit="P1D",
            ),
            return_window=_limit("P1D"),
        ),
        is_active=False,
    ),
    Preset(
        Policy(
            "province-2-10-15",
            "省级 2-10-15",
            Match(request_type=("consult", "help", "suggestion", "complaint", "report")),
            _clocks(
                _WORKING,
                accept="PT1H",
                dispatch="P0.5D",
                sign="P1D",
                first_contact="P1D",
                complete="P10D",
                complete_by_type={"consult": "P2D", "complaint": "P15D", "report": "P15D"},
                visit="P2D",
            ),
        ),
        is_active=False,
    ),
)
"""Ten graded policies of the field, from minutes to fifteen working days."""
