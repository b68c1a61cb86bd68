"""Templates compile, speak through the catalogue and carry nothing that the CSP would refuse."""

import re
from pathlib import Path

import pytest

from web.i18n import LANGUAGE_NAMES, LANGUAGES
from web.views.rendering import WEB, environment
from web.views.static_files import BUNDLES, STATIC, static

TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
TABLER_CLASSES = Path(__file__).parents[1] / "support/tabler_classes.txt"
"""Every class that the whole sheet knows."""

SPRITE = (STATIC / "vendor/tabler-icons-3.51.0/sprite.svg").read_text()


def _name(path: Path) -> str:
    return path.relative_to(WEB / "templates").as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_compiles_and_keeps_the_rules(path: Path) -> None:
    source = path.read_text()
    environment().get_template(_name(path))
    assert not re.search(r"[\u4e00-\u9fff]", source), "Chinese words belong to the catalogue"
    assert not re.search(r"<script(?![^>]*\bsrc=)", source), "inline scripts"
    assert not re.search(r"""\s(style|on\w+|hx-on[\w:-]*)\s*=\s*["']""", source), "inline code"
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", source), "foreign address"
    assert "|safe" not in source.replace(" ", ""), "unescaped text"


def test_every_icon_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE))
    used = {
        name
        for path in TEMPLATES
        for name in re.findall(r"""\bicon\(["']([\w-]+)["']\)""", path.read_text())
    }
    assert used <= known


def test_static_files_are_there_and_name_their_licence() -> None:
    assert static("app.css").startswith("/static/app.css?v=")
    for name, parts in BUNDLES.items():
        assert not (STATIC / name).exists()
        assert all((STATIC / part).is_file() for part in parts)
    for vendored in (STATIC / "vendor").iterdir():
        assert re.search(r"-\d+\.\d+\.\d+$", vendored.name)
        assert (vendored / "LICENSE").stat().st_size > 200
    for path in TEMPLATES:
        for asset in re.findall(r'"/static/([\w./-]+)"', path.read_text()):
            assert (STATIC / asset).is_file()


def test_no_class_was_cut_off_the_style_sheet_of_tabler_that_a_page_uses() -> None:
    """Cut it anew when this fails: `docs/developer.md`, "What goes over the wire"."""
    whole = set(TABLER_CLASSES.read_text().split())
    (sheet,) = (STATIC / "vendor").glob("tabler-[0-9]*/*.css")
    kept = set(re.findall(r"\.([A-Za-z][\w-]*)", sheet.read_text()))
    lists = [
        *(
            found
            for path in TEMPLATES
            for found in re.findall(r'class="([^"]*)"', path.read_text())
        ),
        *(
            found
            for path in STATIC.glob("*.js")
            for found in re.findall(
                r"""class(?:Name|List).*["'`]([\w -]+)["'`]""", path.read_text()
            )
        ),
    ]
    used = {name for words in lists for name in re.findall(r"[A-Za-z][\w-]*", words)}
    assert len(used & kept) > 30
    assert not used & whole - kept


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    for sheet in STATIC.rglob("*.css"):
        assert not re.search(r"""@import|url\(\s*["']?(?!data:|["']?data:)""", sheet.read_text())


def test_there_is_a_name_for_every_language() -> None:
    assert set(LANGUAGE_NAMES) == set(LANGUAGES)
