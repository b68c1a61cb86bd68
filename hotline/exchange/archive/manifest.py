"""The first thing that is read of an archive: what must be in it, and the proof that it is."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hotline.exchange.archive.errors import ArchiveTooNew, NoArchive
from hotline.exchange.archive.sealing import SCRYPT_N, SCRYPT_P, SCRYPT_R, ArchiveKeys, keys_of

FORMAT = "hotline-archive"
VERSION = 1
MEMBER = "manifest.json"
MOST_BYTES = 4 << 20

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """A table as it stands in the archive.

    Attributes:
        sha256: of the member, as it is before it is packed.
        content: of the rows in plain words, under the passphrase: the same for the same rows.
    """

    rows: int
    bytes: int
    sha256: str
    content: str
    sealed: Sequence[str]
    remade: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file beside the database."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in an archive."""

    revision: str
    program: str
    made_at: str
    salt: bytes
    check: str
    tables: Mapping[str, TableEntry]
    files: Mapping[str, FileEntry]
    sequences: Mapping[str, tuple[int, bool]]
    left_out: Sequence[str]

    @property
    def rows(self) -> int:
        """Return how many rows there are in all."""
        return sum(table.rows for table in self.tables.values())

    def members(self) -> dict[str, tuple[int, str]]:
        """Return the members that must be there beside the manifest, with their sizes and digests."""
        return {
            **{member_of(name): (entry.bytes, entry.sha256) for name, entry in self.tables.items()},
            **{f"files/{path}": (entry.bytes, entry.sha256) for path, entry in self.files.items()},
        }

    def _payload(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "revision": self.revision,
            "program": self.program,
            "made_at": self.made_at,
            "kdf": {
                "name": "scrypt",
                "n": SCRYPT_N,
                "r": SCRYPT_R,
                "p": SCRYPT_P,
                "salt": base64.b64encode(self.salt).decode(),
            },
            "check": self.check,
            "tables": {name: asdict(entry) for name, entry in self.tables.items()},
            "files": {path: asdict(entry) for path, entry in self.files.items()},
            "sequences": {name: list(state) for name, state in self.sequences.items()},
            "left_out": list(self.left_out),
        }

    def written(self, keys: ArchiveKeys) -> bytes:
        """Return the manifest as it is written, with its proof."""
        payload = self._payload()
        payload["proof"] = keys.proof(_canonical(payload))
        return json.dumps(payload, ensure_ascii=False, indent=1).encode()


def member_of(table: str) -> str:
    """Return where the rows of a table stand."""
    return f"tables/{table}.jsonl"


def _canonical(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_manifest(body: bytes, passphrase: str) -> tuple[Manifest, ArchiveKeys]:
    """Return a manifest whose proof is right, and the keys of its archive.

    Raises:
        NoArchive: it is none, or was altered.
        ArchiveTooNew: its format is not known.
        WrongPassphrase: the passphrase is another one.
        ShortPassphrase: the passphrase could not be one.
    """
    try:
        payload = json.loads(body)
        if not isinstance(payload, dict) or payload.get("format") != FORMAT:
            raise NoArchive(problem="its manifest is of something else")
        if payload.get("version") != VERSION:
            raise ArchiveTooNew(version=payload.get("version"), known=VERSION)
        _require_known_kdf(payload["kdf"])
        keys = keys_of(passphrase, base64.b64decode(payload["kdf"]["salt"], validate=True))
        keys.require(payload["check"])
        proof = payload.pop("proof")
        if proof != keys.proof(_canonical(payload)):
            raise NoArchive(problem="its manifest was altered")
        return _manifest(payload), keys
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        raise NoArchive(problem="its manifest cannot be read") from error


def _require_known_kdf(kdf: Mapping[str, Any]) -> None:
    # The cost is not taken from a file that anybody may have written.
    if (kdf["name"], kdf["n"], kdf["r"], kdf["p"]) != ("scrypt", SCRYPT_N, SCRYPT_R, SCRYPT_P):
        raise NoArchive(problem="its key is derived in a way that is not known")


def _manifest(payload: Mapping[str, Any]) -> Manifest:
    names = [*payload["tables"], *payload["sequences"]]
    if not all(_NAME.fullmatch(name) for name in names):
        raise NoArchive(problem="its manifest names something that is no table")
    return Manifest(
        revision=payload["revision"],
        program=payload["program"],
        made_at=payload["made_at"],
        salt=base64.b64decode(payload["kdf"]["salt"]),
        check=payload["check"],
        tables={name: TableEntry(**entry) for name, entry in payload["tables"].items()},
        files={path: FileEntry(**entry) for path, entry in payload["files"].items()},
        sequences={
            name: (int(state[0]), bool(state[1])) for name, state in payload["sequences"].items()
        },
        left_out=payload["left_out"],
    )
