"""A policy as JSON and back; the one place where outside words become rules."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.sla.policy import (
    DEFAULT_WARNINGS,
    CalendarCode,
    ClockKind,
    ClockRule,
    InvalidPolicy,
    Limit,
    Match,
    Policy,
)

_MATCH_LISTS = ("urgency", "channel", "programme", "request_type", "category")


def policy_from_json(
    code: str, name: str, definition: Mapping[str, Any], *, is_default: bool
) -> Policy:
    """Return the policy that `definition` describes.

    Args:
        code: stable name of the policy.
        name: what people call it.
        definition: `{"match": {...}, "clocks": {"accept": {"limit": "PT30M", ...}, ...}}`.
        is_default: True for the policy of last resort.

    Raises:
        InvalidPolicy: a word is unknown, a limit is not positive, warnings do not rise, ...
    """
    _only(definition, {"match", "clocks"}, "the policy")
    clocks = definition.get("clocks")
    if not isinstance(clocks, Mapping):
        raise InvalidPolicy(problem="clocks must be an object of clock rules")
    rules = {_kind(word): _rule(word, rule) for word, rule in clocks.items()}
    return Policy(code, name, _match(definition.get("match", {})), rules, is_default)


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return the definition that `policy_from_json` would read back."""
    match: dict[str, Any] = {
        part: list(getattr(policy.match, part))
        for part in _MATCH_LISTS
        if getattr(policy.match, part)
    }
    if policy.match.secret:
        match["secret"] = True
    return {
        "match": match,
        "clocks": {
            kind.value: {
                "limit": str(rule.limit),
                "calendar": rule.calendar.value,
                "warnings": [float(share) for share in rule.warnings],
                **(
                    {"by_type": {word: str(limit) for word, limit in rule.by_type.items()}}
                    if rule.by_type
                    else {}
                ),
            }
            for kind, rule in policy.clocks.items()
        },
    }


def _only(given: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise InvalidPolicy(problem=f"{what} has unknown fields: {', '.join(unknown)}")


def _match(given: Any) -> Match:  # noqa: ANN401  # JSON from outside
    if not isinstance(given, Mapping):
        raise InvalidPolicy(problem="match must be an object")
    _only(given, {*_MATCH_LISTS, "secret"}, "match")
    lists: dict[str, tuple[str, ...]] = {}
    for part in _MATCH_LISTS:
        words = given.get(part, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InvalidPolicy(problem=f"match.{part} must be a list of words")
        lists[part] = tuple(words)
    secret = given.get("secret", False)
    if not isinstance(secret, bool):
        raise InvalidPolicy(problem="match.secret must be true or false")
    return Match(**lists, secret=secret)


def _kind(word: str) -> ClockKind:
    try:
        return ClockKind(word)
    except ValueError:
        known = ", ".join(kind.value for kind in ClockKind)
        raise InvalidPolicy(problem=f"{word!r} is not a clock; clocks are: {known}") from None


def _rule(word: str, given: Any) -> ClockRule:  # noqa: ANN401  # JSON from outside
    if not isinstance(given, Mapping):
        raise InvalidPolicy(problem=f"the rule of {word} must be an object")
    _only(given, {"limit", "calendar", "warnings", "by_type"}, f"the rule of {word}")
    try:
        calendar = CalendarCode(given.get("calendar", "natural"))
    except ValueError:
        raise InvalidPolicy(problem=f"the calendar of {word} must be natural or working") from None
    by_type = given.get("by_type", {})
    if not isinstance(by_type, Mapping):
        raise InvalidPolicy(problem=f"by_type of {word} must be an object of limits")
    return ClockRule(
        _limit(word, given.get("limit")),
        calendar,
        _warnings(word, given.get("warnings")),
        {request_type: _limit(word, limit) for request_type, limit in by_type.items()},
    )


def _limit(word: str, given: Any) -> Limit:  # noqa: ANN401  # JSON from outside
    if not isinstance(given, str):
        raise InvalidPolicy(problem=f"the limit of {word} must be a duration such as PT30M")
    return Limit.parse(given)


def _warnings(word: str, given: Any) -> tuple[Decimal, Decimal]:  # noqa: ANN401  # JSON from outside
    if given is None:
        return DEFAULT_WARNINGS
    try:
        yellow, orange = (Decimal(str(share)) for share in given)
        if not (yellow.is_finite() and orange.is_finite()):
            raise ValueError  # noqa: TRY301  # said in the same words as any other
    except (TypeError, ValueError, InvalidOperation):
        raise InvalidPolicy(
            problem=f"warnings of {word} must be two shares such as 0.6, 0.8"
        ) from None
    return yellow, orange
