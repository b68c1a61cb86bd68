"""A mail server that people fetch from, as far as the hotline speaks with it."""

import asyncio
import re
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "letters"


@dataclass(slots=True)
class ImapServer:
    """Holds mails by number; those in `seen` wait no longer."""

    port: int = 0
    context: ssl.SSLContext | None = None
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            self.lines.append(line)
            tag, _, command = line.partition(" ")
            writer.write(self._answer(tag, command))
            await writer.drain()
            if command == "LOGOUT":
                break
        writer.close()

    def _answer(self, tag: str, command: str) -> bytes:
        done = f"{tag} OK done\r\n".encode()
        if command.startswith("LOGIN"):
            is_known = f'"{PASSWORD}"' in command
            return done if is_known else f"{tag} NO wrong password\r\n".encode()
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n" + done
        if command.startswith("SELECT"):
            return f"* {len(self.mails)} EXISTS\r\n".encode() + done
        if "SEARCH" in command:
            unseen = " ".join(str(uid) for uid in sorted(self.mails) if uid not in self.seen)
            return f"* SEARCH {unseen}\r\n".encode() + done
        if found := re.match(r"UID FETCH (\d+)", command):
            mail = self.mails[int(found[1])]
            head = f"* 1 FETCH (UID {found[1]} BODY[] {{{len(mail)}}}\r\n".encode()
            return head + mail + b")\r\n" + done
        if found := re.match(r"UID STORE (\S+) \+FLAGS", command):
            self.seen |= {int(uid) for uid in found[1].split(",")}
        return b"* BYE\r\n" + done if command == "LOGOUT" else done


@asynccontextmanager
async def imap_server() -> AsyncIterator[ImapServer]:
    """A server on a free port, encrypted from the first byte, with a certificate of its own."""
    server = ImapServer()
    with tempfile.TemporaryDirectory() as folder:
        path = _certificate(Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.context = ssl.create_default_context(cafile=str(path))
    listening = await asyncio.start_server(server.talk, "localhost", 0, ssl=context)
    async with listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def written(
    text: str = "建设路的路灯三天不亮，我的电话是13800001234",
    *,
    subject: str = "路灯不亮",
    sender: str = "张三 <zhangsan@example.org>",
    message_id: str = "<1@example.org>",
    **headers: str,
) -> EmailMessage:
    """A letter as a mail program sends it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "12345@example.gov", subject
    mail["Date"], mail["Message-ID"] = "Mon, 02 Mar 2026 08:30:00 +0800", message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail
