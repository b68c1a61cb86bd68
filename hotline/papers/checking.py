"""Whether a Word document may serve as a template: it shows values of the paper, and does nothing else.

Templates come from offices, by way of many hands. So a tag may show a value, choose between two texts,
or go through one of the paper's lists; no calls, no filters, no look inside an object. And nothing in
the document may run or load anything where it is opened.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from zlib import error as DeflateError  # noqa: N812  # the name that the library should have given it

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from hotline.kernel.errors import N_
from hotline.papers.content import REQUIRED, list_names, scalar_names
from hotline.papers.errors import (
    MissingPlaceholders,
    TemplateNotPlain,
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateUnsafe,
    UnknownPlaceholders,
)
from hotline.papers.kinds import PaperKind

MOST_KIB = 1024
_MOST_UNPACKED = 4 * 1024 * 1024
_MOST_PARTS = 200
_MAIN_TYPE = b"wordprocessingml.document.main+xml"
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "MERGEFORMAT"})
"""Fields that count pages; any other may fetch or run something."""

_REFUSED_PARTS = re.compile(r"vba|macro|activex|embeddings|oleobject|\.bin$|afchunk", re.IGNORECASE)
_REFUSED_RELATIONS = re.compile(
    rb"TargetMode\s*=\s*[\"']External|aFChunk|attachedTemplate|oleObject"
)
_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")
"""What the renderer takes for templates too, where nobody looks."""

DAMAGED = (
    OpcError,
    KeyError,
    ValueError,
    AttributeError,
    NotImplementedError,
    RuntimeError,  # an encrypted archive
    zipfile.BadZipFile,
    DeflateError,
    etree.LxmlError,
)
"""What the libraries raise at documents that are none."""

_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.For,
    nodes.If,
    nodes.Const,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.CondExpr,
)
_LOOP = ("index", "first", "last", "length")


def sandbox() -> ImmutableSandboxedEnvironment:
    """Return the environment that templates are read and filled in: no filter, no function."""
    environment = ImmutableSandboxedEnvironment(autoescape=True)
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    return environment


def check_template(kind: PaperKind, body: bytes) -> None:
    """Pass in silence when a document may serve as the template of a kind of papers.

    Raises:
        TemplateTooLarge: no paper needs so much.
        TemplateUnreadable: it is no Word document.
        TemplateUnsafe: it would run or load something where it is opened.
        TemplateNotPlain: a tag does more than showing values.
        UnknownPlaceholders: it names what such papers do not have.
        MissingPlaceholders: it leaves out what every paper must show.
    """
    if len(body) > MOST_KIB * 1024:
        raise TemplateTooLarge(most_kib=MOST_KIB)
    try:
        _check_parts(body)
        sources = list(_sources(body))
    except DAMAGED as error:
        raise TemplateUnreadable from error
    scalars, lists = scalar_names(kind), list_names(kind)
    named: set[str] = set()
    unknown: set[str] = set()
    for source in sources:
        tree = _parsed(source)
        _require_plain(tree)
        reader = _Reader(scalars, lists)
        reader.read(tree)
        named |= reader.named
        unknown |= reader.unknown
    if unknown:
        raise UnknownPlaceholders(names=sorted(unknown))
    missing = [name for name in REQUIRED if name not in named]
    if missing:
        raise MissingPlaceholders(names=missing)


def _check_parts(body: bytes) -> None:
    """Look at every part of the archive before any library opens it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
            raise TemplateTooLarge(most_kib=MOST_KIB)
        if _MAIN_TYPE not in archive.read("[Content_Types].xml"):
            raise TemplateUnreadable
        for part in parts:
            if _REFUSED_PARTS.search(part.filename):
                raise TemplateUnsafe(part=part.filename)
            _check_text(part.filename, archive.read(part))


def _check_text(name: str, text: bytes) -> None:
    if not name.endswith((".xml", ".rels")):
        return
    # An entity could make a small document large, or fetch a file of this machine.
    if b"\x00" in text or re.search(rb"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise TemplateUnsafe(part=name)
    if name.endswith(".rels") and _REFUSED_RELATIONS.search(text):
        raise TemplateUnsafe(part=name)
    if name.startswith("word/") and name.endswith(".xml"):
        _check_fields(name, text)


def _check_fields(name: str, text: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(text, parser)  # entities were refused above
    for paragraph in root.iter(f"{_W}p"):
        said = "".join(part.text or "" for part in paragraph.iter(f"{_W}instrText"))
        said += " ".join(part.get(f"{_W}instr", "") for part in paragraph.iter(f"{_W}fldSimple"))
        if set(re.findall(r"[A-Za-z]{2,}", said.upper())) - _FIELDS:
            raise TemplateUnsafe(part=name)


def _sources(body: bytes) -> Iterator[str]:
    """Return every text of the document that the renderer takes for a template."""
    template = DocxTemplate(io.BytesIO(body))
    document = docx.Document(io.BytesIO(body))
    yield template.patch_xml(template.xml_to_string(document.element.body))
    wanted = (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER)
    for relation in document.part.rels.values():
        if relation.reltype in wanted:
            yield template.patch_xml(relation.target_part.blob.decode())
    for part in document.part.package.iter_parts():
        if part.content_type == _FOOTNOTES:
            yield template.patch_xml(part.blob.decode())
    for name in _PROPERTIES:
        yield str(getattr(document.core_properties, name))


def _parsed(source: str) -> nodes.Template:
    try:
        return sandbox().parse(source)
    except TemplateError as error:
        raise TemplateNotPlain(problem=str(error.message or "")) from error
    except RecursionError as error:
        raise TemplateNotPlain(problem=N_("it is nested too deeply")) from error


def _require_plain(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _PLAIN):
            raise TemplateNotPlain(problem=f"{type(node).__name__} ({node.lineno})")
        if isinstance(node, nodes.Getattr) and (
            not isinstance(node.node, nodes.Name) or node.attr.startswith("_")
        ):
            raise TemplateNotPlain(problem=f".{node.attr}")
        if isinstance(node, nodes.For) and (
            not isinstance(node.iter, nodes.Name)
            or not isinstance(node.target, nodes.Name)
            or node.recursive
            or any(inner is not node for inner in node.find_all(nodes.For))
        ):
            raise TemplateNotPlain(problem=N_("a list goes through one of the paper's lists only"))


class _Reader:
    """Reads which values a template names; names of list items hold inside their list only."""

    def __init__(self, scalars: frozenset[str], lists: Mapping[str, tuple[str, ...]]) -> None:
        self._scalars = scalars
        self._lists = lists
        self.named: set[str] = set()
        self.unknown: set[str] = set()

    def read(
        self, node: nodes.Node, item: str | None = None, columns: tuple[str, ...] = ()
    ) -> None:
        """Read a part of a template; inside a list, `item` has `columns`."""
        if isinstance(node, nodes.For):
            self._read_list(node)
            return
        if isinstance(node, nodes.Getattr):
            self._read_column(node, item, columns)
            return
        if isinstance(node, nodes.Name):
            self._read_name(node.name)
            return
        for child in node.iter_child_nodes():
            self.read(child, item, columns)

    def _read_list(self, node: nodes.For) -> None:
        source, target = node.iter, node.target
        if not isinstance(source, nodes.Name) or not isinstance(target, nodes.Name):
            return  # such lists were refused before
        if source.name not in self._lists:
            self.unknown.add(source.name)
            return
        self.named.add(source.name)
        columns = self._lists[source.name]
        parts = [*node.body, *node.else_, *([node.test] if node.test else [])]
        for part in parts:
            self.read(part, target.name, columns)

    def _read_column(self, node: nodes.Getattr, item: str | None, columns: tuple[str, ...]) -> None:
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        is_known = item is not None and (
            (name == item and node.attr in columns) or (name == "loop" and node.attr in _LOOP)
        )
        if not is_known:
            self.unknown.add(f"{name}.{node.attr}")

    def _read_name(self, name: str) -> None:
        if name in self._scalars or name in self._lists:
            self.named.add(name)
        else:
            self.unknown.add(name)
