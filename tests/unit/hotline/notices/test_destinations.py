"""Where messages may go, and how addresses are shown."""

import pytest

from hotline.notices.destinations import destination_fault, mask_destination, url_fault
from hotline.notices.models import DeliveryChannel as C


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        (C.SMS, "13900001234", "139****1234"),
        (C.EMAIL, "zhang@example.test", "z***@example.test"),
        (C.EMAIL, "zhang@example.test, li@example.test", "z***@example.test, l***@example.test"),
        (C.WEBHOOK, "https://example.test:8443/a?key=b", "https://example.test/…"),
    ],
)
def test_an_address_is_recognised_and_not_used(channel: C, address: str, shown: str) -> None:
    assert mask_destination(channel, address) == shown


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/hook",
        "http://192.168.0.7:8080/",
        "http://172.16.0.1/",
        "https://[fd00::1]/",
        "https://oapi.dingtalk.com/robot/send?access_token=abc",
        "https://大屏.example.test/",
    ],
)
def test_an_intranet_may_be_called(url: str) -> None:
    assert url_fault(url, allow_loopback=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/",
        "http://it.localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_this_machine_only_when_it_is_allowed(url: str) -> None:
    assert url_fault(url, allow_loopback=False) == "this machine must not be called"
    assert url_fault(url, allow_loopback=True) is None


@pytest.mark.parametrize(
    "url",
    [
        *("http://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0/", "http://[::]/"),
        *("http://224.0.0.1/", "http://100.100.100.200/", "http://[::ffff:169.254.0.1]/"),
        *("ftp://example.test/", "//example.test/", "http://", "", "http://[odd/"),
        *("http://me:word@example.test/", "http://me@example.test/", "http://example.test:port/"),
        "https://example.test/" + "a" * 500,
    ],
)
def test_what_is_never_called(url: str) -> None:
    assert url_fault(url, allow_loopback=True) is not None


@pytest.mark.parametrize(
    ("address", "is_right"),
    [
        ("a@example.test", True),
        ("a@example.test; b@example.test，c@example.test", True),
        ("", False),
        ("a@example", False),
        ("a@example.test, b", False),
        ("a@exa mple.test", False),
        ("a@example.test\r\nBcc:x", False),
        (", ".join(f"a{n}@example.test" for n in range(21)), False),
    ],
)
def test_a_list_of_mail_addresses(address: str, *, is_right: bool) -> None:
    assert (destination_fault(C.EMAIL, address, allow_loopback=False) is None) is is_right
