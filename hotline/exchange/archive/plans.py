"""How each table is carried: what is left out, what is sealed, what the new house makes anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hotline.exchange.archive.errors import UnknownColumns
from hotline.kernel.crypto import FieldCipher

Row = Mapping[str, Any]
"""A row as JSON values, its sealed columns in plain words."""

Remake = Callable[[FieldCipher, Row], Mapping[str, bytes | None]]
"""Returns the columns that depend on the key of the house, made with the new one."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """What is special about a table.

    Attributes:
        encrypted: columns under the key of the house; they are sealed under that of the archive.
        secret: columns of words that are sealed too.
        remade: columns left out of the archive, which the new house makes anew or leaves empty.
        remade_where: a condition in SQL on the rows in which they are; all when empty.
        remake: makes them.
        plain: columns of bytes that hold no secret of the house: digests and files.
    """

    encrypted: Sequence[str] = ()
    secret: Sequence[str] = ()
    remade: Sequence[str] = ()
    remade_where: str = ""
    remake: Remake | None = None
    plain: Sequence[str] = ()

    @property
    def sealed(self) -> Sequence[str]:
        """Return every column that stands encrypted in the archive."""
        return (*self.encrypted, *self.secret)


_ORDINARY = Carriage()


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table that is carried.

    Attributes:
        columns: those that can be written.
        key: what orders its rows, each with whether it is words.
        documents: columns of JSON, in which there may be a null that is not an absent value.
    """

    name: str
    columns: Sequence[str]
    key: Sequence[tuple[str, bool]]
    documents: Sequence[str] = ()
    carriage: Carriage = field(default=_ORDINARY)

    @property
    def order(self) -> str:
        """Return the order of the rows, the same in every house whatever its language."""
        return ", ".join(f't."{name}"{_PLAIN if is_text else ""}' for name, is_text in self.key)

    def _whole(self) -> str:
        """Return a row as JSON, with the names of its documents that are a null of JSON."""
        if not self.documents:
            return "to_jsonb(t)"
        is_null = {name: f"t.\"{name}\" = 'null'::jsonb" for name in self.documents}
        named = ", ".join(f"CASE WHEN {said} THEN '{name}' END" for name, said in is_null.items())
        return (
            f"CASE WHEN {' OR '.join(is_null.values())} THEN to_jsonb(t) || jsonb_build_object("
            f"'{NULLS}', to_jsonb(array_remove(ARRAY[{named}], NULL))) ELSE to_jsonb(t) END"
        )

    def written(self) -> str:
        """Return what writes rows: `$1` their lines, `$2` what is added to each."""
        columns = ", ".join(f'"{name}"' for name in self.columns)
        values = ", ".join(self._value(name) for name in self.columns)
        return (
            f'INSERT INTO "{self.name}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} '
            "FROM unnest($1::text[], $2::text[]) AS x(line, more), "
            f'jsonb_populate_record(NULL::"{self.name}", x.line::jsonb || x.more::jsonb) AS r'
        )

    def _value(self, name: str) -> str:
        if name not in self.documents:
            return f'r."{name}"'
        is_null = f"x.line::jsonb -> '{NULLS}' ? '{name}'"
        return f"CASE WHEN {is_null} THEN 'null'::jsonb ELSE r.\"{name}\" END"

    def statement(self) -> str:
        """Return what reads rows: as JSON without what is sealed or remade, then what is sealed."""
        one = self.carriage
        line = _without(self._whole(), one.sealed)
        if one.remade:
            less = _without(line, one.remade)
            line = (
                f"CASE WHEN {one.remade_where} THEN {less} ELSE {line} END"
                if one.remade_where
                else less
            )
        sealed = "".join(f', t."{name}"' for name in one.sealed)
        return f'SELECT ({line})::text{sealed} FROM "{self.name}" AS t ORDER BY {self.order}'


_PLAIN = ' COLLATE "C"'
NULLS = "~null"
"""Under this name a row says which of its documents are the JSON null; no column is called so."""


def _without(expression: str, names: Sequence[str]) -> str:
    if not names:
        return expression
    listed = ", ".join(f"'{name}'" for name in names)
    return f"(({expression}) - ARRAY[{listed}])"


def plans_of(
    metadata: sa.MetaData, carriages: Mapping[str, Carriage], left_out: Sequence[str]
) -> Sequence[TablePlan]:
    """Return how every table is carried that is not left out, by name.

    Raises:
        UnknownColumns: a column of bytes of which nobody has said what it holds.
    """
    plans = []
    unknown = []
    for name, table in sorted(metadata.tables.items()):
        if name in left_out:
            continue
        one = carriages.get(name, _ORDINARY)
        known = {*one.sealed, *one.remade, *one.plain}
        unknown += [
            f"{name}.{column.name}"
            for column in table.columns
            if isinstance(column.type, sa.LargeBinary) and column.name not in known
        ]
        plans.append(
            TablePlan(
                name,
                [column.name for column in table.columns if column.computed is None],
                [
                    (column.name, isinstance(column.type, sa.String))
                    for column in table.primary_key.columns
                ],
                [column.name for column in table.columns if isinstance(column.type, sa.JSON)],
                one,
            )
        )
    if unknown:
        raise UnknownColumns(columns=", ".join(unknown))
    return plans
