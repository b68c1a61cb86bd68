"""A policy as JSON and back; the one place where outside words become rules."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.kernel.errors import N_
from hotline.sla.policy import (
    DEFAULT_WARNINGS,
    Beyond,
    ClockKind,
    ClockRule,
    InvalidPolicy,
    Limit,
    Match,
    Policy,
    Rung,
    WarnAt,
)

_MATCH_LISTS = ("urgency", "channel", "programme", "request_type", "category", "area")
_CALENDAR = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


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
    _only(definition, {"match", "clocks", "return_window"}, "policy")
    clocks = definition.get("clocks")
    if not isinstance(clocks, Mapping):
        raise InvalidPolicy(N_("clocks must be an object of clock rules"))
    rules = {kind: _rule(kind, clocks[kind]) for kind in map(_kind, clocks)}
    window = definition.get("return_window")
    return Policy(
        code,
        name,
        _match(definition.get("match", {})),
        rules,
        is_default,
        None if window is None else _limit("return_window", window),
    )


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return the definition that `policy_from_json` would read back."""
    match: dict[str, Any] = {
        part: list(getattr(policy.match, part))
        for part in _MATCH_LISTS
        if getattr(policy.match, part)
    }
    if policy.match.secret:
        match["secret"] = True
    definition: dict[str, Any] = {
        "match": match,
        "clocks": {kind.value: _rule_to_json(rule) for kind, rule in policy.clocks.items()},
    }
    if policy.return_window is not None:
        definition["return_window"] = str(policy.return_window)
    return definition


def _rule_to_json(rule: ClockRule) -> dict[str, Any]:
    written: dict[str, Any] = {
        "limit": str(rule.limit),
        "calendar": str(rule.calendar),
        "warnings": [_share_to_json(warning) for warning in rule.warnings],
    }
    if rule.by_type:
        written["by_type"] = {word: str(limit) for word, limit in rule.by_type.items()}
    if rule.beyond is not None:
        written["beyond"] = {
            rung.value: {"after": _share_to_json(beyond.after)}
            | ({"times": beyond.times} if rung is Rung.URGE else {})
            for rung, beyond in rule.beyond.items()
        }
    return written


def _share_to_json(value: Decimal | Limit) -> float | str:
    return str(value) if isinstance(value, Limit) else float(value)


def _only(given: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise InvalidPolicy(
            N_("{what} has unknown fields: {unknown}; it may have: {known}"),
            what=what,
            unknown=unknown,
            known=sorted(known),
        )


def _match(given: Any) -> Match:  # noqa: ANN401  # JSON from outside
    if not isinstance(given, Mapping):
        raise InvalidPolicy(N_("match must be an object"))
    _only(given, {*_MATCH_LISTS, "secret"}, "match")
    lists: dict[str, tuple[str, ...]] = {}
    for part in _MATCH_LISTS:
        words = given.get(part, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InvalidPolicy(N_("match.{part} must be a list of words"), part=part)
        lists[part] = tuple(words)
    secret = given.get("secret", False)
    if not isinstance(secret, bool):
        raise InvalidPolicy(N_("match.secret must be true or false"))
    return Match(**lists, secret=secret)


def _kind(word: str) -> ClockKind:
    try:
        return ClockKind(word)
    except ValueError:
        raise InvalidPolicy(
            N_("{word} is not a clock; clocks are: {known}"),
            word=repr(word),
            known=[kind.value for kind in ClockKind],
        ) from None


def _rule(word: str, given: Any) -> ClockRule:  # noqa: ANN401  # JSON from outside
    if not isinstance(given, Mapping):
        raise InvalidPolicy(N_("the rule of {word} must be an object"), word=word)
    _only(given, {"limit", "calendar", "warnings", "by_type", "beyond"}, f"clocks.{word}")
    calendar = given.get("calendar", "natural")
    if not isinstance(calendar, str) or not _CALENDAR.fullmatch(calendar):
        raise InvalidPolicy(N_("the calendar of {word} must be the code of a calendar"), word=word)
    by_type = given.get("by_type", {})
    if not isinstance(by_type, Mapping):
        raise InvalidPolicy(N_("by_type of {word} must be an object of limits"), word=word)
    return ClockRule(
        _limit(word, given.get("limit")),
        calendar,
        _warnings(word, given.get("warnings")),
        {request_type: _limit(word, limit) for request_type, limit in by_type.items()},
        _beyond(word, given.get("beyond")),
    )


def _limit(word: str, given: Any) -> Limit:  # noqa: ANN401  # JSON from outside
    if not isinstance(given, str):
        raise InvalidPolicy(N_("the limit of {word} must be a duration such as PT30M"), word=word)
    return Limit.parse(given)


def _warnings(word: str, given: Any) -> tuple[WarnAt, WarnAt]:  # noqa: ANN401  # JSON from outside
    if given is None:
        return DEFAULT_WARNINGS
    try:
        yellow, orange = (share_or_limit(value) for value in given)
    except (TypeError, ValueError, InvalidOperation):
        raise InvalidPolicy(
            N_(
                "warnings of {word} must be two shares such as 0.6, 0.8, or lengths before the end "
                "such as P1D, PT2H"
            ),
            word=word,
        ) from None
    return yellow, orange


def share_or_limit(value: Any) -> Decimal | Limit:  # noqa: ANN401  # JSON from outside
    """Read a share of a limit, or a length of time.

    Raises:
        InvalidPolicy: a length of time that is none.
        ValueError: anything else that is not a finite number.
    """
    if isinstance(value, str) and value.startswith("P"):
        return Limit.parse(value)
    share = Decimal(str(value))
    if not share.is_finite():
        raise ValueError(value)
    return share


def _beyond(word: str, given: Any) -> Mapping[Rung, Beyond] | None:  # noqa: ANN401  # JSON from outside
    if given is None:
        return None
    problem = InvalidPolicy(
        N_(
            "beyond of {word} must say for urge, act, order or listing when it follows the limit, "
            "such as {example}"
        ),
        word=word,
        example='{"order": {"after": 0.5}}',
    )
    if not isinstance(given, Mapping):
        raise problem
    rungs = {}
    for name, step in given.items():
        try:
            _only(step, {"after", "times"}, f"clocks.{word}.beyond.{name}")
            rungs[Rung(name)] = Beyond(share_or_limit(step["after"]), int(step.get("times", 1)))
        except (KeyError, TypeError, ValueError, InvalidOperation):
            raise problem from None
    return rungs
