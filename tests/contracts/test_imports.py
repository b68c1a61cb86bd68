"""The house as it was drawn: layers point downwards, rules are pure, tables stay inside."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from litestar import Litestar

import credit
import hotline
import web
from hotline.kernel.tables import TableModel

ROOT = Path(__file__).parents[2]

RULES = (
    "hotline/anomalies/rules.py",
    "hotline/founding/columns.py",
    "hotline/founding/cells.py",
    "hotline/founding/planning.py",
    "hotline/founding/house.py",
    "hotline/practice/rules.py",
    "hotline/calls/rules.py",
    "hotline/citizens/steps.py",
    "hotline/citizens/photo_rules.py",
    "hotline/citizens/suppression.py",
    "hotline/citizens/monthly.py",
    "hotline/tickets/grams.py",
    "hotline/search/snippets.py",
    "hotline/incidents/words.py",
    "hotline/incidents/likeness.py",
    "hotline/incidents/clusters.py",
    "hotline/incidents/bursts.py",
    "hotline/incidents/rules.py",
    "hotline/people/looks.py",
    "hotline/kernel/errors.py",
    "hotline/open311/dates.py",
    "hotline/open311/faults.py",
    "hotline/open311/parameters.py",
    "hotline/open311/public.py",
    "hotline/open311/wording.py",
    "hotline/kernel/facts.py",
    "hotline/kernel/lines.py",
    "hotline/kernel/masking.py",
    "hotline/kernel/paging.py",
    "hotline/people/levels.py",
    "hotline/people/permissions.py",
    "hotline/workdays/workcalendar.py",
    "hotline/workdays/definition.py",
    "hotline/workdays/horizon.py",
    "hotline/workdays/years.py",
    "hotline/sla/policy.py",
    "hotline/sla/clocks.py",
    "hotline/sla/codec.py",
    "hotline/sla/presets.py",
    "hotline/sla/spelled.py",
    "hotline/sla/events.py",
    "hotline/tickets/assignments.py",
    "hotline/tickets/counted.py",
    "hotline/tickets/events.py",
    "hotline/tickets/history.py",
    "hotline/tickets/grouping.py",
    "hotline/tickets/lifecycle.py",
    "hotline/tickets/likely.py",
    "hotline/tickets/meetings.py",
    "hotline/tickets/numbering.py",
    "hotline/tickets/policy.py",
    "hotline/tickets/questions.py",
    "hotline/tickets/spans/rules.py",
    "hotline/tickets/bulk/rules.py",
    "hotline/tickets/onsite/photos.py",
    "hotline/tickets/onsite/rules.py",
    "hotline/tickets/today/rules.py",
    "hotline/tickets/undo.py",
    "hotline/tickets/routing/codec.py",
    "hotline/tickets/routing/rules.py",
    "hotline/dispatching/checking.py",
    "hotline/dispatching/likeness.py",
    "hotline/tickets/ratings.py",
    "hotline/procedures/events.py",
    "hotline/procedures/lifespans.py",
    "hotline/procedures/pauses.py",
    "hotline/procedures/rules.py",
    "hotline/procedures/dispute_rules.py",
    "hotline/intake/recognition/dangers.py",
    "hotline/intake/recognition/found.py",
    "hotline/intake/recognition/people.py",
    "hotline/intake/recognition/phones.py",
    "hotline/intake/recognition/places.py",
    "hotline/intake/recognition/reading.py",
    "hotline/intake/recognition/times.py",
    "hotline/intake/batches/rules.py",
    "hotline/exchange/cells.py",
    "hotline/exchange/handover/rules.py",
    "hotline/exchange/rules.py",
    "hotline/exchange/events.py",
    "hotline/notices/webhooks/rules.py",
    "hotline/followup/rules.py",
    "hotline/followup/sampling.py",
    "hotline/followup/comparison.py",
    "hotline/supervision/board/errors.py",
    "hotline/supervision/board/figures.py",
    "hotline/supervision/board/spans.py",
    "hotline/supervision/interviews/rules.py",
    "hotline/supervision/bulletins/rules.py",
    "hotline/supervision/clues/rules.py",
    "hotline/knowledge/rules.py",
    "hotline/knowledge/phrase_rules.py",
    "hotline/knowledge/ranking.py",
    "hotline/knowledge/errors.py",
    "hotline/notices/timing.py",
    "credit/entries/rules.py",
    "credit/rulebook.py",
    "credit/statistics.py",
    "credit/ledger.py",
    "credit/grades.py",
    "credit/ranking.py",
    "credit/periods.py",
    "credit/rules/fields.py",
    "credit/consequences/rules.py",
    "credit/platform/messages.py",
    "credit/yearly.py",
    "credit/exclusions/rules.py",
    "credit/explaining.py",
    "credit/reports/content.py",
    "credit/reports/comparing.py",
    "credit/reports/recommending.py",
    "credit/reports/composing.py",
    "credit/reports/rules.py",
    "hotline/supervision/figures/values.py",
    "credit/intake/facts.py",
    "credit/intake/rates.py",
    "credit/outlook.py",
    "credit/movers.py",
    "credit/formula/v1.py",
    "credit/display.py",
    "credit/cases/rules.py",
    "credit/appeals/rules.py",
    "credit/appeals/effects.py",
    "credit/repairs/rules.py",
    "credit/formula/registry.py",
    "credit/observers/rules.py",
    "credit/observers/tallying.py",
    "hotline/suggestions/text.py",
    "hotline/suggestions/splitting.py",
    "hotline/suggestions/measuring.py",
    "hotline/suggestions/weighing.py",
    "hotline/papers/kinds.py",
    "hotline/papers/content.py",
)
"""Rule modules: functions of values, that a reader may trust to touch nothing."""

PURE = {
    *(
        "abc",
        "base64",
        "binascii",
        "bisect",
        "collections",
        "csv",
        "dataclasses",
        "datetime",
        "decimal",
    ),
    *("enum", "functools", "hashlib", "io", "itertools", "json", "re", "string", "types", "typing"),
    "unicodedata",
    *("math", "rjieba", "statistics", "unicodedata", "zlib"),
    "uuid",
    "phonenumbers",  # a table of the world's numbers and functions of it
    *("struct", "unicodedata", "uuid", "zlib"),
}
LEAVES = {
    *("credit/appeals/errors.py", "credit/repairs/errors.py"),
    "credit/errors.py",
    "credit/entries/errors.py",
    "credit/observers/errors.py",
    "credit/reports/errors.py",
    "credit/exclusions/errors.py",
    *("hotline/kernel/clock.py", "hotline/tickets/errors.py", "hotline/procedures/errors.py"),
    "hotline/supervision/errors.py",
    "hotline/tickets/onsite/errors.py",
}
"""What rules may lean on beside other rules: the zone, and the names of refusals."""


def test_the_layers_point_downwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_a_function_of_values(rule: str) -> None:
    """No session, no clock, no file, no framework: the standard library and other rules only."""
    for name in _imports(ROOT / rule):
        if name.startswith(("hotline.", "credit.")):
            assert name.replace(".", "/") + ".py" in {*RULES, *LEAVES}, f"{rule} imports {name}"
        else:
            assert name.partition(".")[0] in PURE, f"{rule} imports {name}"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_asks_neither_the_time_nor_chance(rule: str) -> None:
    for node in ast.walk(ast.parse((ROOT / rule).read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), rule
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "today", "utcnow", "uuid4", "urandom"}, rule
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input"}, rule


def _tables() -> set[type[TableModel]]:
    for package in (hotline, credit, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(".models"):
                importlib.import_module(module.name)
    return set(TableModel.__subclasses__())


def _named(annotation: Any) -> Iterator[object]:
    yield annotation
    for inner in get_args(annotation):
        yield from _named(inner)


def test_no_table_is_taken_or_given_by_the_interface(app: Litestar) -> None:
    tables = _tables()
    assert len(tables) > 15
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            signature = handler.parsed_fn_signature
            fields = [*signature.parameters.values(), signature.return_type]
            for field in fields:
                used = set(map(id, _named(field.annotation)))
                assert not used & set(map(id, tables)), f"{route.path}: {field.annotation}"
