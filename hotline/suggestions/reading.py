"""Texts with categories out of a CSV file, for learning from elsewhere and for judging."""

import csv
import io
from collections.abc import Mapping, Sequence

from hotline.suggestions.errors import UnreadableExamples
from hotline.suggestions.text import plain
from hotline.suggestions.training import Example

_TITLES = ("title", "标题", "留言主题")
_CONTENTS = ("content", "text", "内容", "留言详情")
_LABELS = ("category", "label", "类别", "一级标签")
"""Names under which columns are known, ours and those of the platforms that such files come from."""


def read_examples(content: bytes, names: Mapping[str, str] | None = None) -> list[Example]:
    """Return the texts of a file; rows without a text or a category are left out.

    Args:
        content: CSV in UTF-8.
        names: codes of categories by their names; other words stay as they are.

    Raises:
        UnreadableExamples: it is no such file.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        there = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = there
        label = _column(_LABELS, there)
        title, text = _column(_TITLES, there), _column(_CONTENTS, there)
        if label is None or (title is None and text is None):
            raise UnreadableExamples
        found = []
        for row in rows:
            said = (row.get(label) or "").strip()
            words = plain(_cell(row, title), _cell(row, text))
            if said and words:
                found.append(Example(words, (names or {}).get(said, said)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableExamples from error
    return found


def _column(known: Sequence[str], there: Sequence[str]) -> str | None:
    return next((name for name in known if name in there), None)


def _cell(row: Mapping[str, str | None], name: str | None) -> str:
    return (row.get(name) or "").strip() if name else ""
