"""Reports as JSON and back, and the digest by which one is known."""

import hashlib
import json
from typing import Any

from pydantic import TypeAdapter

from credit.reports.content import ReportContent

_ADAPTER = TypeAdapter(ReportContent)


def content_to_json(content: ReportContent) -> dict[str, Any]:
    """Return what a report says as JSON values; decimals are text, instants in UTC."""
    found: dict[str, Any] = _ADAPTER.dump_python(content, mode="json")
    return found


def content_from_json(value: dict[str, Any]) -> ReportContent:
    """Return what JSON values say; they were written by `content_to_json`."""
    return _ADAPTER.validate_python(value)


def content_digest(value: dict[str, Any]) -> bytes:
    """Return the SHA-256 of what a report says."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
