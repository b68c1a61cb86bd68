"""A matter in three steps: kept from page to page, forwards and backwards, without a script."""

import re

from hotline.citizens.submissions import KEPT_FOR
from tests.support.builders import PHONE, Build
from tests.support.clock import FrozenClock
from tests.support.pictures import SECRET, jpeg
from tests.web.pages.conftest import Person, PersonAs, said

WHAT = {"request_type": "help", "content": "解放路8号的井盖松动。车一过就响，怕出事", "then": "on"}
WHERE = {"address": "解放路8号", "since": "上周起", "then": "on"}
WHO = {"phone": PHONE, "name": "欧阳测试", "then": "on"}


async def _begun(stranger: Person, **more: str) -> str:
    answer = await stranger.post("/submit/steps", WHAT | more)
    assert answer.status_code == 303
    return re.match(r"/submit/([\w-]+)/", answer.headers["location"])[1]  # type: ignore[index]


async def _at(stranger: Person, path: str) -> str:
    """Follow to the page that is shown."""
    answer = await stranger.get(path)
    while answer.status_code == 303:
        answer = await stranger.get(answer.headers["location"])
    assert answer.status_code == 200
    return answer.text


async def _sent(stranger: Person, key: str) -> tuple[str, str]:
    await stranger.post(f"/submit/{key}/where", WHERE)
    await stranger.post(f"/submit/{key}/who", WHO)
    answer = await stranger.post(f"/submit/{key}/check", {"then": "send"})
    assert answer.headers["location"] == f"/submit/{key}/done"
    page = await _at(stranger, f"/submit/{key}/done")
    found = re.findall(r'class="number">\s*<strong>(\w+)</strong>', page)
    return found[0], found[1]


async def test_three_steps_and_a_look_make_a_ticket(stranger: Person, build: Build) -> None:
    first = await stranger.get("/submit")
    assert first.status_code == 200
    assert first.text.count("<script") == first.text.count("<script src=")
    key = await _begun(stranger)
    where = await _at(stranger, f"/submit/{key}/where")
    assert 'value="解放路8号"' in where  # read off what happened
    answer = await stranger.post(f"/submit/{key}/where", WHERE)
    assert answer.headers["location"] == f"/submit/{key}/who?from=where"
    answer = await stranger.post(f"/submit/{key}/who", WHO)
    check = said(await _at(stranger, answer.headers["location"]))
    for words in ("怕出事", "解放路8号", "上周起", PHONE, "解放路8号的井盖松动"):
        assert words in check
    number, code = await _sent(stranger, key)
    ticket = await build.find(number)
    assert (ticket.query_code, ticket.channel) == (code, "web")
    assert ticket.title == "解放路8号的井盖松动"
    assert ticket.content.endswith("上周起")
    assert (
        await stranger.post("/track", {"number": number, "query_code": code})
    ).status_code == 200


async def test_sent_twice_or_loaded_again_it_is_one_ticket(stranger: Person, build: Build) -> None:
    key = await _begun(stranger)
    keys = await _sent(stranger, key)
    for _ in range(2):
        answer = await stranger.post(f"/submit/{key}/check", {"then": "send"})
        assert answer.headers["location"] == f"/submit/{key}/done"
        assert keys[1] in await _at(stranger, f"/submit/{key}/done")
    late = await stranger.post(f"/submit/{key}/what", WHAT | {"content": "zu spät"})
    assert late.headers["location"] == f"/submit/{key}/done"
    assert (await build.find(keys[0])).content.startswith("解放路8号的井盖松动")


async def test_nothing_is_lost_on_the_way_back(stranger: Person) -> None:
    key = await _begun(stranger)
    answer = await stranger.post(f"/submit/{key}/where", {"address": "人民路", "then": "back"})
    assert answer.headers["location"] == f"/submit/{key}/what"
    assert "怕出事" in await _at(stranger, f"/submit/{key}/what")
    assert 'value="人民路"' in await _at(stranger, f"/submit/{key}/where")


async def test_two_windows_do_not_undo_each_other(stranger: Person) -> None:
    key = await _begun(stranger)
    await stranger.post(f"/submit/{key}/where", WHERE)
    await stranger.post(f"/submit/{key}/who", WHO)
    await stranger.post(f"/submit/{key}/what", WHAT | {"content": "井盖没了"})
    check = said(await _at(stranger, f"/submit/{key}/check"))
    assert "井盖没了" in check
    assert PHONE in check


async def test_what_is_missing_is_said_at_its_field(stranger: Person) -> None:
    key = await _begun(stranger, content="")
    page = await _at(stranger, f"/submit/{key}/what?wrong=1")
    assert 'href="#content-error"' in page
    await stranger.post(f"/submit/{key}/what", WHAT)
    for name, value, wrong in (
        ("phone", "", "phone"),
        ("phone", "call me", "phone"),
        ("email", "nobody", "email"),
    ):
        await stranger.post(f"/submit/{key}/where", WHERE)
        sent = WHO | {"phone": PHONE} | {name: value}
        await stranger.post(f"/submit/{key}/who", sent)
        page = await _at(stranger, f"/submit/{key}/check?from=who")
        assert f'id="{wrong}-error"' in page
        assert not value or f'value="{value}"' in page


async def test_nobody_jumps_over_a_page(stranger: Person) -> None:
    key = await _begun(stranger)
    answer = await stranger.get(f"/submit/{key}/check")
    assert answer.headers["location"].startswith(f"/submit/{key}/where")
    answer = await stranger.post(f"/submit/{key}/check", {"then": "send"})
    assert answer.headers["location"].startswith(f"/submit/{key}/where")


async def test_what_is_gone_says_so_and_what_comes_with_it_is_kept(
    stranger: Person, clock: FrozenClock
) -> None:
    key = await _begun(stranger)
    clock.move(seconds=KEPT_FOR.total_seconds())
    answer = await stranger.get(f"/submit/{key}/where")
    assert answer.status_code == 404
    assert "重新填写" in answer.text
    answer = await stranger.post(f"/submit/{key}/what", WHAT)
    fresh = answer.headers["location"]
    assert key not in fresh
    assert "怕出事" in await _at(stranger, fresh)
    assert (await stranger.get("/submit/another/what")).status_code == 404


async def test_photos_are_kept_without_what_they_tell(
    stranger: Person, person_as: PersonAs, clock: FrozenClock
) -> None:
    photo = ("photos", ("a.jpg", jpeg(6), "text/html"))
    answer = await stranger.post("/submit/steps", WHAT | {"then": "stay"}, files=[photo, photo])
    key = answer.headers["location"].split("/")[2]
    page = await _at(stranger, f"/submit/{key}/what")
    (address,) = re.findall(r'src="(/submit/[^"]+/photos/[^"]+)"', page)
    kept = await stranger.get(address)
    assert kept.headers["content-type"] == "image/jpeg"
    assert "sandbox" in kept.headers["content-security-policy"]
    assert SECRET not in kept.content
    number, code = await _sent(stranger, key)
    keys = {"number": number, "query_code": code}
    track = (await stranger.post("/track", keys)).text
    (shown,) = re.findall(r'<img src="(/photos/[^"]+)"', track)
    assert (await stranger.get(shown)).content == kept.content
    assert (await stranger.get(shown[:-1] + "x")).status_code == 404
    clock.move(minutes=1)
    added = await stranger.post(
        "/track/actions/contribute", keys, files=[("photos", ("b.jpg", jpeg(), "image/jpeg"))]
    )
    assert added.status_code == 200
    assert len(re.findall(r'<img src="/photos/', added.text)) == 2
    staff = await person_as("operator").get(f"/tickets/{number}/photos")
    (address, _) = re.findall(r'<img src="([^"]+)"', staff.text)
    assert (await person_as("operator").get(address)).content == kept.content
    assert (await person_as("handler.zhujian").get(address)).status_code == 404
    assert (await stranger.get(address)).status_code != 200
    bad = await stranger.post(
        "/track/actions/contribute", keys, files=[("photos", ("c.jpg", b"<svg>", "image/jpeg"))]
    )
    assert bad.status_code == 422
    assert (await stranger.post("/track/actions/contribute", keys)).status_code == 422


async def test_what_is_no_photo_is_refused_and_the_words_stay(stranger: Person) -> None:
    bad = ("photos", ("a.jpg", b"<svg>", "image/jpeg"))
    answer = await stranger.post("/submit/steps", WHAT, files=[bad])
    assert answer.status_code == 422
    assert "怕出事" in answer.text
    key = await _begun(stranger)
    answer = await stranger.post(f"/submit/{key}/what", WHAT | {"content": "neu"}, files=[bad])
    assert answer.status_code == 422
    assert "neu" in answer.text


async def test_beginning_without_end_comes_to_a_kind_end(stranger: Person) -> None:
    for _ in range(120):
        await stranger.post("/submit/steps", WHAT)
    answer = await stranger.post("/submit/steps", WHAT)
    assert answer.status_code == 429
    assert "怕出事" in answer.text
    assert "12345" in said(answer.text)


async def test_all_on_one_page_is_there_as_well(stranger: Person) -> None:
    page = await stranger.get("/submit/whole")
    assert page.status_code == 200
    assert 'name="title"' in page.text
