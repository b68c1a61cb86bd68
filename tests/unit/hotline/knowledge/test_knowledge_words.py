"""What articles are found by, and in which order they are offered."""

from datetime import date

from hypothesis import given, strategies as st

from hotline.knowledge.ranking import LEAST_SCORE, Asked, Candidate, rank
from hotline.knowledge.rules import ArticleText, ArticleWarning
from hotline.knowledge.words import MOST_TERMS, index_terms, question_terms, terms_of


def test_words_and_pairs_are_found_across_word_boundaries() -> None:
    terms = terms_of("社会保障卡丢了，补办要ETC和身份证吗")
    assert {"保障", "补办", "etc", "身份证"} <= set(terms)
    assert "会保" in terms
    assert "了" not in terms


def test_empty_words_find_nothing() -> None:
    assert terms_of("请问怎么办理") == {} or "怎么" not in terms_of("请问怎么办理")


@given(st.text(max_size=3000), st.text(max_size=12_000))
def test_whatever_is_typed_gives_few_terms(title: str, content: str) -> None:
    assert len(question_terms(title, content)) <= MOST_TERMS


def test_the_title_weighs_more_than_the_answer() -> None:
    text = ArticleText(
        title="供暖温度", short="标准", answer="公积金", tags=("暖气",), valid_from=date(2026, 1, 1)
    )
    terms = index_terms(text)
    assert terms["暖气"] > terms["供暖"] > terms["公积金"] > 0


def one(key: int, score: float, **more: object) -> Candidate:
    known = {"categories": (), "areas": (), "warnings": (), "used": 0}
    return Candidate(key, score, **(known | more))  # type: ignore[arg-type]


def test_the_order_of_answers() -> None:
    found = [
        one(1, 30),
        one(2, 29, used=50),
        one(3, 25, categories=("heating",)),
        one(4, 90, warnings=(ArticleWarning.EXPIRED,)),
        one(5, 30, warnings=(ArticleWarning.STALE,)),
        one(6, 31, areas=("东岭区",)),
        one(7, LEAST_SCORE - 1),
        one(8, 0, categories=("heating.low",)),
    ]
    ordered = rank(found, Asked("heating.low", "清禾区"))
    assert ordered == [3, 2, 1, 5, 8, 4]


def test_nothing_typed_offers_what_is_of_the_category() -> None:
    assert rank([one(1, 0, categories=("heating",)), one(2, 0)], Asked("heating")) == [1]
    assert rank([one(1, 0, categories=("heating.low",))], Asked("heating")) == []
