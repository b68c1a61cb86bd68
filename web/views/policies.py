"""A time-limit policy as a form, and a sent form as a policy's definition."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.kernel.errors import N_
from hotline.sla.codec import policy_from_json
from hotline.sla.models import PolicyVersion
from hotline.sla.policy import (
    DEFAULT_WARNINGS,
    REQUIRED_CLOCKS,
    STEP_RULES,
    CalendarCode,
    ClockKind,
    InvalidPolicy,
    Limit,
)
from hotline.tickets.actions.policies import Failure
from hotline.tickets.models import Channel, Programme, RequestType, Urgency
from web.i18n import Translator, translate
from web.labels import label
from web.views.fields import Posted, typed_values
from web.views.forms import FormState
from web.views.problems import explain, limit_words, problem

MATCH_GROUPS: Sequence[tuple[str, str, type[enum.Enum]]] = (
    ("urgency", N_("Urgency"), Urgency),
    ("channel", N_("Channel"), Channel),
    ("programme", N_("Line of work"), Programme),
    ("request_type", N_("Request type"), RequestType),
)
SHOWN_LIMITS = (ClockKind.ACCEPT, ClockKind.SIGN, ClockKind.COMPLETE)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One line of the list of policies."""

    code: str
    name: str
    version: int
    match: str
    limits: Sequence[str]
    is_default: bool
    is_active: bool


def policy_row(row: PolicyVersion, t: Translator) -> PolicyRow:
    """Return the newest version of a policy as a line."""
    policy = policy_from_json(row.code, row.name, row.definition, is_default=row.is_default)
    words = list(_match_words(row.definition.get("match", {}), t))
    limits = []
    for kind in SHOWN_LIMITS:
        rule = policy.clocks.get(kind)
        limits.append(limit_words(rule.limit, t) if rule else "–")
    return PolicyRow(
        row.code,
        row.name,
        row.version,
        ", ".join(words) or t.text(N_("Every ticket")),
        limits,
        row.is_default,
        row.is_active,
    )


def _match_words(match: Mapping[str, Any], t: Translator) -> Iterator[str]:
    for group, _, members in MATCH_GROUPS:
        for value in match.get(group, ()):
            yield t.text(label(members(value)))
    yield from match.get("category", ())
    if match.get("secret"):
        yield t.text(N_("Requester secret"))


def whole(row: PolicyVersion) -> dict[str, Any]:
    """Return everything that a version says, for holding two of them against each other."""
    return {"name": row.name, "is_active": row.is_active, **row.definition}


def failure_words(failure: Failure, language: str) -> str:
    """Return why a ticket could not be put under its policy."""
    if failure.error is None:
        return translate(language, problem(503).title)
    return explain(failure.error, language)


def general_limits() -> dict[str, str]:
    """Return the limits that hold for a step where a policy sets none of its own."""
    return {kind.value: str(rule.limit) for kind, rule in STEP_RULES.items()}


def policy_form(row: PolicyVersion | None) -> FormState:
    """Return the form of a version; an empty one for a new policy."""
    values: dict[str, str] = {
        f"{kind.value}-calendar": STEP_RULES[kind].calendar
        if kind in STEP_RULES
        else CalendarCode.NATURAL.value
        for kind in ClockKind
    }
    if row is None:
        return FormState(values | {"is_active": "true"})
    match = row.definition.get("match", {})
    values |= {"name": row.name, "is_active": "true" if row.is_active else ""}
    values |= {group: " ".join(match.get(group, ())) for group, _, _ in MATCH_GROUPS}
    values |= {"category": " ".join(match.get("category", ()))}
    values |= {"secret": "true" if match.get("secret") else ""}
    for kind, rule in row.definition["clocks"].items():
        yellow, orange = rule.get("warnings") or DEFAULT_WARNINGS
        values |= {
            f"{kind}-limit": rule["limit"],
            f"{kind}-calendar": rule.get("calendar", CalendarCode.NATURAL.value),
            f"{kind}-yellow": str(yellow),
            f"{kind}-orange": str(orange),
        }
    return FormState(values)


def read_policy(
    posted: Posted, base: Mapping[str, Any] | None, t: Translator
) -> tuple[dict[str, Any], FormState]:
    """Return the definition that a sent form describes, and the form as it is to be shown again.

    Args:
        posted: what was sent.
        base: the definition it was made from; limits by request type are taken over from it.
        t: speaks the errors.
    """
    values = typed_values(posted)
    errors: dict[str, str] = {}
    if not values.get("name", "").strip():
        errors["name"] = t.text(N_("This must be filled"))
    clocks: dict[str, Any] = {}
    for kind in ClockKind:
        rule = _read_rule(kind, values, errors, t)
        if rule is not None:
            earlier = (base or {}).get("clocks", {}).get(kind.value, {})
            if earlier.get("by_type"):
                rule["by_type"] = earlier["by_type"]
            clocks[kind.value] = rule
    match: dict[str, Any] = {
        group: list(posted[group]) for group, _, _ in MATCH_GROUPS if posted.get(group)
    }
    if values.get("category", "").split():
        match["category"] = values["category"].split()
    if values.get("secret"):
        match["secret"] = True
    return {"match": match, "clocks": clocks}, FormState(values, errors)


def _read_rule(
    kind: ClockKind, values: Mapping[str, str], errors: dict[str, str], t: Translator
) -> dict[str, Any] | None:
    name = f"{kind.value}-limit"
    limit = values.get(name, "").strip()
    if not limit:
        if kind in REQUIRED_CLOCKS:
            errors[name] = t.text(N_("No policy may leave out this limit"))
        return None
    try:
        Limit.parse(limit)
    except InvalidPolicy:
        errors[name] = t.text(
            N_("Give a time longer than zero and at most a year, such as PT30M, PT4H or P5D")
        )
    rule: dict[str, Any] = {
        "limit": limit,
        "calendar": values.get(f"{kind.value}-calendar", CalendarCode.NATURAL.value),
    }
    warnings = [values.get(f"{kind.value}-{level}", "").strip() for level in ("yellow", "orange")]
    if any(warnings):
        try:
            yellow, orange = (Decimal(share) for share in warnings)
        except InvalidOperation:
            yellow = orange = Decimal(0)
        if not 0 < yellow < orange < 1:
            errors[f"{kind.value}-yellow"] = t.text(
                N_("Both shares, rising, between 0 and 1, such as 0.6 and 0.8")
            )
        rule["warnings"] = [float(yellow), float(orange)]
    return rule
