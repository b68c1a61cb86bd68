"""What is read out of an e-mail."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from hotline.intake.mail.reading import plain_text, read_letter
from hotline.tickets.models import CONTENT_MAX
from tests.support.mailboxes import written


def test_a_letter_says_who_when_and_what() -> None:
    letter = read_letter(bytes(written()))
    assert (letter.sender_name, letter.sender) == ("张三", "zhangsan@example.org")
    assert letter.subject == "路灯不亮"
    assert letter.text == "建设路的路灯三天不亮，我的电话是13800001234"
    assert letter.sent_at == datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    assert not letter.is_automatic
    assert not letter.is_cut


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Unsubscribe": "<https://example.org/off>"},
    ],
)
def test_machines_are_known(headers: dict[str, str]) -> None:
    assert read_letter(bytes(written(**headers))).is_automatic


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@example.org", "no-reply@example.org"])
def test_senders_that_nobody_reads_are_known(sender: str) -> None:
    assert read_letter(bytes(written(sender=sender))).is_automatic


def test_what_is_quoted_below_is_left_out() -> None:
    text = (
        "谢谢，还是不亮。\n\n------------------ 原始邮件 ------------------\n发件人: 12345\n已受理"
    )
    assert read_letter(bytes(written(text))).text == "谢谢，还是不亮。"
    only = "-- Original Message --\nAll of it"
    assert "All of it" in read_letter(bytes(written(only))).text


def test_a_ticket_that_is_named_is_found() -> None:
    letter = read_letter(
        bytes(written("工单 2603020000011 和 2603020000012，身份证 12345678901234567"))
    )
    assert letter.mentions == ("2603020000011",)


def test_html_becomes_lines() -> None:
    mail = written("x")
    mail.clear_content()
    mail.set_content("<p>路灯</p><div>不亮<br>三天</div><script>alert(1)</script>", subtype="html")
    assert read_letter(bytes(mail)).text == "路灯\n不亮\n三天"
    assert plain_text("") == ""


def test_a_long_letter_is_cut_and_says_so() -> None:
    letter = read_letter(bytes(written("长" * (CONTENT_MAX + 5))))
    assert (len(letter.text), letter.is_cut) == (CONTENT_MAX, True)


def test_files_are_named() -> None:
    mail = written()
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="现场.png")
    assert read_letter(bytes(mail)).files == ("现场.png",)


def test_old_encodings_are_read() -> None:
    raw = (
        b"From: =?gbk?B?1cXI/Q==?= <a@example.org>\r\nSubject: =?gbk?B?wrfGug==?=\r\n"
        b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ) + "路灯不亮".encode("gb2312")
    letter = read_letter(raw)
    assert (letter.sender_name, letter.text) == ("张三", "路灯不亮")


def test_the_same_letter_has_the_same_digest() -> None:
    one, again = bytes(written()), bytes(written("changed on the way"))
    assert read_letter(one).digest == read_letter(again).digest
    assert read_letter(one).digest != read_letter(bytes(written(message_id="<2@x>"))).digest
    assert read_letter(b"a").digest != read_letter(b"b").digest


@settings(max_examples=150)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode()))
def test_whatever_comes_is_read(raw: bytes) -> None:
    letter = read_letter(raw)
    assert "\x00" not in letter.text + letter.subject + letter.sender_name
    assert letter.sender == "" or "@" in letter.sender
