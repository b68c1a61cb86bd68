"""Mappings: which column is which field, what its words mean, how its dates are written.

A mapping is a TOML file. The ones that come with the program lie beside this module, in `mappings/`;
any other is named by its path. Reading a row is a pure function of mapping, header, row and instant.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping as Map, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path, PurePath
from typing import Annotated, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from hotline.intake.importing.errors import FileRefused, MappingInvalid, MappingNotFound
from hotline.intake.importing.record import HistoricTicket, Refusal, RefusalCode
from hotline.intake.importing.values import (
    Cell,
    DateOnly,
    InexactNumber,
    UnreadableDate,
    clash_of_formats,
    clean_code,
    clean_line,
    clean_text,
    local_time,
    repair_misread,
    text_of,
    to_utc,
)
from hotline.tickets.lifecycle import ClosureCode
from hotline.tickets.models import (
    ADDRESS_MAX,
    CONTENT_MAX,
    TEXT_MAX,
    TITLE_MAX,
    Channel,
    RequestType,
    Urgency,
)

SHORT_MAX = 64
"""Characters of a name, an area, a number of the source."""

UNIT_MAX = 120
"""Characters of a unit's name."""

CLOCKS_MAY_DIFFER = timedelta(days=1)
"""How far ahead of our clock a file's instants may lie before they count as wrong."""

_SHOWN = 60

Word = TypeVar("Word", bound=StrEnum)


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as broken:
        raise ValueError(f"{text!r} is not a regular expression: {broken}") from broken
    return text


Expression = Annotated[str, AfterValidator(_is_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Pattern(_Part):
    """A word of ours for every text in which an expression is found."""

    match: Expression
    value: str


class FieldRule(_Part):
    """Where a field comes from.

    Attributes:
        columns: the columns it is read from; the first that is not empty counts.
        join: put between all columns that are not empty, instead of taking the first.
        extract: keep only the first place where this expression is found.
        values: our word for each word of the file, whatever its case.
        patterns: our word by expression, asked in order when `values` has none.
        default: the word when the file has none, or one that nothing above knows.
        empty: words of the file that mean "nothing".
        optional: the file may lack the columns.
        date_only: which instant of the day a date without a time stands for.
    """

    columns: tuple[str, ...] = ()
    join: str | None = None
    extract: Expression | None = None
    values: dict[str, str] = Field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    default: str | None = None
    empty: tuple[str, ...] = ()
    optional: bool = False
    date_only: DateOnly | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, data: object) -> object:
        if isinstance(data, dict) and "column" in data:
            if "columns" in data:
                raise ValueError("give either `column` or `columns`")
            data = {**data, "columns": (data["column"],)}
            del data["column"]
        return data

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if not self.columns and self.default is None:
            raise ValueError("needs a `column`, `columns` or a `default`")
        return self

    @cached_property
    def translate(self) -> Callable[[str], str | None]:
        """Return the function from a word of the file to ours; None for a word not known.

        It remembers what it was asked lately: files say few different things many times.
        """
        folded = {word.casefold(): ours for word, ours in self.values.items()}
        compiled = [(re.compile(p.match, re.IGNORECASE), p.value) for p in self.patterns]

        @lru_cache(maxsize=4096)
        def translated(text: str) -> str | None:
            if (ours := folded.get(text.casefold())) is not None:
                return ours
            return next((value for found, value in compiled if found.search(text)), None)

        return translated

    @cached_property
    def nothing(self) -> frozenset[str]:
        """Return the words that mean "nothing", in one case."""
        return frozenset(word.casefold() for word in self.empty)


class Fields(_Part):
    """Every field of a ticket that a mapping may fill."""

    received_at: FieldRule
    external_id: FieldRule | None = None
    title: FieldRule | None = None
    content: FieldRule | None = None
    channel: FieldRule = FieldRule(default="web")
    request_type: FieldRule = FieldRule(default="help")
    urgency: FieldRule = FieldRule(default="p2")
    category: FieldRule = FieldRule(default="other")
    area: FieldRule | None = None
    address: FieldRule | None = None
    lat: FieldRule | None = None
    long: FieldRule | None = None
    requester_name: FieldRule | None = None
    requester_phone: FieldRule | None = None
    requester_ref: FieldRule | None = None
    due_at: FieldRule | None = None
    closed_at: FieldRule | None = None
    reply: FieldRule | None = None
    department: FieldRule | None = None
    closure_code: FieldRule | None = None

    def rules(self) -> Iterable[tuple[str, FieldRule]]:
        """Yield the fields that are filled, with their names."""
        for name in type(self).model_fields:
            rule: FieldRule | None = getattr(self, name)
            if rule is not None:
                yield name, rule


class ClosedWhen(_Part):
    """Which words of a status column mean that a row is closed."""

    column: str
    values: tuple[str, ...] = Field(min_length=1)


class Lookup(_Part):
    """A second file, beside the first, with more columns for some of its rows."""

    file: str
    key: str
    columns: tuple[str, ...] = Field(min_length=1)
    encoding: Literal["auto", "utf-8", "gb18030"] = "auto"
    optional: bool = False

    @field_validator("file")
    @classmethod
    def _beside(cls, value: str) -> str:
        if PurePath(value).name != value or value in {"", ".", ".."}:
            raise ValueError("must be the name of a file in the same folder, without a path")
        return value


class Mapping(_Part):
    """How one kind of file becomes tickets.

    Attributes:
        name: what `--mapping` calls it.
        title: what it is for, in a line.
        source: the system the rows come from; with the row's number it names a ticket for good.
        zone: the zone of every date that names none.
        date_formats: `iso` or strptime formats, tried in order.
        encoding: auto, utf-8 or gb18030.
        delimiter: of CSV files.
        mend_misread: repair UTF-8 that was once read as Latin-1.
        title_from_content: take this many characters of the content where there is no title.
        number_from_text: make a number from the row's texts where it has none.
        create_departments: add units that the directory does not know, as inactive ones.
        closed_when: without it a row is closed when it has a closing date.
        keep: columns whose words are kept with the ticket.
        ignore: columns that are known and not wanted.
        lookups: further files.
        fields: where each field comes from.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
    title: str
    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
    zone: str = "Asia/Shanghai"
    date_formats: tuple[str, ...] = Field(default=("iso",), min_length=1)
    encoding: Literal["auto", "utf-8", "gb18030"] = "auto"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    mend_misread: bool = False
    title_from_content: Annotated[int, Field(ge=5, le=TITLE_MAX)] | None = None
    number_from_text: bool = False
    create_departments: bool = False
    closed_when: ClosedWhen | None = None
    keep: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    fields: Fields

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            close = get_close_matches(value, available_timezones(), n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{value!r} is no time zone of the IANA list{hint}") from unknown
        return value

    @field_validator("date_formats")
    @classmethod
    def _formats_agree(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if clash := clash_of_formats(value):
            raise ValueError(f"{clash[0]!r} and {clash[1]!r} read one text as two different days")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        fields = self.fields
        if fields.title is None and fields.content is None:
            raise ValueError("fields: `title` or `content` is needed")
        if fields.external_id is None and not self.number_from_text:
            raise ValueError("fields.external_id is needed, or `number_from_text = true`")
        if (fields.lat is None) != (fields.long is None):
            raise ValueError("fields.lat and fields.long go together")
        if self.closed_when is not None and fields.closed_at is None:
            raise ValueError("`closed_when` needs fields.closed_at")
        for name, words in _VOCABULARY.items():
            rule: FieldRule | None = getattr(fields, name)
            for ours in _words_of_ours(rule):
                if ours not in words:
                    raise ValueError(
                        f"fields.{name}: {ours!r} is none of ours: {', '.join(sorted(words))}"
                    )
        return self

    @cached_property
    def zone_info(self) -> ZoneInfo:
        """Return the zone itself."""
        return ZoneInfo(self.zone)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Return the columns without which a file is refused, in the mapping's order."""
        added = {column for lookup in self.lookups for column in lookup.columns}
        names = [
            column
            for _, rule in self.fields.rules()
            if not rule.optional
            for column in rule.columns
        ]
        if self.closed_when is not None:
            names.append(self.closed_when.column)
        names.extend(lookup.key for lookup in self.lookups)
        return tuple(name for name in dict.fromkeys(names) if name not in added)

    @cached_property
    def known(self) -> frozenset[str]:
        """Return every column the mapping speaks of."""
        of_fields = (column for _, rule in self.fields.rules() for column in rule.columns)
        return frozenset((*self.required, *of_fields, *self.keep, *self.ignore))


_VOCABULARY: Map[str, frozenset[str]] = {
    "channel": frozenset(Channel),
    "request_type": frozenset(RequestType),
    "urgency": frozenset(Urgency),
    "closure_code": frozenset(ClosureCode),
}


def _words_of_ours(rule: FieldRule | None) -> Iterable[str]:
    if rule is None:
        return ()
    default = () if rule.default is None else (rule.default,)
    return (*rule.values.values(), *(pattern.value for pattern in rule.patterns), *default)


# -- loading -------------------------------------------------------------------------------------


def parse_mapping(text: str, origin: str) -> Mapping:
    """Read a mapping from TOML.

    Args:
        text: the TOML.
        origin: what to call it in errors.

    Raises:
        MappingInvalid: with the place of every mistake.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise MappingInvalid(mapping=origin, problem=str(broken)) from broken
    try:
        return Mapping.model_validate(data)
    except ValidationError as broken:
        problems = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'mapping'}: "
            f"{error['msg'].removeprefix('Value error, ')}"
            for error in broken.errors(include_url=False, include_input=False)
        )
        raise MappingInvalid(mapping=origin, problem=problems) from broken


def shipped_mappings() -> dict[str, Mapping]:
    """Return the mappings that come with the program, by name."""
    folder = resources.files("hotline.intake.importing") / "mappings"
    found = (
        parse_mapping(entry.read_text(encoding="utf-8"), entry.name)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    )
    return {mapping.name: mapping for mapping in found}


def load_mapping(name_or_path: str) -> Mapping:
    """Return a mapping by its name, or from a TOML file.

    Raises:
        MappingNotFound: neither a shipped mapping nor a file.
        MappingInvalid: the file is no valid mapping.
    """
    if name_or_path.endswith(".toml"):
        try:
            text = Path(name_or_path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as unreadable:
            raise MappingNotFound(problem=f"{name_or_path}: {unreadable}") from unreadable
        return parse_mapping(text, name_or_path)
    shipped = shipped_mappings()
    if name_or_path not in shipped:
        close = get_close_matches(name_or_path, shipped, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        names = ", ".join(shipped)
        raise MappingNotFound(problem=f"{name_or_path!r} is none of {names}{hint}")
    return shipped[name_or_path]


def detect_mapping(header: Sequence[str], mappings: Iterable[Mapping]) -> Mapping:
    """Return the mapping that knows most columns of `header` and misses none it needs.

    Raises:
        MappingNotFound: none fits, or two fit equally well.
    """
    present = set(header)
    candidates = list(mappings)
    fitting = [m for m in candidates if present.issuperset(m.required)]
    if not fitting:
        nearest = max(candidates, key=lambda m: len(present & m.known), default=None)
        if nearest is None or not present & nearest.known:
            raise MappingNotFound(
                problem="the first row names no column that any mapping knows; "
                "is the header row missing?"
            )
        missing = ", ".join(n for n in nearest.required if n not in present)
        raise MappingNotFound(problem=f"{nearest.name} comes nearest, but lacks {missing}")

    def score(mapping: Mapping) -> tuple[int, int]:
        return len(present & mapping.known), -len(mapping.known - present)

    best = max(map(score, fitting))
    winners = [m for m in fitting if score(m) == best]
    if len(winners) > 1:
        names = ", ".join(m.name for m in winners)
        raise MappingNotFound(problem=f"{names} fit equally well; choose one with --mapping")
    return winners[0]


# -- header --------------------------------------------------------------------------------------


def clean_header(cells: Sequence[Cell]) -> list[str]:
    """Return the names of a header row as mappings write them."""
    return [clean_code(text_of(cell)) for cell in cells]


def check_header(mapping: Mapping, header: Sequence[str]) -> list[str]:
    """Return notes about columns that the mapping does not know.

    Raises:
        FileRefused: a column is missing or comes twice, or the row is no header at all.
    """
    present = set(header)
    twice = sorted({name for name in header if name and header.count(name) > 1} & mapping.known)
    if twice:
        raise FileRefused("duplicate-column", f"these columns come twice: {', '.join(twice)}")
    missing = [name for name in mapping.required if name not in present]
    if missing and not present & mapping.known:
        raise FileRefused(
            "header-missing",
            f"the first row names none of the columns of {mapping.name}; its first is "
            f"{mapping.required[0]!r}. Is the header row missing?",
        )
    unknown = [name for name in header if name and name not in mapping.known]
    if missing:
        told = ", ".join(name + _nearest(name, unknown, "is that {}?") for name in missing)
        raise FileRefused("missing-column", f"these columns are missing: {told}")
    lost = sorted(mapping.known - present)
    return [f"unknown column {name}{_nearest(name, lost, 'near {}')}" for name in unknown]


def _nearest(name: str, others: Sequence[str], words: str) -> str:
    folded = {other.casefold().replace(" ", "_"): other for other in others}
    close = get_close_matches(name.casefold().replace(" ", "_"), folded, n=1, cutoff=0.5)
    return f" ({words.format(folded[close[0]])})" if close else ""


# -- rows ----------------------------------------------------------------------------------------


class _Refused(Exception):  # a way out of a row, never seen outside
    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Row:
    """One row under its header: what the rules read."""

    mapping: Mapping
    at: Map[str, int]
    cells: Sequence[Cell]
    added: Map[str, str]
    cleaned: dict[tuple[str, bool], str] = field(default_factory=dict)

    def raw(self, column: str) -> Cell:
        place = self.at.get(column)
        return self.added.get(column, "") if place is None else self.cells[place]

    def text(self, column: str, *, lines: bool = False) -> str:
        """Return a cell cleaned; several fields may ask for the same one."""
        if (known := self.cleaned.get((column, lines))) is not None:
            return known
        try:
            found = text_of(self.raw(column))
        except InexactNumber as inexact:
            raise _Refused(
                RefusalCode.BAD_NUMBER,
                f"{column}: a spreadsheet keeps 15 digits of a number; store it as text",
            ) from inexact
        if self.mapping.mend_misread:
            found = repair_misread(found)
        found = clean_text(found) if lines else clean_line(found)
        self.cleaned[column, lines] = found
        return found

    def filled(self, rule: FieldRule, *, lines: bool = False) -> list[str]:
        texts = (self.text(column, lines=lines) for column in rule.columns)
        if not rule.nothing:
            return [text for text in texts if text]
        return [text for text in texts if text and text.casefold() not in rule.nothing]

    def value(self, rule: FieldRule | None, *, lines: bool = False) -> str:
        """Return a field that is free text."""
        if rule is None:
            return ""
        texts = self.filled(rule, lines=lines)
        if rule.join is not None:
            text = rule.join.join(dict.fromkeys(texts))
        else:
            text = texts[0] if texts else ""
        if rule.extract is not None:
            match = re.search(rule.extract, text)
            text = match[0] if match else ""
        if not (rule.values or rule.patterns):
            return text or rule.default or ""
        known = rule.translate(text)
        return known if known is not None else rule.default if rule.default is not None else text

    def word(self, name: str, rule: FieldRule, words: type[Word]) -> Word:
        """Return a field that is one of our words."""
        text = self.value(rule)
        try:
            return words(text)
        except ValueError as unknown:
            raise _Refused(
                RefusalCode.UNKNOWN_VALUE, f"{name}: {text[:_SHOWN]!r} is not in the value map"
            ) from unknown

    def short(self, name: str, rule: FieldRule | None, limit: int = SHORT_MAX) -> str:
        text = self.value(rule)
        if len(text) > limit:
            raise _Refused(
                RefusalCode.VALUE_TOO_LONG,
                f"{name}: {len(text)} characters, at most {limit} are kept",
            )
        return text

    def wall_clock(self, name: str, rule: FieldRule | None, date_only: DateOnly) -> datetime | None:
        if rule is None:
            return None
        for column in rule.columns:
            cell = self.raw(column)
            if isinstance(cell, str):
                cell = clean_code(cell)
                if not cell or cell.casefold() in rule.nothing:
                    continue
            try:
                return local_time(cell, self.mapping.date_formats, rule.date_only or date_only)
            except (UnreadableDate, InexactNumber) as unreadable:
                raise _Refused(
                    RefusalCode.BAD_DATE, f"{name}: {str(cell)[:_SHOWN]!r} fits no date format"
                ) from unreadable
        return None


class RowReader:
    """Reads the rows of one file: a mapping bound to a header.

    Args:
        mapping: checked against the header before.
        header: names of the columns, in order.
        lookups: per lookup of the mapping, further columns by key.
        now: the instant of the import, for what lies in the future.
    """

    def __init__(
        self,
        mapping: Mapping,
        header: Sequence[str],
        *,
        lookups: Sequence[Map[str, Map[str, str]]] = (),
        now: datetime,
    ) -> None:
        self.mapping = mapping
        self._width = len(header)
        self._at = {name: place for place, name in enumerate(header) if name}
        self._lookups = tuple(zip(mapping.lookups, lookups, strict=True))
        self._latest = now + CLOCKS_MAY_DIFFER

    def read(self, line: int, cells: Sequence[Cell]) -> HistoricTicket | Refusal:
        """Return the ticket that a row tells of, or why it is none."""
        number = ""
        try:
            row = self._row(cells)
            number = self._number(row)
            return self._ticket(row, number, line)
        except _Refused as refused:
            return Refusal(line, refused.code, refused.detail, number)

    def _row(self, cells: Sequence[Cell]) -> _Row:
        if len(cells) != self._width:
            raise _Refused(
                RefusalCode.WRONG_COLUMN_COUNT, f"{len(cells)} columns instead of {self._width}"
            )
        row = _Row(self.mapping, self._at, cells, {})
        for lookup, found in self._lookups:
            added = found.get(clean_code(row.text(lookup.key)), {})
            row = replace(row, added={**row.added, **added}, cleaned={})
        return row

    def _number(self, row: _Row) -> str:
        fields = self.mapping.fields
        number = clean_code(row.short("external_id", fields.external_id))
        if number:
            return number
        if not self.mapping.number_from_text:
            raise _Refused(RefusalCode.MISSING_NUMBER, "the row has no number of its own")
        text = row.value(fields.title, lines=True) + "\0" + row.value(fields.content, lines=True)
        return "text-" + sha256(text.encode()).hexdigest()[:24]

    def _ticket(self, row: _Row, number: str, line: int) -> HistoricTicket:
        mapping, fields = self.mapping, self.mapping.fields
        title, content = self._texts(row)
        received_at, due_at, closed_at = self._instants(row)
        lat, long = self._position(row)
        reply = row.value(fields.reply, lines=True)
        if len(reply) > TEXT_MAX:
            raise _Refused(RefusalCode.REPLY_TOO_LONG, f"reply: {len(reply)} characters")
        return HistoricTicket(
            source=mapping.source,
            external_id=number,
            line=line,
            channel=row.word("channel", fields.channel, Channel),
            request_type=row.word("request_type", fields.request_type, RequestType),
            urgency=row.word("urgency", fields.urgency, Urgency),
            title=title,
            content=content,
            category_code=row.value(fields.category),
            received_at=received_at,
            area=row.short("area", fields.area),
            address=row.short("address", fields.address, ADDRESS_MAX),
            lat=lat,
            long=long,
            requester_name=row.short("requester_name", fields.requester_name),
            requester_phone=clean_code(row.short("requester_phone", fields.requester_phone)),
            requester_ref=row.short("requester_ref", fields.requester_ref),
            due_at=due_at,
            closed_at=closed_at,
            reply=reply if closed_at else "",
            department_name=row.short("department", fields.department, UNIT_MAX),
            closure_code=self._closure(row, reply) if closed_at else None,
            extra=self._extra(row),
        )

    def _texts(self, row: _Row) -> tuple[str, str]:
        fields = self.mapping.fields
        title = row.value(fields.title)
        content = row.value(fields.content, lines=True)
        if not title and not content:
            raise _Refused(RefusalCode.NO_TEXT, "neither title nor content")
        if not title:
            if self.mapping.title_from_content is None:
                raise _Refused(RefusalCode.NO_TEXT, "no title")
            title = clean_line(content)[: self.mapping.title_from_content]
        if len(title) > TITLE_MAX:
            raise _Refused(
                RefusalCode.TITLE_TOO_LONG, f"title: {len(title)} characters, at most {TITLE_MAX}"
            )
        if len(content) > CONTENT_MAX:
            raise _Refused(
                RefusalCode.CONTENT_TOO_LONG,
                f"content: {len(content)} characters, at most {CONTENT_MAX}",
            )
        return title, content or title

    def _instants(self, row: _Row) -> tuple[datetime, datetime | None, datetime | None]:
        fields, zone = self.mapping.fields, self.mapping.zone_info
        received = row.wall_clock("received_at", fields.received_at, "start")
        if received is None:
            raise _Refused(RefusalCode.MISSING_RECEIVED_AT, "no instant of receipt")
        received_at = to_utc(received, zone)
        if received_at > self._latest:
            raise _Refused(RefusalCode.RECEIVED_IN_FUTURE, f"received_at: {received}")
        due_at = self._after(received_at, row.wall_clock("due_at", fields.due_at, "end"))
        if due_at is not None and due_at <= received_at:
            raise _Refused(RefusalCode.DUE_BEFORE_RECEIVED, f"due {due_at}, {received_at=:%F %T}")
        closed_at = self._closed(row, received_at)
        return received_at, due_at, closed_at

    def _closed(self, row: _Row, received_at: datetime) -> datetime | None:
        when = self.mapping.closed_when
        if when is not None and row.text(when.column) not in when.values:
            return None
        closed = row.wall_clock("closed_at", self.mapping.fields.closed_at, "end")
        if closed is None:
            if when is not None:
                raise _Refused(RefusalCode.CLOSED_WITHOUT_DATE, "closed, but no instant says when")
            return None
        closed_at = self._after(received_at, closed)
        if closed_at is None or closed_at < received_at:
            raise _Refused(
                RefusalCode.CLOSED_BEFORE_RECEIVED, f"closed {closed_at}, received {received_at}"
            )
        if closed_at > self._latest:
            raise _Refused(RefusalCode.CLOSED_IN_FUTURE, f"closed_at: {closed}")
        return closed_at

    def _after(self, received_at: datetime, local: datetime | None) -> datetime | None:
        """Read a wall clock; in the hour that comes twice, as the coming that follows receipt."""
        if local is None:
            return None
        first = to_utc(local, self.mapping.zone_info)
        if first >= received_at:
            return first
        return to_utc(local, self.mapping.zone_info, second_reading=True)

    def _position(self, row: _Row) -> tuple[float | None, float | None]:
        fields = self.mapping.fields
        lat, long = row.value(fields.lat), row.value(fields.long)
        if not lat or not long:
            return None, None
        try:
            north, east = float(lat), float(long)
        except ValueError as broken:
            raise _Refused(RefusalCode.BAD_POSITION, "lat, long: not numbers") from broken
        if not (abs(north) <= 90 and abs(east) <= 180):  # noqa: PLR2004  # degrees of the globe
            raise _Refused(RefusalCode.BAD_POSITION, "lat, long: not on the globe")
        return north, east

    def _closure(self, row: _Row, reply: str) -> ClosureCode:
        rule = self.mapping.fields.closure_code
        if rule is None:
            return ClosureCode.ANSWERED if reply else ClosureCode.SOLVED
        return row.word("closure_code", rule, ClosureCode)

    def _extra(self, row: _Row) -> dict[str, str]:
        kept = ((column, row.text(column)) for column in self.mapping.keep)
        return {column: text for column, text in kept if text}
