from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from hotline.intake.importing.errors import FileRefused, MappingInvalid, MappingNotFound
from hotline.intake.importing.mapping import (
    Mapping,
    RowReader,
    check_header,
    clean_header,
    detect_mapping,
    load_mapping,
    parse_mapping,
    shipped_mappings,
)
from hotline.intake.importing.record import HistoricTicket, Refusal, RefusalCode
from hotline.intake.importing.values import Cell
from hotline.tickets.lifecycle import ClosureCode
from hotline.tickets.models import Channel, RequestType, Urgency

NOW = datetime(2026, 11, 21, tzinfo=UTC)

MAPPING = """
name = "town"
title = "The old system of a town"
source = "town"
zone = "America/New_York"
date_formats = ["%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
title_from_content = 10
keep = ["来源"]
ignore = ["备注"]
closed_when = { column = "状态", values = ["已办结"] }

[fields]
external_id = { column = "编号" }
title = { column = "标题" }
content = { columns = ["内容", "补充"], join = "\\n" }
received_at = { column = "时间" }
due_at = { column = "期限" }
closed_at = { column = "办结" }
reply = { column = "答复" }
requester_name = { column = "姓名" }
requester_phone = { column = "电话" }
department = { column = "单位", values = { "教育" = "jiaoyu" } }
lat = { column = "纬度", empty = ["0"] }
long = { column = "经度" }
area = { column = "标题", extract = "[东西]城" }

[fields.channel]
column = "来源"
values = { "电话" = "phone", "App" = "app" }

[fields.request_type]
column = "标题"
default = "help"
patterns = [{ match = "投诉", value = "complaint" }, { match = "咨询|请问", value = "consult" }]
"""

HEADER = (
    *("编号", "标题", "内容", "补充", "时间", "期限", "办结", "答复", "姓名", "电话", "单位"),
    *("纬度", "经度", "来源", "状态"),
)

ROW: dict[str, Cell] = {
    "编号": "7",
    "标题": "投诉东城噪音",
    "内容": "\t\t夜里很吵\u3000",
    "补充": "连续三天",
    "时间": "2023/7/1 08:00",
    "期限": "2023-07-04",
    "办结": "2023-07-03 09:30",
    "答复": "已处理",
    "姓名": "张三",
    "电话": "１９９０００００００１",
    "单位": "教育",
    "纬度": "40.5",
    "经度": "-73.25",
    "来源": "app",
    "状态": "已办结",
}


def town(**changes: str) -> Mapping:
    text = MAPPING
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse_mapping(text, "town.toml")


def read(
    row: dict[str, Cell], mapping: Mapping | None = None, header: Sequence[str] = HEADER
) -> HistoricTicket | Refusal:
    reader = RowReader(mapping or town(), header, now=NOW)
    return reader.read(2, [row[name] for name in header])


def taken(**changes: Cell) -> HistoricTicket:
    found = read({**ROW, **changes})
    assert isinstance(found, HistoricTicket), found
    return found


def refused(**changes: Cell) -> RefusalCode:
    found = read({**ROW, **changes})
    assert isinstance(found, Refusal), found
    assert found.external_id in {str(changes.get("编号", "7")), ""}
    return found.code


def test_row_becomes_a_ticket_in_our_words() -> None:
    assert taken() == HistoricTicket(
        source="town",
        external_id="7",
        line=2,
        channel=Channel.APP,
        request_type=RequestType.COMPLAINT,
        urgency=Urgency.P2,
        title="投诉东城噪音",
        content="夜里很吵\n连续三天",
        category_code="other",
        received_at=datetime(2023, 7, 1, 12, tzinfo=UTC),
        area="东城",
        lat=40.5,
        long=-73.25,
        requester_name="张三",
        requester_phone="19900000001",
        due_at=datetime(2023, 7, 5, 3, 59, 59, tzinfo=UTC),
        closed_at=datetime(2023, 7, 3, 13, 30, tzinfo=UTC),
        reply="已处理",
        department_name="jiaoyu",
        closure_code=ClosureCode.ANSWERED,
        extra={"来源": "app"},
    )


def test_open_row_has_no_reply_and_no_closure() -> None:
    ticket = taken(状态="办理中")
    assert (ticket.closed_at, ticket.reply, ticket.closure_code) == (None, "", None)


def test_what_a_row_may_lack() -> None:
    ticket = taken(标题="", 期限="", 单位="", 纬度="0", 姓名="", 电话="", 答复="")
    assert ticket.title == "夜里很吵 连续三天"
    assert ticket.due_at is None
    assert ticket.lat is None
    assert ticket.closure_code is ClosureCode.SOLVED
    assert taken(内容="", 补充="").content == "投诉东城噪音"


def test_texts_are_kept_whole_up_to_the_limit() -> None:
    long = "井" * 10_000
    assert taken(内容=long, 补充="").content == long
    assert taken(内容="井" * 20_000, 补充="").content == "井" * 20_000
    rare = "👨‍👩‍👧 𠮷野家，=1+1 ＠ＡＢ"
    assert taken(内容=rare, 补充="").content == rare


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_formula_stays_text(text: str) -> None:
    assert taken(标题=text).title == text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"编号": ""}, RefusalCode.MISSING_NUMBER),
        ({"编号": "9" * 65}, RefusalCode.VALUE_TOO_LONG),
        ({"编号": 1.234567890123457e17}, RefusalCode.BAD_NUMBER),
        ({"标题": "\u3000", "内容": "\t", "补充": "\x00"}, RefusalCode.NO_TEXT),
        ({"标题": "长" * 201}, RefusalCode.TITLE_TOO_LONG),
        ({"内容": "长" * 20_001}, RefusalCode.CONTENT_TOO_LONG),
        ({"答复": "长" * 20_001}, RefusalCode.REPLY_TOO_LONG),
        ({"姓名": "长" * 65}, RefusalCode.VALUE_TOO_LONG),
        ({"时间": ""}, RefusalCode.MISSING_RECEIVED_AT),
        ({"时间": "1.7.2023"}, RefusalCode.BAD_DATE),
        ({"时间": 45000.5}, RefusalCode.BAD_DATE),
        ({"时间": "2026/11/23 08:00"}, RefusalCode.RECEIVED_IN_FUTURE),
        ({"期限": "2023-06-30"}, RefusalCode.DUE_BEFORE_RECEIVED),
        ({"办结": "2023-02-03 09:30"}, RefusalCode.CLOSED_BEFORE_RECEIVED),
        ({"办结": "2026-11-23 09:30"}, RefusalCode.CLOSED_IN_FUTURE),
        ({"办结": ""}, RefusalCode.CLOSED_WITHOUT_DATE),
        ({"纬度": "north"}, RefusalCode.BAD_POSITION),
        ({"经度": "181"}, RefusalCode.BAD_POSITION),
        ({"来源": "鸽子"}, RefusalCode.UNKNOWN_VALUE),
    ],
)
def test_rows_are_refused_for_a_reason(changes: dict[str, Cell], code: RefusalCode) -> None:
    assert refused(**changes) is code


def test_row_of_another_width_is_refused() -> None:
    found = RowReader(town(), HEADER, now=NOW).read(9, ["7", "x"])
    assert found == Refusal(9, RefusalCode.WRONG_COLUMN_COUNT, "2 columns instead of 15")


def test_closing_in_the_hour_that_comes_twice_follows_receipt() -> None:
    ticket = taken(时间="2011/11/06 01:50", 期限="", 办结="2011-11-06 01:10")
    assert ticket.received_at == datetime(2011, 11, 6, 5, 50, tzinfo=UTC)
    assert ticket.closed_at == datetime(2011, 11, 6, 6, 10, tzinfo=UTC)


def test_row_without_number_may_be_named_by_its_text() -> None:
    mapping = town(
        **{"title_from_content = 10": "title_from_content = 10\nnumber_from_text = true"}
    )
    first, again, other = (
        read({**ROW, "编号": "", "内容": text}, mapping) for text in ("甲", "甲", "乙")
    )
    assert isinstance(first, HistoricTicket)
    assert isinstance(other, HistoricTicket)
    assert first == again
    assert first.external_id.startswith("text-")
    assert first.external_id != other.external_id


def test_lookup_adds_columns() -> None:
    text = MAPPING + '\n[[lookups]]\nfile = "units.csv"\nkey = "编号"\ncolumns = ["单位"]\n'
    mapping = parse_mapping(text, "town.toml")
    header = [name for name in HEADER if name != "单位"]
    assert check_header(mapping, header) == []
    reader = RowReader(mapping, header, lookups=[{"7": {"单位": "城管局"}}], now=NOW)
    found = reader.read(2, [ROW[name] for name in header])
    assert isinstance(found, HistoricTicket)
    assert found.department_name == "城管局"


# -- header --------------------------------------------------------------------------------------


def test_header_is_read_as_mappings_write_it() -> None:
    assert clean_header(["\ufeff编号\u3000", "Ａ\tb", 3.0]) == ["编号", "A b", "3"]


def test_unknown_and_missing_columns_are_named_with_their_nearest() -> None:
    assert check_header(town(), [*HEADER, "备 注", "无关"]) == [
        "unknown column 备 注 (near 备注)",
        "unknown column 无关",
    ]
    header = ["办结时间" if name == "办结" else name for name in HEADER if name != "电话"]
    with pytest.raises(FileRefused) as caught:
        check_header(town(), header)
    assert caught.value.reason == "missing-column"
    assert "办结 (is that 办结时间?)" in caught.value.problem
    assert "电话" in caught.value.problem


def test_header_that_is_missing_or_doubled_is_refused() -> None:
    with pytest.raises(FileRefused) as caught:
        check_header(town(), ["7", "路灯不亮", "2023/7/1 08:00"])
    assert caught.value.reason == "header-missing"
    with pytest.raises(FileRefused) as caught:
        check_header(town(), [*HEADER, "标题"])
    assert caught.value.reason == "duplicate-column"


# -- mappings ------------------------------------------------------------------------------------


def test_shipped_mappings_are_valid_and_told_apart_by_their_headers() -> None:
    shipped = shipped_mappings()
    assert set(shipped) == {
        *("boston311", "labelled", "messages", "nyc311_api", "nyc311_export", "replied"),
        "sf_open311",
    }
    for name, mapping in shipped.items():
        looked_up = {column for lookup in mapping.lookups for column in lookup.columns}
        header = sorted(mapping.known - looked_up)
        assert detect_mapping(header, shipped.values()).name == name
        assert load_mapping(name) == mapping


def test_detection_says_what_is_wrong() -> None:
    candidates = [town()]
    assert detect_mapping(HEADER, candidates).name == "town"
    with pytest.raises(MappingNotFound, match="lacks 状态"):
        detect_mapping(HEADER[:-1], candidates)
    with pytest.raises(MappingNotFound, match="header row missing"):
        detect_mapping(["7", "x"], candidates)
    with pytest.raises(MappingNotFound, match="fit equally well"):
        detect_mapping(HEADER, [town(), town(**{'name = "town"': 'name = "twin"'})])


def test_mapping_is_found_by_name_or_path() -> None:
    with pytest.raises(MappingNotFound, match="did you mean boston311"):
        load_mapping("boston")
    with pytest.raises(MappingNotFound, match="No such file"):
        load_mapping("nowhere/town.toml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('zone = "America/New_York"', 'zone = "America/Newyork"', "did you mean America/New_York"),
        ('"%Y-%m-%d"]', '"%d/%m/%Y", "%m/%d/%Y"]', "read one text as two different days"),
        ('default = "help"', 'default = "halp"', "fields.request_type: 'halp' is none of ours"),
        ('"App" = "app"', '"App" = "pigeon"', "fields.channel: 'pigeon' is none of ours"),
        ('match = "投诉"', 'match = "(投诉"', "not a regular expression"),
        ('title = { column = "标题" }\n', 'titel = { column = "标题" }\n', "fields.titel"),
        ('external_id = { column = "编号" }\n', "", "fields.external_id is needed"),
        ('received_at = { column = "时间" }\n', "", "fields.received_at: Field required"),
        ('lat = { column = "纬度", empty = ["0"] }\n', "", "go together"),
        ('closed_at = { column = "办结" }\n', "", "`closed_when` needs"),
        ('reply = { column = "答复" }', "reply = {}", "needs a `column`"),
        ('reply = { column = "答复" }', 'reply = { column = "a", columns = ["b"] }', "either"),
        ('name = "town"', 'name = "Town Hall"', "name: String should match"),
        ('name = "town"', "name = ", "Invalid value"),
    ],
)
def test_mistakes_in_a_mapping_are_named(old: str, new: str, told: str) -> None:
    assert old in MAPPING
    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(MAPPING.replace(old, new), "town.toml")
    assert told in str(caught.value.params["problem"])


@pytest.mark.parametrize("file", ["../units.csv", "/etc/passwd", "", ".."])
def test_lookup_stays_in_its_folder(file: str) -> None:
    text = f'{MAPPING}\n[[lookups]]\nfile = "{file}"\nkey = "编号"\ncolumns = ["单位"]\n'
    with pytest.raises(MappingInvalid, match="without a path"):
        parse_mapping(text, "town.toml")
