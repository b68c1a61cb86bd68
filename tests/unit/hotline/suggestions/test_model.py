"""Learning, guessing, and files that are refused."""

import io
import json
import time
from dataclasses import replace

import numpy as np
import pytest

from hotline.suggestions.errors import TooFewExamples, UnreadableExamples
from hotline.suggestions.learning import compare, study
from hotline.suggestions.model import BrokenModel, ForeignModel, from_bytes, to_bytes
from hotline.suggestions.reading import read_examples
from hotline.suggestions.text import plain
from hotline.suggestions.training import Example
from tests.support.clock import MONDAY
from tests.support.matters import examples, studied


def test_it_learns_in_two_seconds_and_above_the_floor() -> None:
    studied.cache_clear()
    study(examples(40), version=1, now=MONDAY)  # scikit-learn is imported by now
    began = time.process_time()
    figures = studied().learned.figures
    assert time.process_time() - began < 2
    assert figures.macro_f1 > 0.9
    assert figures.ece < 0.2
    assert figures.count == 160


def test_the_same_texts_teach_the_same() -> None:
    again = study(examples(), version=1, now=MONDAY).learned
    assert to_bytes(again.model) == to_bytes(studied().learned.model)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("路灯坏了三天没人修", "urban.roads"),
        ("孩子小学没有学位", "school"),
        ("物业不管电梯", "housing"),
        ("路灯不亮请打13900001234", "urban.roads"),
    ],
)
def test_it_guesses(said: str, label: str) -> None:
    model = studied().learned.model
    guesses = model.guesses(plain(said))
    assert guesses[0].label == label
    assert abs(sum(one.share for one in guesses) - 1) < 1e-3
    words = model.telling_words(plain(said), label)
    assert words
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    "said", ["", "a", "字" * 10_000, "😀" * 50, "Nothing known here", "俺冇得光"]
)
def test_whatever_is_typed_is_answered(said: str) -> None:
    guesses = studied().learned.model.guesses(plain(said))
    assert len(guesses) == 4
    assert all(0 <= one.share <= 1 for one in guesses)


def test_a_file_holds_the_model_and_nothing_that_was_written() -> None:
    model = studied().learned.model
    content = to_bytes(model)
    read = from_bytes(content)
    assert read.header == model.header
    assert read.guesses("路灯不亮") == model.guesses("路灯不亮")
    assert "路灯".encode() not in content
    assert "路灯".encode("utf-32-le") not in content


def test_a_changed_cut_or_foreign_file_is_refused() -> None:
    content = to_bytes(studied().learned.model)
    for broken in (b"", b"PK", content[: len(content) // 2], b"\x93NUMPY" + content[6:]):
        with pytest.raises(BrokenModel):
            from_bytes(broken)
    with np.load(io.BytesIO(content)) as stored:
        arrays = {name: stored[name] for name in stored}
    told = json.loads(arrays["header"].tobytes())

    def written(header: dict[str, object], **changed: object) -> bytes:
        stream = io.BytesIO()
        packed = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
        np.savez(stream, **{**arrays, **changed, "header": packed})
        return stream.getvalue()

    with pytest.raises(ForeignModel):
        from_bytes(written({**told, "format": 2}))
    with pytest.raises(BrokenModel):
        from_bytes(written({**told, "temperature": 9.0}))
    with pytest.raises(BrokenModel):
        from_bytes(written(told, bias=arrays["bias"] + 1))
    with pytest.raises(BrokenModel):
        from_bytes(written(told, ids=np.array([object()], dtype=object)))
    with pytest.raises(BrokenModel):
        from_bytes(written({"format": 1}))


def test_too_little_teaches_nothing() -> None:
    for few in ([], [Example("路灯不亮", "a")] * 9, [Example("路灯", "a"), Example("学校", "b")]):
        with pytest.raises(TooFewExamples):
            study(few, version=1, now=MONDAY)


def test_a_category_of_one_kind_of_text_is_learned_and_not_judged() -> None:
    alike = [Example(f"本市公租房申请条件是什么，编号{place}", "rent") for place in range(12)]
    found = study([*examples(), *alike], version=1, now=MONDAY).learned
    assert found.unjudged == 12
    assert found.figures.count == len(examples())
    assert "rent" in found.model.header.classes
    assert found.model.guesses("公租房申请条件")[0].label == "rent"
    others = [Example(f"小区电梯坏了三天一直没人修，编号{place}", "lift") for place in range(12)]
    assert study([*alike, *others], version=1, now=MONDAY).learned.figures.count == 24
    with pytest.raises(TooFewExamples):
        study([*alike, *(replace(one, label="b") for one in alike)], version=1, now=MONDAY)


def test_a_model_is_compared_on_what_neither_has_learned() -> None:
    later = [replace(one, closed_at=MONDAY.replace(year=MONDAY.year + 1)) for one in examples()]
    fresh = study(later, version=2, now=MONDAY).learned
    found = compare(studied().learned.model, later, fresh)
    assert found.count == 160
    assert not found.is_better
    older = [replace(one, closed_at=MONDAY) for one in examples()]
    assert compare(studied().learned.model, older, fresh).count == 0


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("title,content,category\n路灯,不亮,urban\n,,x\n路灯,,\n", 1),
        ("\ufeff留言主题,留言详情,一级标签\n路灯,不亮,城乡建设\n", 1),
        ("text , label\n路灯不亮,城市管理\n", 1),
        ("title,category\n", 0),
    ],
)
def test_files_are_read(content: str, count: int) -> None:
    found = read_examples(content.encode(), {"城市管理": "urban"})
    assert len(found) == count
    assert all(one.label in {"urban", "城乡建设"} for one in found)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"category\nx\n"])
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableExamples):
        read_examples(content)
