"""How well incidents are found: hand-made hot issues of a year's real messages against our clusters.

    python -m bench.incidents --data FOLDER

The folder holds `messages.xlsx` and `hot_clusters.csv`. The very rules of `hotline.incidents` run on the
messages, with the window as wide as the year. Of each hot issue the best matching cluster is taken;
precision and recall are said twice: each message alike, and weighted by how many readers agree on it.
"""

import argparse
import csv
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook

from hotline.incidents.clusters import Item, cluster
from hotline.incidents.words import Portrait, Weights, portray, weigh

_YEAR = timedelta(days=366)
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M")


def main() -> None:
    """Print precision and recall for each hot issue."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    began = time.perf_counter()
    numbers, items, weights = read_messages(folder / "messages.xlsx")
    hot = read_hot(folder / "hot_clusters.csv")
    found = cluster(items, weights, window=_YEAR)
    clusters = [{numbers[item.id] for item in one.items} for one in found]
    print(f"{len(items)} messages, {len(found)} clusters, {time.perf_counter() - began:.1f} s")
    print(
        "issue  messages  cluster  precision  recall  by agreement: recall  of 2 and more: recall"
    )
    for name, votes in hot.items():
        print(row_of(name, votes, clusters))


def read_messages(path: Path) -> tuple[Mapping[uuid.UUID, str], Sequence[Item], Weights]:
    """Return the numbers of the messages, the messages as they are compared, and what words tell."""
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    texts = [
        (_number(row[0]), str(row[2]).strip(), str(row[4]).strip(), _at(row[3])) for row in rows
    ]
    blind = Weights()
    weights = weigh(
        Portrait(title=whole.title, body=whole.body, at=at)
        for _, title, content, at in texts
        for whole in [_unabridged(title, content, at, blind)]
    )
    numbers, items = {}, []
    for place, (number, title, content, at) in enumerate(texts):
        key = uuid.UUID(int=place)
        numbers[key] = number
        items.append(Item(key, portray(title=title, content=content, at=at, weights=weights)))
    return numbers, items, weights


def _unabridged(title: str, content: str, at: datetime, weights: Weights) -> Portrait:
    return portray(title=title, content=content, at=at, weights=weights, most=None)


def read_hot(path: Path) -> dict[str, dict[str, int]]:
    """Return for each hot issue its messages and how many readers agree on each."""
    hot: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            hot.setdefault(row["热点簇"], {})[row["留言编号"]] = int(row["认可队数"])
    return hot


def row_of(name: str, votes: Mapping[str, int], clusters: Sequence[set[str]]) -> str:
    """Return the line of one issue: the cluster with the best F1."""
    own = set(votes)
    best = max(clusters, key=lambda one: 2 * len(own & one) / (len(own) + len(one)))
    both = own & best
    agreed = {number for number, count in votes.items() if count > 1}
    return (
        f"{name:>5}  {len(own):>8}  {len(best):>7}  {len(both) / len(best):>9.2f}"
        f"  {len(both) / len(own):>6.2f}"
        f"  {sum(votes[n] for n in both) / sum(votes.values()):>20.2f}"
        f"  {len(both & agreed) / len(agreed):>22.2f}"
    )


def _number(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value).strip()


def _at(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    text = str(value).strip()
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    print(f"no instant: {text}", file=sys.stderr)
    return datetime(2019, 7, 1, tzinfo=UTC)


if __name__ == "__main__":
    main()
