"""Policies: limits as people write them, which policy a ticket gets, the JSON and back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from hotline.sla.codec import policy_from_json, policy_to_json
from hotline.sla.policy import (
    DEFAULT_WARNINGS,
    REQUIRED_CLOCKS,
    STEP_RULES,
    Beyond,
    CalendarCode,
    ClockKind,
    ClockRule,
    InvalidPolicy,
    Limit,
    Match,
    NoPolicyFits,
    Policy,
    Rung,
    TicketTraits,
    choose_policy,
    rule_for,
)
from hotline.sla.presets import PRESETS

HOUR = Limit(seconds=3600)
CLOCKS = {kind: ClockRule(HOUR) for kind in REQUIRED_CLOCKS}
PLAIN = TicketTraits("p2", "phone", "general", "help", "urban.roads", "东城", secret=False)


@pytest.mark.parametrize(
    ("text", "days", "seconds", "written"),
    [
        ("PT30M", "0", 1800, "PT30M"),
        ("PT24H", "0", 86400, "PT24H"),
        ("P5D", "5", 0, "P5D"),
        ("P0.5D", "0.5", 0, "P0.5D"),
        ("P1DT12H", "1", 43200, "P1DT12H"),
        ("PT1H30M15S", "0", 5415, "PT1H30M15S"),
        ("PT0.5H", "0", 1800, "PT30M"),
        ("PT90M", "0", 5400, "PT1H30M"),
        ("PT3600S", "0", 3600, "PT1H"),
        ("P366D", "366", 0, "P366D"),
        ("P10D", "10", 0, "P10D"),
    ],
)
def test_a_limit_as_people_write_it(text: str, days: str, seconds: int, written: str) -> None:
    limit = Limit.parse(text)
    assert limit == Limit(Decimal(days), seconds)
    assert str(limit) == written
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "T30M", "30M", "PT30", "P5", "5D", "P1DT", "P1W", "P1Y", "P1M", "pt30m"),
        *("-PT30M", "PT-30M", "P-1D", "+PT30M", " PT30M", "PT30M ", "PT1M30H", "PT30M\n"),
        *("PT0S", "P0D", "PT0H0M0S", "P0DT0S", "P0.00001D", "PT0.0001H", "PT1.5M", "PT1.5S"),
        *("P367D", "PT8785H", "PT999999999S", "P99999D", "PT" + "9" * 5000 + "M"),
        *("PT３０M", "PT1e3M", "PTNaNM", "P∞D"),
    ],
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(InvalidPolicy):
        Limit.parse(text)


@given(days=st.integers(0, 366), hours=st.integers(0, 99), minutes=st.integers(0, 59))
def test_every_limit_reads_back_as_it_was(days: int, hours: int, minutes: int) -> None:
    limit = Limit(Decimal(days), hours * 3600 + minutes * 60)
    if limit == Limit():
        return
    assert Limit.parse(str(limit)) == limit
    assert limit.on_calendar(86400) == days * 86400 + limit.seconds
    assert limit.on_calendar(25200) == days * 25200 + limit.seconds


def policy(code: str = "own", *, is_default: bool = False, **match: Any) -> Policy:
    return Policy(code, code, Match(**match), CLOCKS, is_default)


DEFAULT = policy("default", is_default=True)


@pytest.mark.parametrize(
    ("match", "traits", "fits"),
    [
        ({}, {}, True),
        ({"urgency": ("p2",)}, {}, True),
        ({"urgency": ("p0", "p1")}, {}, False),
        ({"channel": ("phone", "web")}, {}, True),
        ({"channel": ("web",)}, {}, False),
        ({"programme": ("enterprise",)}, {"programme": "enterprise"}, True),
        ({"request_type": ("consult",)}, {}, False),
        ({"category": ("urban",)}, {}, True),
        ({"category": ("urban.roads",)}, {}, True),
        ({"category": ("urban.road",)}, {}, False),
        ({"category": ("urban.roads.holes",)}, {}, False),
        ({"category": ("urban",)}, {"category": None}, False),
        ({"category": ("urban",)}, {"category": "urbanity"}, False),
        ({"secret": True}, {}, False),
        ({"secret": True}, {"secret": True}, True),
        ({"urgency": ("p2",), "channel": ("web",)}, {}, False),
    ],
    ids=str,
)
def test_which_tickets_a_policy_is_for(
    match: dict[str, Any], traits: dict[str, Any], fits: bool
) -> None:
    assert Match(**match).fits(replace(PLAIN, **traits)) is fits


BY_RANK = [
    policy("z-urgency", urgency=("p2",)),
    policy("y-channel", channel=("phone",)),
    policy("x-type", request_type=("help",)),
    policy("w-category", category=("urban",)),
    DEFAULT,
]


@pytest.mark.parametrize("place", range(len(BY_RANK)))
def test_urgency_before_channel_before_type_before_category_before_default(place: int) -> None:
    rest = BY_RANK[place:]
    assert choose_policy(PLAIN, rest) is rest[0]
    assert choose_policy(PLAIN, rest[::-1]) is rest[0]


def test_channel_and_programme_are_of_one_rank_and_secrecy_is_of_the_type() -> None:
    assert policy(channel=("web",)).match.precedence == policy(programme=("x",)).match.precedence
    assert policy(secret=True).match.precedence == policy(request_type=("x",)).match.precedence


def test_of_one_rank_the_narrower_wins_then_the_first_by_name() -> None:
    wide = policy("a", urgency=("p2",))
    narrow = policy("b", urgency=("p2",), category=("urban",))
    other = policy("c", urgency=("p2",), channel=("phone",))
    assert choose_policy(PLAIN, [wide, other, narrow]) is narrow
    assert choose_policy(PLAIN, [other, wide]) is other


def test_the_default_is_the_last_resort_whatever_it_matches() -> None:
    assert choose_policy(PLAIN, [DEFAULT, policy(urgency=("p0",))]) is DEFAULT
    with pytest.raises(NoPolicyFits):
        choose_policy(PLAIN, [policy(urgency=("p0",))])
    with pytest.raises(NoPolicyFits):
        choose_policy(PLAIN, [])


@pytest.mark.parametrize("missing", REQUIRED_CLOCKS)
def test_no_policy_leaves_out_what_every_ticket_needs(missing: ClockKind) -> None:
    clocks = {kind: rule for kind, rule in CLOCKS.items() if kind is not missing}
    with pytest.raises(InvalidPolicy, match=missing.value):
        Policy("own", "own", Match(), clocks)


@pytest.mark.parametrize(
    ("yellow", "orange"),
    [("0", "0.5"), ("0.5", "1"), ("0.8", "0.6"), ("0.6", "0.6"), ("-0.1", "0.5"), ("0.5", "1.1")],
)
def test_warnings_rise_between_nothing_and_the_limit(yellow: str, orange: str) -> None:
    rule = ClockRule(HOUR, warnings=(Decimal(yellow), Decimal(orange)))
    with pytest.raises(InvalidPolicy, match="must rise"):
        Policy("own", "own", Match(), {**CLOCKS, ClockKind.SIGN: rule})


def test_a_policy_never_changes() -> None:
    with pytest.raises(TypeError):
        DEFAULT.clocks[ClockKind.SIGN] = ClockRule(HOUR)  # type: ignore[index]


def test_steps_beside_the_main_line_have_limits_of_their_own() -> None:
    assert rule_for(DEFAULT, ClockKind.ARBITRATION) == ClockRule(
        Limit(seconds=4 * 3600), CalendarCode.WORKING
    )
    own = replace(DEFAULT, clocks={**CLOCKS, ClockKind.ARBITRATION: ClockRule(HOUR)})
    assert rule_for(own, ClockKind.ARBITRATION) == ClockRule(HOUR)
    assert rule_for(DEFAULT, ClockKind.FIRST_CONTACT) is None
    assert set(STEP_RULES) & set(REQUIRED_CLOCKS) == set()


LIMITS = st.builds(
    Limit, st.integers(1, 366).map(Decimal), st.integers(0, 86400 * 300)
) | st.builds(Limit, st.just(Decimal(0)), st.integers(1, 86400 * 300))
SHARES = st.tuples(st.integers(1, 49), st.integers(50, 99)).map(
    lambda pair: (Decimal(pair[0]) / 100, Decimal(pair[1]) / 100)
)
RULES = st.builds(
    ClockRule,
    LIMITS,
    st.sampled_from(CalendarCode),
    SHARES,
    st.dictionaries(st.sampled_from(["consult", "complaint"]), LIMITS),
    st.none()
    | st.fixed_dictionaries(
        {},
        optional={
            Rung.URGE: st.builds(Beyond, st.just(Decimal("0.25")) | LIMITS, st.integers(1, 10)),
            Rung.ORDER: st.builds(Beyond, st.just(Decimal("0.5")) | LIMITS),
        },
    ),
)
WORDS = st.lists(st.text("abcxyz.", min_size=1, max_size=9), max_size=3).map(tuple)
POLICIES = st.builds(
    Policy,
    st.text("abc-", min_size=1, max_size=9),
    st.text(min_size=1, max_size=9),
    st.builds(Match, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, st.booleans()),
    st.dictionaries(st.sampled_from(ClockKind), RULES).map(lambda more: {**CLOCKS, **more}),
    st.booleans(),
    st.none() | LIMITS,
)


@given(POLICIES)
def test_a_policy_reads_back_as_it_was_written(own: Policy) -> None:
    again = policy_from_json(own.code, own.name, policy_to_json(own), is_default=own.is_default)
    assert again == own


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.policy.code)
def test_a_preset_can_be_kept_and_read_back(preset: Any) -> None:
    own = preset.policy
    assert (
        policy_from_json(own.code, own.name, policy_to_json(own), is_default=own.is_default) == own
    )
    assert own.clocks[ClockKind.ACCEPT].limit.on_calendar(86400) <= 3600


def test_the_presets_have_one_default_that_is_fast() -> None:
    (default,) = [preset.policy for preset in PRESETS if preset.policy.is_default]
    limits = {kind: str(rule.limit) for kind, rule in default.clocks.items()}
    assert default.code == "fast-24"
    assert limits[ClockKind.ACCEPT] == "PT30M"
    assert limits[ClockKind.DISPATCH] == "PT1H"
    assert limits[ClockKind.SIGN] == "PT30M"
    assert limits[ClockKind.FIRST_CONTACT] == "PT4H"
    assert limits[ClockKind.COMPLETE] == limits[ClockKind.VISIT] == "PT24H"
    assert limits[ClockKind.CO_OPINION] == "PT12H"
    assert limits[ClockKind.AUDIT] == "PT4H"
    assert default.clocks[ClockKind.AUDIT].calendar is CalendarCode.WORKING
    warnings = {kind: rule.warnings for kind, rule in default.clocks.items()}
    assert warnings.pop(ClockKind.SIGN) == (Decimal("0.5"), Decimal("0.8"))
    assert warnings.pop(ClockKind.FIRST_CONTACT) == (Decimal("0.5"), Decimal("0.75"))
    assert set(warnings.values()) == {DEFAULT_WARNINGS}


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        ({}, "fast-24"),
        ({"urgency": "p0"}, "p0"),
        ({"urgency": "p0", "programme": "enterprise", "request_type": "consult"}, "p0"),
        ({"urgency": "p1"}, "p1"),
        ({"urgency": "p3"}, "complex-15"),
        ({"programme": "enterprise"}, "enterprise"),
        ({"programme": "enterprise", "request_type": "consult"}, "enterprise"),
        ({"programme": "business_environment"}, "business_complaint"),
        ({"request_type": "consult"}, "consult"),
        ({"request_type": "report"}, "fast-24"),
        ({"request_type": "report", "secret": True}, "report-secret"),
    ],
    ids=str,
)
def test_which_preset_a_ticket_gets(traits: dict[str, Any], code: str) -> None:
    active = [preset.policy for preset in PRESETS if preset.is_active]
    assert choose_policy(replace(PLAIN, **traits), active).code == code


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"clocks": None},
        {"clocks": {}, "match": {}},
        {"clocks": {"accept": {"limit": "PT1H"}}},
        {"clocks": {}, "colour": "red"},
        {"clocks": {kind.value: {"limit": "PT1H"} for kind in REQUIRED_CLOCKS}, "match": []},
        {"clocks": {kind.value: {"limit": "PT1H"} for kind in REQUIRED_CLOCKS} | {"nap": {}}},
    ],
    ids=str,
)
def test_a_definition_that_cannot_be_kept(definition: dict[str, Any]) -> None:
    with pytest.raises(InvalidPolicy):
        policy_from_json("own", "own", definition, is_default=False)
