import io
import json
import logging
import sys

import pytest
import structlog

from hotline.kernel.logging import configure_logging, redact_text


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    written = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging("json")
    return written


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call 13812345678 back", "call *** back"),
        ("+86 138-1234-5678", "***"),
        ("010-12345678", "***"),
        ("id 11010519491231002X.", "id ***."),
        ("postgresql://u:secret@h/d", "postgresql://u:***@h/d"),
        ("[SQL: x]\n[parameters: ('王', '[1]')]\nnext", "[SQL: x]\n***\nnext"),
        ("ticket 2611210000123 of 2026-11-21T10:00:00.123456Z", None),
        ("job 0193c1d0-7a1b-7e15-9d3e-138123456789:credit.record", None),
    ],
)
def test_text_keeps_no_personal_data(said: str, kept: str | None) -> None:
    assert redact_text(said) == (said if kept is None else kept)


def test_values_are_masked_by_their_name(lines: io.StringIO) -> None:
    structlog.get_logger("any").info(
        "ticket taken",
        number="2611210000123",
        requester_phone="1",
        context="kept",
        form={"content": "x", "items": [{"name": "王"}], "count": 3},
    )
    line = json.loads(lines.getvalue())
    assert line["event"] == "ticket taken"
    assert line["level"] == "info"
    assert line["number"] == "2611210000123"
    assert line["requester_phone"] == "***"
    assert line["context"] == "kept"
    assert line["form"] == {"content": "***", "items": [{"name": "***"}], "count": 3}


def test_the_standard_library_goes_the_same_way(lines: io.StringIO) -> None:
    try:
        int("no such phone: 13812345678")
    except ValueError:
        logging.getLogger("library").exception("failed for %s", "13812345678")
    line = json.loads(lines.getvalue())
    assert line["event"] == "failed for ***"
    assert line["logger"] == "library"
    assert "no such phone: ***" in line["exception"]
