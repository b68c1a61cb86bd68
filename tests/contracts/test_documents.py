"""What the documents say is there: links, files, commands, settings, codes, words on the screens."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import click
import pytest
from babel.messages.pofile import read_po

from hotline.kernel.settings import Settings
from tests.support.documents import GENERATED, HTTP_CODES, ROOT, domain_errors, renewed
from web.app import create_app
from web.errors import HTTP_PROBLEMS
from web.help.guides import GUIDES as HOUSE_GUIDES
from web.i18n import CATALOGUE
from web.resources import Resources
from web.run.cli import main

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = (
    *("operator", "dispatcher", "department", "auditor-and-visitor", "supervisor"),
    "observer",
)
SCREENSHOTS = ROOT / "docs/screenshots"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _prose(path: Path) -> str:
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(path), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if target.parent == SCREENSHOTS and not SCREENSHOTS.is_dir():
            continue
        assert target.exists(), f"{_name(path)} links to {link}"
        if anchor:
            assert anchor in _anchors(target), f"{_name(path)} links to {link}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    folders = "hotline|credit|web|migrations|tests|bench|docs"
    for name in re.findall(rf"`((?:{folders})/[\w./-]*)`", _prose(path)):
        assert (ROOT / name).exists(), f"{_name(path)} names {name}"


def test_every_document_can_be_found_from_the_index() -> None:
    index = _read("docs/index.md")
    for path in DOCUMENTS:
        if path.parent.name == "docs" and path.name != "index.md":
            assert f"]({path.name})" in index, path.name
        if path.parent.name == "adr":
            assert f"](adr/{path.name})" in index, path.name


@pytest.mark.parametrize("path", GENERATED)
def test_what_is_read_off_the_code_is_up_to_date(path: str) -> None:
    assert renewed(path) == _read(path), "run .venv/bin/python -m tests.support.documents"


def test_every_code_of_the_http_layer_is_explained() -> None:
    known = {error.code for error in domain_errors()}
    assert HTTP_CODES.keys() == HTTP_PROBLEMS.keys() - known


def _commands(group: click.Group, before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def test_the_readme_lists_every_command_and_no_other() -> None:
    listed = re.findall(r"^\| `(hotline(?: [a-z0-9-]+)+)", _read("README.md"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(_commands(main, "hotline"))


@pytest.mark.parametrize("document", ["README.md", "docs/administrator.md"])
def test_every_setting_is_described(document: str) -> None:
    described = set(re.findall(r"^\| `(HOTLINE_\w+)`", _read(document), flags=re.MULTILINE))
    assert described == {f"HOTLINE_{name.upper()}" for name in Settings.model_fields}


def test_the_document_of_the_interface_names_every_address_and_no_other() -> None:
    app = create_app(Settings(), cast("Resources", None))
    served = {
        (method.upper(), path)
        for path, item in (app.openapi_schema.paths or {}).items()
        for method in ("get", "post", "put", "patch", "delete")
        if getattr(item, method) is not None
    }
    text = _read("docs/api.md")
    named = {
        (method, path)
        for methods, path in re.findall(r"`((?:[A-Z]+, )*[A-Z]+) (/[\w/{}.-]+)`", text)
        for method in methods.split(", ")
    }
    ticket = "/api/v1/tickets/{number}"
    named |= {
        ("POST", f"{ticket}/{name}")
        for name in re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    }
    assert named == served


@pytest.mark.parametrize("guide", [*GUIDES, *(f"zh/{guide.code}" for guide in HOUSE_GUIDES)])
def test_a_guide_uses_the_words_of_the_screens(guide: str) -> None:
    with CATALOGUE.open("rb") as stream:
        catalogue = read_po(stream, locale="zh_CN")
    said = {
        text
        for message in catalogue
        for text in (message.string if isinstance(message.string, tuple) else (message.string,))
    }
    for word in re.findall(r"「([^」]+)」", _read(f"docs/{guide}.md")):
        assert word in said, f"no screen says {word}"
