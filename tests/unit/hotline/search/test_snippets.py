"""Where a word was found, shown as it is written."""

from hypothesis import given, strategies as st

from hotline.search.snippets import WIDTH, Part, marked, snippet
from hotline.tickets.grams import Word, words_of


def test_words_are_marked_as_they_are_written() -> None:
    assert marked("小区ＷｉＦｉ不通", words_of("wifi")) == [
        Part("小区"),
        Part("ＷｉＦｉ", is_marked=True),
        Part("不通"),
    ]


def test_words_that_touch_are_one_mark() -> None:
    assert marked("路灯不亮", words_of("路灯 灯不")) == [
        Part("路灯不", is_marked=True),
        Part("亮"),
    ]


def test_a_character_that_is_folded_to_several_is_marked_whole() -> None:
    assert marked("面积㎡大", words_of("m")) == [
        Part("面积"),
        Part("㎡", is_marked=True),
        Part("大"),
    ]


def test_a_long_text_is_cut_around_the_first_word() -> None:
    parts = snippet("前" * 300 + "路灯" + "后" * 300, words_of("路灯"))
    assert parts[0] == Part("…")
    assert parts[-1] == Part("…")
    assert Part("路灯", is_marked=True) in parts
    assert sum(len(part.text) for part in parts) == WIDTH + 2


def test_nothing_is_marked_where_nothing_was_found() -> None:
    assert snippet("路灯不亮", words_of("水管")) == [Part("路灯不亮")]


@given(text=st.text(max_size=60), question=st.text(min_size=1, max_size=5))
def test_the_parts_are_the_text(text: str, question: str) -> None:
    import unicodedata  # noqa: PLC0415

    words = words_of(question)
    assert "".join(part.text for part in marked(text, words)) == unicodedata.normalize("NFC", text)
    for part in marked(text, [Word("a")]):
        assert part.text
