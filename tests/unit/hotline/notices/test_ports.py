"""One contract for every port: a message is taken, or the reason why not is said, nothing else."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.kernel.settings import Settings
from hotline.notices.adapters.folder import FolderPort, NullPort
from hotline.notices.adapters.http import make_session
from hotline.notices.adapters.mail import MailPort
from hotline.notices.adapters.opening import mail_port, open_ports
from hotline.notices.adapters.robots import DIALECTS, RobotPort
from hotline.notices.adapters.sms import SmsPort
from hotline.notices.adapters.webhook import WebhookPort
from hotline.notices.models import DeliveryChannel
from hotline.notices.ports import Message, NotAccepted, Port
from tests.support.gateways import HttpGateway, MailServer, http_gateway, mail_server

C = DeliveryChannel
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
PHONE, MAIL = "13900001234", "zhang@example.test"
SECRET = "a-shared-secret-of-tests"
PATIENCE = 0.2
HTTP = {
    C.WEBHOOK: b"whatever",
    C.SMS: b'{"code": 0, "id": "g-1"}',
    C.DINGTALK: b'{"errcode": 0, "errmsg": "ok"}',
    C.WECOM: b'{"errcode": 0, "errmsg": "ok"}',
    C.FEISHU: b'{"code": 0, "msg": "success"}',
}


@dataclass
class Road:
    """A port with the gateway at its end."""

    port: Port
    channel: DeliveryChannel
    address: str
    arrived: Callable[[], int]
    http: HttpGateway | None = None
    mail: MailServer | None = None

    def message(self, **said: Any) -> Message:
        return Message(
            **{
                "delivery_id": "019cac0f-2680-704c-9f89-3b1a8e938272",
                "channel": self.channel,
                "address": self.address,
                "secret": SECRET,
                "subject": "工单：已超时限",
                "text": "工单 2611210000017：办结已超时限。",
                "data": {"rung": "red"},
                "at": NOW,
                **said,
            }
        )


ROADS = [*HTTP, C.EMAIL, "folder", "null"]


@pytest.fixture
async def road(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Road]:
    match request.param:
        case "folder":
            port = FolderPort(tmp_path)
            path = tmp_path / "2026-03-02" / "sms.jsonl"
            yield Road(port, C.SMS, PHONE, lambda: len(path.read_text("utf-8").splitlines()))
        case "null":
            null = NullPort()
            yield Road(null, C.SMS, PHONE, lambda: len(null.messages))
        case C.EMAIL:
            async with mail_server() as server:
                mail = MailPort("127.0.0.1", server.port, "hotline@example.test", patience=PATIENCE)
                yield Road(mail, C.EMAIL, MAIL, lambda: len(server.letters), mail=server)
        case channel:
            async with (
                http_gateway() as gateway,
                make_session(guarded=True, allow_loopback=True, patience=PATIENCE) as session,
            ):
                gateway.body = HTTP[channel]
                ports: dict[DeliveryChannel, Port] = {
                    C.WEBHOOK: WebhookPort(session),
                    C.SMS: SmsPort(session, gateway.url, "key-1", SECRET, "12345热线"),
                    **{kind: RobotPort(session, dialect) for kind, dialect in DIALECTS.items()},
                }
                yield Road(
                    ports[channel],
                    channel,
                    PHONE if channel is C.SMS else gateway.url,
                    lambda: len(gateway.requests),
                    http=gateway,
                )


every_road = pytest.mark.parametrize("road", ROADS, indirect=True)
http_roads = pytest.mark.parametrize("road", HTTP, indirect=True)
speaking_roads = pytest.mark.parametrize(
    "road", [c for c in HTTP if c is not C.WEBHOOK], indirect=True
)
mail_road = pytest.mark.parametrize("road", [C.EMAIL], indirect=True)


async def refusal(road: Road, **said: Any) -> NotAccepted:
    with pytest.raises(NotAccepted) as caught:
        await road.port.send(road.message(**said))
    assert PHONE not in caught.value.reason
    assert MAIL not in caught.value.reason
    assert SECRET not in str(caught.value)
    return caught.value


def gateway_of(road: Road) -> HttpGateway:
    assert road.http is not None
    return road.http


# -- taken ---------------------------------------------------------------------------------------


@every_road
async def test_each_message_arrives_once(road: Road) -> None:
    for n in range(1, 4):
        await road.port.send(road.message())
        assert road.arrived() == n


@every_road
async def test_a_message_shows_no_address_when_it_is_printed(road: Road) -> None:
    shown = repr(road.message())
    assert road.address not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("road", [C.WEBHOOK], indirect=True)
async def test_a_webhook_is_signed_and_its_repetition_known(road: Road) -> None:
    await road.port.send(road.message())
    await road.port.send(road.message())
    (headers, _, body), (again, _, same) = gateway_of(road).requests
    assert body == same
    identity = headers["X-Hotline-Delivery"]
    assert identity == headers["Idempotency-Key"] == again["Idempotency-Key"]
    signed = f"{STAMP}.{identity}.{body.decode()}".encode()
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Hotline-Signature"] == f"v1={expected}"
    assert headers["X-Hotline-Timestamp"] == STAMP
    assert json.loads(body) == {
        "delivery_id": identity,
        "rung": "red",
        "subject": "工单：已超时限",
        "text": "工单 2611210000017：办结已超时限。",
    }
    await road.port.send(road.message(secret=None))
    assert "X-Hotline-Signature" not in gateway_of(road).requests[-1][0]


@pytest.mark.parametrize("road", [C.SMS], indirect=True)
async def test_a_text_message_is_signed_and_named(road: Road) -> None:
    accepted = await road.port.send(road.message())
    assert accepted.reference == "g-1"
    headers, _, body = gateway_of(road).requests[0]
    expected = hmac.new(SECRET.encode(), f"{STAMP}.{body.decode()}".encode(), hashlib.sha256)
    assert headers["X-Hotline-Signature"] == expected.hexdigest()
    assert headers["X-Hotline-Key"] == "key-1"
    sent = json.loads(body)
    assert (sent["to"], sent["sign"]) == (PHONE, "12345热线")
    assert sent["id"] == headers["Idempotency-Key"]


@pytest.mark.parametrize("road", DIALECTS, indirect=True)
async def test_robots_are_spoken_to_in_their_own_words(road: Road) -> None:
    await road.port.send(road.message())
    _, query, body = gateway_of(road).requests[0]
    sent = json.loads(body)
    text = road.message().text

    def keyed(key: str, said: str) -> str:
        return base64.b64encode(hmac.digest(key.encode(), said.encode(), "sha256")).decode()

    match road.channel:
        case C.DINGTALK:
            assert sent == {"msgtype": "text", "text": {"content": text}}
            stamp = f"{STAMP}000"
            assert query == {"timestamp": stamp, "sign": keyed(SECRET, f"{stamp}\n{SECRET}")}
        case C.WECOM:
            assert (sent, query) == ({"msgtype": "text", "text": {"content": text}}, {})
        case C.FEISHU:
            assert sent == {
                "msg_type": "text",
                "content": {"text": text},
                "timestamp": STAMP,
                "sign": keyed(f"{STAMP}\n{SECRET}", ""),
            }
        case _:
            pytest.fail("not a robot")
    await road.port.send(road.message(secret=None))
    assert "sign" not in str(gateway_of(road).requests[-1][1:])


@mail_road
async def test_a_letter_is_plain_and_known_again(road: Road) -> None:
    assert road.mail is not None
    accepted = await road.port.send(road.message(subject="工单\r\nBcc: x@example.test"))
    assert accepted.reference == "ABC123"
    receivers, letter = road.mail.letters[0]
    assert receivers == [MAIL]
    assert letter["To"] == MAIL
    assert letter["Subject"] == "工单 Bcc: x@example.test"
    assert letter["Bcc"] is None
    assert letter["Message-ID"] == f"<{road.message().delivery_id}@example.test>"
    assert letter.get_content().strip() == road.message().text


@mail_road
async def test_receivers_of_a_list_do_not_see_each_other(road: Road) -> None:
    assert road.mail is not None
    road.mail.replies["RCPT TO:<li@example.test>"] = "550 who is that\r\n"
    road.mail.replies["RCPT <li@example.test>"] = "550 who is that\r\n"
    accepted = await road.port.send(road.message(address=f"{MAIL}, li@example.test"))
    receivers, letter = road.mail.letters[0]
    assert receivers == [MAIL]
    assert MAIL not in letter.as_string()
    assert accepted.remark == "refused for 1 of 2 receivers"


@pytest.mark.parametrize("road", ["folder"], indirect=True)
async def test_the_folder_can_be_read(road: Road, tmp_path: Path) -> None:
    await road.port.send(road.message())
    line = json.loads((tmp_path / "2026-03-02" / "sms.jsonl").read_text("utf-8"))
    assert line["to"] == PHONE
    assert line["text"] == road.message().text
    assert line["at"] == "2026-03-02T09:00:00+08:00"


# -- faults --------------------------------------------------------------------------------------


@http_roads
@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        *((status, False) for status in (500, 502, 503, 429, 408)),
        *((status, True) for status in (400, 401, 404, 410, 301)),
    ],
)
async def test_what_a_status_means(road: Road, status: int, *, is_final: bool) -> None:
    gateway = gateway_of(road)
    gateway.status = status
    gateway.headers = {"Location": "http://169.254.169.254/"}
    error = await refusal(road)
    assert (error.is_final, error.reason) == (is_final, f"answered {status}")
    assert len(gateway.requests) == 1, "no redirect is followed"


@http_roads
@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30), ("999999", 3600), ("soon", None), ("-1", None), ("", None)]
)
async def test_how_long_to_wait(road: Road, header: str, seconds: float | None) -> None:
    gateway_of(road).status = 429
    gateway_of(road).headers = {"Retry-After": header}
    assert (await refusal(road)).retry_after == seconds


@http_roads
async def test_silence_is_no_answer(road: Road) -> None:
    gateway_of(road).hang = True
    error = await refusal(road)
    assert (error.is_final, error.reason) == (False, "no answer in time")


@speaking_roads
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"errcode": [], "code": {}}',
        b'{"errcode": -1, "code": -1}',
        b"[" * 100_000,
    ],
)
async def test_garbage_is_no_answer(road: Road, body: bytes) -> None:
    gateway_of(road).body = body
    assert not (await refusal(road)).is_final


@pytest.mark.parametrize("road", DIALECTS, indirect=True)
async def test_a_robot_that_says_no_has_not_taken_it(road: Road) -> None:
    """They answer 200 all the same."""
    dialect = DIALECTS[road.channel]
    for code in dialect.final:
        gateway_of(road).body = json.dumps({dialect.code: code}).encode()
        error = await refusal(road)
        assert (error.is_final, error.reason) == (True, f"the robot answered code {code}")


@mail_road
@pytest.mark.parametrize(
    ("replies", "is_final"),
    [
        ({"HELLO": "421 not now\r\n"}, False),
        ({"HELLO": "554 go away\r\n"}, True),
        ({"HELLO": "garbage\r\n"}, False),
        ({"MAIL": "451 later\r\n"}, False),
        ({"MAIL": "553 never\r\n"}, True),
        ({"RCPT": "450 full: zhang@example.test\r\n"}, False),
        ({"RCPT": "550 zhang@example.test unknown\r\n"}, True),
        ({"DATA": "451 later\r\n"}, False),
        ({"DATA": "554 spam\r\n"}, True),
    ],
)
async def test_what_a_mail_server_means(
    road: Road, replies: dict[str, str], *, is_final: bool
) -> None:
    assert road.mail is not None
    road.mail.replies |= replies
    assert (await refusal(road)).is_final is is_final


@mail_road
async def test_a_silent_mail_server_is_none(road: Road) -> None:
    assert road.mail is not None
    road.mail.hang = True
    assert not (await refusal(road)).is_final


def _closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_nobody_at_home() -> None:
    port = _closed_port()
    async with make_session(guarded=False, patience=PATIENCE) as session:
        web = Road(WebhookPort(session), C.WEBHOOK, f"http://127.0.0.1:{port}/", lambda: 0)
        assert not (await refusal(web)).is_final
        lost = Road(WebhookPort(session), C.WEBHOOK, "http://nobody.invalid/", lambda: 0)
        assert not (await refusal(lost)).is_final
    mail = Road(MailPort("127.0.0.1", port, "h@example.test"), C.EMAIL, MAIL, lambda: 0)
    assert not (await refusal(mail)).is_final


# -- machines that must not be called ------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_this_machine_is_not_called(host: str) -> None:
    async with http_gateway() as gateway, make_session(guarded=True) as session:
        url = gateway.url.replace("127.0.0.1", host)
        road = Road(WebhookPort(session), C.WEBHOOK, url, lambda: len(gateway.requests))
        error = await refusal(road)
        assert road.arrived() == 0
        assert "must not be called" in error.reason


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://100.100.100.200/",
        "http://0.0.0.0/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "file:///etc/passwd",
        "gopher://example.test/",
        "http://user:word@example.test/",
        "http://",
        "nonsense",
    ],
)
async def test_what_is_never_called(url: str) -> None:
    async with make_session(guarded=True, allow_loopback=True, patience=PATIENCE) as session:
        road = Road(WebhookPort(session), C.WEBHOOK, url, lambda: 0)
        await refusal(road)


# -- settings ------------------------------------------------------------------------------------


def _settings(tmp_path: Path, **said: Any) -> Settings:
    return Settings(home=tmp_path, **said)


async def test_which_roads_an_installation_has(tmp_path: Path) -> None:
    async with open_ports(_settings(tmp_path)) as ports:
        assert set(ports) == {C.WEBHOOK, C.DINGTALK, C.WECOM, C.FEISHU}
    gateways = {
        "smtp_url": "smtps://me:p%40ss@mail.example.test",
        "sms_url": "http://127.0.0.1/send",
        "sms_secret": SECRET,
    }
    async with open_ports(_settings(tmp_path, **gateways)) as ports:
        assert set(ports) == set(C)
    async with open_ports(_settings(tmp_path, demo=True, **gateways)) as ports:
        assert set(ports) == set(C)
        assert all(isinstance(port, FolderPort) for port in ports.values())
    async with open_ports(_settings(tmp_path, delivery="off", **gateways)) as ports:
        assert ports == {}


@pytest.mark.parametrize(
    ("url", "port", "tls", "must"),
    [
        ("smtp://h", 25, False, False),
        ("smtps://u:p%40@h", 465, True, False),
        ("smtp+tls://h:2525", 2525, False, True),
    ],
)
def test_how_a_mail_server_is_named(url: str, port: int, *, tls: bool, must: bool) -> None:
    made = mail_port(url, "a@b")
    assert (made.host, made.port, made.tls, made.must_encrypt) == ("h", port, tls, must)
    assert made.password in {None, "p@"}
    assert "p@" not in repr(made).replace("sender", "")
