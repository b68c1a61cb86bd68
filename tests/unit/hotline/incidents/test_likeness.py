"""How like two matters are: symmetric, bounded, never less for being nearer; odd texts harm nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hotline.incidents.likeness import (
    Place,
    Reason,
    likeness,
    place_between,
    score_of,
    subject_between,
)
from hotline.incidents.words import (
    KEPT_WORDS,
    Portrait,
    Weights,
    bucket_of,
    hashed,
    keys_of,
    place_names,
    portray,
    spot_of,
    terms_of,
    weigh,
    words_of,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
BLIND = Weights()
WORDS = (
    "路灯",
    "不亮",
    "漏水",
    "水管",
    "爆裂",
    "噪音",
    "施工",
    "望钟路",
    "柳塘街",
    "小区",
    "电梯",
    "停电",
)
titles = st.lists(st.sampled_from(WORDS), max_size=6).map("".join)
counts = st.dictionaries(
    st.sampled_from([hashed(word) for word in WORDS]), st.integers(1, 50), max_size=8
)
weightings = st.builds(Weights, counts, st.integers(50, 1000))
floats = st.floats(0, 1)


def matter(title: str = "柳塘街路灯不亮", **given_: object) -> Portrait:
    said = {"content": "", "at": NOW, "weights": BLIND, **given_}
    return portray(title=title, **said)  # type: ignore[arg-type]


portraits = st.builds(
    matter,
    titles,
    content=titles,
    address=st.sampled_from([None, "柳塘街3号", "柳塘街8号", "望钟路1号"]),
    area=st.sampled_from([None, "清河区", "东岭区"]),
    category=st.sampled_from([None, "urban", "urban.roads", "housing"]),
    at=st.integers(0, 5000).map(lambda hours: NOW - timedelta(hours=hours)),
    lat=st.sampled_from([None, 30.0, 30.001]),
    long=st.just(114.0),
)


@given(portraits, portraits, weightings)
def test_it_is_the_same_whichever_is_asked_and_stays_between_nothing_and_one(
    one: Portrait, other: Portrait, weights: Weights
) -> None:
    there, back = likeness(one, other, weights), likeness(other, one, weights)
    assert there == back
    assert 0 <= there.score <= 1
    assert 0 <= there.words <= 1


@given(portraits, weightings)
def test_nothing_is_liker_to_a_matter_than_itself(one: Portrait, weights: Weights) -> None:
    itself = likeness(one, one, weights)
    assert itself.words == pytest.approx(1 if one.title or one.body else 0)


@given(floats, floats, st.sampled_from(Place), st.sampled_from([None, 0.0, 0.5, 1.0]), floats)
def test_the_score_never_falls_when_words_come_nearer(
    words: float, more: float, place: Place, subject: float | None, days: float
) -> None:
    less, much = sorted((words, more))

    def scored(said: float) -> float:
        return score_of(words=said, place=place, subject=subject, days=days * 90)

    assert scored(less) <= scored(much) + 1e-12


@given(floats, st.sampled_from([None, 0.0, 0.5, 1.0]), st.floats(0, 90), st.floats(0, 90))
def test_the_score_never_falls_when_place_or_time_come_nearer(
    words: float, subject: float | None, days: float, later: float
) -> None:
    near, far = sorted((days, later))
    by_place = [
        score_of(words=words, place=place, subject=subject, days=near) for place in sorted(Place)
    ]
    assert by_place == sorted(by_place)
    assert score_of(words=words, place=Place.NEAR, subject=subject, days=far) <= score_of(
        words=words, place=Place.NEAR, subject=subject, days=near
    )


def test_reasons_say_what_is_the_same() -> None:
    one = matter(address="清河区柳塘街3号", area="清河区", category="urban.roads")
    like = likeness(
        one,
        matter("柳塘街的路灯又不亮了", address="柳塘街8号", area="清河区", category="urban.roads"),
        BLIND,
        is_same_caller=True,
    )
    assert list(like.reasons) == [
        Reason.SAME_CALLER,
        Reason.SAME_STREET,
        Reason.SAME_CATEGORY,
        Reason.LIKE_WORDS,
    ]
    assert like.score > 0.7
    other = likeness(one, matter("学校门口家长停车", address="望钟路1号", area="东岭区"), BLIND)
    assert other.place is Place.APART
    assert other.score < 0.1


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ({"address": "柳塘街3号"}, {"address": "柳塘街 3号"}, Place.SAME_SPOT),
        ({"address": "柳塘街3号"}, {"address": "清河区柳塘街8号"}, Place.SAME_STREET),
        ({"area": "清河区"}, {"area": "清河区"}, Place.SAME_AREA),
        ({"area": "清河区"}, {"area": "东岭区"}, Place.APART),
        ({"area": "清河区"}, {}, Place.UNKNOWN),
        ({"lat": 30.0, "long": 114.0}, {"lat": 30.0003, "long": 114.0}, Place.SAME_SPOT),
        ({"lat": 30.0, "long": 114.0}, {"lat": 30.003, "long": 114.0}, Place.NEAR),
    ],
)
def test_how_near_two_matters_are(
    one: dict[str, object], other: dict[str, object], place: Place
) -> None:
    assert place_between(matter("路灯", **one), matter("路灯", **other)) is place


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("urban.roads", "urban.roads", 1),
        ("urban", "urban.roads", 0.5),
        ("urban.roads", "housing", 0),
        (None, "housing", None),
    ],
)
def test_how_alike_two_categories_are(
    one: str | None, other: str | None, share: float | None
) -> None:
    assert subject_between(one, other) == share


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("清河区柳塘街道望钟路12号3栋", ("望钟路",)),
        ("云泽市清河区锦绣花园小区5号楼", ("锦绣花园", "小区")),
        ("我住在文澜大道88号", ("文澜大道",)),
        ("", ()),
        ("😀", ()),
    ],
)
def test_places_in_an_address(address: str, names: tuple[str, ...]) -> None:
    found = place_names(address)
    assert found[:1] == names[:1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路",
        "😀😀😀",
        "13800138000",
        "   ",
        "a",
        "110101199003071234",
        "'; DROP TABLE tickets; --",
        "路" * 10_000,
    ],
)
def test_odd_texts_are_taken_apart(text: str) -> None:
    portrait = matter(text, content=text)
    assert len(portrait.title) + len(portrait.body) <= KEPT_WORDS
    assert keys_of(portrait, BLIND, [bucket_of(NOW)]).all is not None
    assert likeness(portrait, matter(), BLIND).score <= 1


def test_a_number_of_a_person_becomes_no_word() -> None:
    assert terms_of("13800138000") == frozenset()
    assert terms_of("身份证110101199003071234电话0431-88990011") <= terms_of("身份证 电话")
    assert spot_of(" ") is None


def test_words_are_said_once_and_say_something() -> None:
    found = words_of("请问 停水 怎么 停水 12 水管")
    assert found == ["停水", "水管"]


def test_rare_words_weigh_more() -> None:
    common, rare = hashed("路灯"), hashed("丽发")
    weights = weigh([matter("路灯"), matter("路灯"), matter("路灯丽发")])
    assert weights.of(rare) > weights.of(common) > 0
