"""An answer described once and written as XML or JSON, so that the two cannot differ.

JSON is what GeoReport calls the Spark convention: the outer container is dropped, an element that may
repeat is always an array, and an empty element is null.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from lxml import etree

from hotline.kernel.clock import SHANGHAI
from hotline.open311.wording import writable

XML, JSON = "xml", "json"
MEDIA_TYPES = {XML: "text/xml", JSON: "application/json; charset=utf-8"}
"""As the framework takes them: to `text/` it adds the charset itself."""

Plain: TypeAlias = str | bool | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """An element with named members in their order."""

    name: str
    fields: Sequence[tuple[str, "Value"]]


@dataclass(frozen=True, slots=True)
class Listing:
    """An element that holds any number of others of one kind."""

    name: str
    items: Sequence["Record | Item"]


@dataclass(frozen=True, slots=True)
class Item:
    """A member of a list that is nothing but a value."""

    name: str
    value: Plain


Value: TypeAlias = Plain | Record | Listing
Document: TypeAlias = Record | Listing


def written(document: Document, form: str) -> bytes:
    """Return an answer in one of the two formats."""
    if form == JSON:
        plain = _as_json(document)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    root = etree.Element(document.name)
    _fill(root, document)
    body = etree.tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(body)


def instant(at: datetime) -> str:
    """Return an instant as it is written: whole seconds, in the zone of the city."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _as_json(value: Value | Item) -> object:
    match value:
        case Listing():
            return [_as_json(one) for one in value.items]
        case Record():
            return {name: _as_json(member) for name, member in value.fields}
        case Item():
            return _as_json(value.value)
        case datetime():
            return instant(value)
        case str():
            return writable(value) or None
        case _:
            return value


def _fill(element: etree._Element, value: Value | Item) -> None:
    match value:
        case Listing():
            for one in value.items:
                _fill(etree.SubElement(element, one.name), one)
        case Record():
            for name, member in value.fields:
                _fill(etree.SubElement(element, name), member)
        case Item():
            _fill(element, value.value)
        case None:
            return
        case _:
            element.text = _text(value) or None


def _text(value: str | float | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant(value)
    return writable(value) if isinstance(value, str) else repr(value)
