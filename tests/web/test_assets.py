"""What goes over the wire: packed, kept by browsers, and of the disk only what belongs to pages."""

import httpx
import pytest

from tests.support.clients import ClientAs
from web.views.static_files import STATIC, static

CSS = "/static/vendor/tabler-1.6.1/tabler.used.css"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (CSS, "immutable"),
        (static("app.js"), "immutable"),
        (static("desk.js"), "immutable"),
        ("/static/app.js", "no-cache"),
    ],
)
async def test_a_file_with_its_version_in_its_address_is_kept_for_ever(
    client_as: ClientAs, path: str, kept: str
) -> None:
    found = await client_as(None).request("GET", path)
    assert found.status_code == 200
    assert kept in found.headers["cache-control"]
    again = await client_as(None).request(
        "GET", path, headers={"if-none-match": found.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("packing", ["gzip", "identity"])
async def test_a_file_is_packed_for_whoever_can_unpack_it(
    client_as: ClientAs, packing: str
) -> None:
    found = await client_as(None).request("GET", CSS, headers={"accept-encoding": packing})
    body = (STATIC / CSS.removeprefix("/static/")).read_bytes()
    assert found.content == body
    assert found.headers.get("content-encoding", "identity") == packing
    length = int(found.headers["content-length"])
    assert length == len(body) if packing == "identity" else length < len(body) / 4


@pytest.mark.parametrize(
    "path",
    ["/static/none.css", "/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"],
)
async def test_nothing_else_of_the_disk_is_served(client_as: ClientAs, path: str) -> None:
    assert (await client_as(None).get(path)).status_code == 404


async def test_pages_are_packed(client_as: ClientAs) -> None:
    page: httpx.Response = await client_as(None).get("/sign-in")
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "no-store"
    assert int(page.headers["content-length"]) < len(page.content)


async def test_the_stream_is_not_held_back(client_as: ClientAs) -> None:
    answer = await client_as("operator").get("/live", topics="nothing")
    assert "content-encoding" not in answer.headers
