"""Settings: one frozen object, read once where the program starts and passed down."""

import os
import re
import secrets
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_KEY_CHARACTERS = 32
"""A shorter key is refused: it signs, and it encrypts personal data."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_DATABASE_SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "redis+sentinel://")
_SMTP_SCHEMES = frozenset({"smtp", "smtps", "smtp+tls"})
_IMAP_SCHEMES = frozenset({"imaps", "imap+tls"})
_URL_WORDS = {"sslmode": "ssl"}


ExchangeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
"""What a telephone exchange is called in settings and headers."""


class SettingsError(Exception):
    """A setting is wrong; the text says which one and what to write instead."""


def sqlalchemy_url(url: str) -> str:
    """Return a PostgreSQL URL, as libpq writes it, in the form that SQLAlchemy and asyncpg read.

    Several hosts (`h1:5432,h2:5432`), `sslmode` and `target_session_attrs` are understood.

    Raises:
        ValueError: not a PostgreSQL URL, or it names no database.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DATABASE_SCHEMES:
        raise ValueError(
            "must start with postgresql://, for example postgresql://user@host/hotline"
        )
    if len(parts.path) < 2:  # noqa: PLR2004  # a slash and at least one letter
        raise ValueError("must name the database, for example postgresql://user@host/hotline")
    login, _, places = parts.netloc.rpartition("@")
    query = [(_URL_WORDS.get(name, name), value) for name, value in parse_qsl(parts.query)]
    if "," in places:
        query += [
            ("host", place if re.search(r":\d+$", place) else f"{place}:5432")
            for place in places.split(",")
        ]
        places = ""
    netloc = f"{login}@{places}" if login else places
    ending = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"postgresql+asyncpg://{netloc}{parts.path}{ending}"


class Settings(BaseSettings):
    """Everything that can be set, each as `HOTLINE_<NAME>` in the environment.

    Attributes:
        home: where embedded data, attachments and secrets lie; absolute.
        host: the address that the web listens on.
        port: the port that the web listens on.
        database_url: an existing PostgreSQL in SQLAlchemy's form; None for the embedded one.
        redis_url: an existing Redis or Valkey; None for the embedded one.
        secret_key: signs and encrypts; None lets a local run make its own.
        demo: seed the demo city into an empty database.
        cookie_secure: send cookies over HTTPS only; None decides by the address.
        log_format: JSON lines, or a console for people.
        max_body_bytes: the largest request body that is read.
        public_url: where requesters reach the web; stands in the messages to them and on papers.
        delivery: `send` messages, write them to a `file` under home, or switch them `off`; None
            writes them down in a demonstration and sends them elsewhere.
        smtp_url: the mail server, `smtp://user:password@host:587`; `smtps://` for TLS from the first
            byte, `smtp+tls://` to refuse a server without encryption.
        mail_from: the sender of e-mails.
        mailbox: where letters to the hotline lie, `imaps://user:password@host/folder`; `imap+tls://` for
            a server that encrypts on demand, `file:` and a folder below home; None reads none.
        sms_url: the gateway of text messages.
        sms_key: the account's name there.
        sms_secret: signs what is sent there, and the receipts that come back.
        sms_signature: the sender's name in front of every text message.
        call_loopback: subscriptions may name this machine itself.
        exchange_secrets: telephone exchanges that may tell of calls, each with the secret that signs
            what it says and what it is asked for.
        exchange_urls: where exchanges take commands; `null:` takes them and does nothing.
        call_back_minutes: how soon a missed caller is to be called back.
        call_back_attempts: after how many attempts in vain a missed caller is given up.
        credit_platform: where credit is told to the outside: an address, `file:` and a folder below
            home, `null:` for rehearsals; None keeps it in the house.
        credit_platform_secret: signs what is sent to an address.
        open311_jurisdiction: the one jurisdiction of Open311 that is served here.
        open311_contact: whom developers of other systems ask.
        open311_key_service: how they come by a key.
        open311_rate: requests to Open311 from one address a minute.
        keep_facts_days: how long facts that were relayed are kept.
        keep_receipts_days: how long subscribers' receipts of facts are kept.
        keep_keys_days: how long idempotency keys hold.
        keep_deliveries_days: how long messages that came to their end are kept.
        keep_drafts_days: how long drafts of the intake are kept that nobody went on with.
        field_check_shares: which share of a department's solved tickets is looked at on the spot,
            by its credit grade; `default` for every other.
        report_due_day: on which day of the month after a period its report is to be out.
        red_black_lists: reports name the bands that surely stand apart from the rest.
        field_check_seed: the word from which the draw is made; it stands beside the draw.
    """

    model_config = SettingsConfigDict(
        env_prefix="HOTLINE_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    home: Annotated[Path, AfterValidator(lambda path: path.expanduser().resolve())] = Field(
        default=Path("var"), validate_default=True
    )
    host: str = "127.0.0.1"
    port: int = Field(default=12345, ge=1, le=65535)
    database_url: str | None = Field(default=None, repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    secret_key: str | None = Field(default=None, repr=False, min_length=SECRET_KEY_CHARACTERS)
    demo: bool = False
    cookie_secure: bool | None = None
    log_format: Literal["json", "console"] = Field(
        default_factory=lambda: "console" if sys.stderr.isatty() else "json"
    )
    max_body_bytes: int = Field(default=2 * 1024 * 1024, ge=64 * 1024)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    delivery: Literal["send", "file", "off"] | None = None
    smtp_url: str | None = Field(default=None, repr=False)
    mail_from: str = Field(default="hotline@localhost", pattern=r"^[^\s@<>]+@[^\s@<>]+$")
    mailbox: str | None = Field(default=None, repr=False)
    sms_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    sms_key: str = ""
    sms_secret: str | None = Field(default=None, repr=False, min_length=16)
    sms_signature: str = "12345热线"
    call_loopback: bool = False
    exchange_secrets: dict[ExchangeName, Annotated[str, Field(min_length=16)]] = Field(
        default_factory=dict, repr=False
    )
    exchange_urls: dict[ExchangeName, Annotated[str, Field(pattern=r"^(null:|https?://\S+)$")]] = (
        Field(default_factory=dict, repr=False)
    )
    call_back_minutes: int = Field(default=60, ge=5, le=7 * 24 * 60)
    call_back_attempts: int = Field(default=3, ge=1, le=20)
    credit_platform: str | None = Field(
        default=None, repr=False, pattern=r"^(null:|file:\S+|https?://\S+)$"
    )
    credit_platform_secret: str | None = Field(default=None, repr=False, min_length=16)
    interview_satisfaction_floor: float = Field(default=0.85, gt=0, le=1)
    interview_reply_floor: float = Field(default=0.92, gt=0, le=1)
    interview_minimum: int = Field(default=30, ge=1, le=100_000)

    open311_jurisdiction: str = Field(default="12345", min_length=1, max_length=100)
    open311_contact: str = "12345"
    open311_key_service: str = "12345"
    open311_rate: int = Field(default=300, ge=1, le=100_000)

    keep_facts_days: int = Field(default=30, ge=4, le=3650)
    keep_receipts_days: int = Field(default=30, ge=4, le=3650)
    keep_keys_days: int = Field(default=7, ge=1, le=3650)
    keep_deliveries_days: int = Field(default=180, ge=7, le=3650)
    keep_drafts_days: int = Field(default=7, ge=1, le=365)
    field_check_shares: dict[str, Annotated[Decimal, Field(ge=0, le=1)]] = Field(
        default_factory=lambda: {"default": Decimal("0.01")}
    )
    report_due_day: int = Field(default=15, ge=1, le=28)
    red_black_lists: bool = False
    field_check_seed: str = Field(default="field-checks", min_length=1, max_length=64)

    @field_validator("database_url")
    @classmethod
    def _read_database_url(cls, url: str | None) -> str | None:
        return url if url is None else sqlalchemy_url(url)

    @field_validator("redis_url")
    @classmethod
    def _read_redis_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(_REDIS_SCHEMES):
            raise ValueError(
                f"must start with {', '.join(_REDIS_SCHEMES[:-1])} or {_REDIS_SCHEMES[-1]}"
            )
        return url

    @field_validator("smtp_url")
    @classmethod
    def _read_smtp_url(cls, url: str | None) -> str | None:
        if url is not None and (
            urlsplit(url).scheme not in _SMTP_SCHEMES or not urlsplit(url).hostname
        ):
            raise ValueError("must look like smtp://user:password@host:587")
        return url

    @field_validator("mailbox")
    @classmethod
    def _read_mailbox(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        is_folder = parts.scheme == "file" and bool(parts.path.strip("/"))
        is_server = parts.scheme in _IMAP_SCHEMES and bool(parts.hostname and parts.username)
        if not (is_folder or is_server) or ".." in parts.path.split("/"):
            raise ValueError(
                "must look like imaps://user:password@host/INBOX, or file: and a folder below "
                "HOTLINE_HOME"
            )
        return url

    @model_validator(mode="after")
    def _ask_for_gateway_secret(self) -> Self:
        if self.sms_url is not None and self.sms_secret is None:
            raise ValueError("HOTLINE_SMS_SECRET must be set when HOTLINE_SMS_URL is.")
        return self

    @model_validator(mode="after")
    def _ask_for_exchange_secrets(self) -> Self:
        if not self.exchange_urls.keys() <= self.exchange_secrets.keys():
            raise ValueError(
                "HOTLINE_EXCHANGE_SECRETS must name every exchange that HOTLINE_EXCHANGE_URLS names."
            )
        return self

    @model_validator(mode="after")
    def _ask_for_platform_secret(self) -> Self:
        is_address = (self.credit_platform or "").startswith("http")
        if is_address and self.credit_platform_secret is None:
            raise ValueError(
                "HOTLINE_CREDIT_PLATFORM_SECRET must be set when HOTLINE_CREDIT_PLATFORM is an address."
            )
        return self

    @model_validator(mode="after")
    def _ask_for_secret(self) -> Self:
        if self.database_url is not None and self.secret_key is None:
            raise ValueError(
                "HOTLINE_SECRET_KEY must be set when HOTLINE_DATABASE_URL is: every process of an "
                "installation needs the same key. Make one with: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the web."""
        return self.host in _LOOPBACK

    @property
    def secure_cookies(self) -> bool:
        """Tell whether cookies are sent over HTTPS only: so by default wherever others connect."""
        return not self.is_loopback if self.cookie_secure is None else self.cookie_secure

    @property
    def tracking_url(self) -> str:
        """Where a requester follows his ticket."""
        return self._public("/track")

    @property
    def verifying_url(self) -> str:
        """Where anybody who holds a paper finds out whether it is what it says."""
        return self._public("/verify")

    def _public(self, path: str) -> str:
        return f"{(self.public_url or f'http://{self.host}:{self.port}').rstrip('/')}{path}"

    @property
    def delivery_mode(self) -> Literal["send", "file", "off"]:
        """What becomes of messages: nobody real is written to from a demonstration by default."""
        return self.delivery or ("file" if self.demo else "send")


_HINTS = {
    "port": "a number from 1 to 65535",
    "secret_key": f"at least {SECRET_KEY_CHARACTERS} characters",
    "demo": "1 or 0",
    "cookie_secure": "1 or 0",
    "log_format": "json or console",
    "max_body_bytes": "a number of bytes, at least 65536",
    "public_url": "an address such as https://12345.example.gov.cn",
    "delivery": "send, file or off",
    "mail_from": "an e-mail address",
    "sms_url": "an address such as https://sms.example.gov.cn/send",
    "sms_secret": "at least 16 characters",
    "call_loopback": "1 or 0",
    "exchange_secrets": 'secrets of at least 16 characters by name such as {"main": "..."}',
    "exchange_urls": 'addresses by name such as {"main": "https://pbx.example.gov.cn/commands"}',
    "call_back_minutes": "a number of minutes from 5 to 10080",
    "call_back_attempts": "a number from 1 to 20",
    "credit_platform": "an address such as https://credit.example.gov.cn/events, file:FOLDER or null:",
    "credit_platform_secret": "at least 16 characters",
    "open311_rate": "a number from 1 to 100000",
    "keep_facts_days": "a number of days from 4 to 3650",
    "keep_receipts_days": "a number of days from 4 to 3650",
    "keep_keys_days": "a number of days from 1 to 3650",
    "keep_deliveries_days": "a number of days from 7 to 3650",
    "keep_drafts_days": "a number of days from 1 to 365",
    "field_check_shares": 'shares by grade such as {"default": 0.01, "D": 0.05}',
    "report_due_day": "a day of the month from 1 to 28",
    "red_black_lists": "1 or 0",
    "field_check_seed": "a word of 1 to 64 characters",
}


def load_settings() -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: a value cannot be used; the text names it without repeating it.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0]) if problem["loc"] else None
            said = problem["msg"].removeprefix("Value error, ")
            if name is None:
                lines.append(said)
            elif name in _HINTS:
                lines.append(f"HOTLINE_{name.upper()} must be {_HINTS[name]}.")
            else:
                lines.append(f"HOTLINE_{name.upper()} {said}.")
        raise SettingsError("\n".join(lines)) from None


def secret_key_file(settings: Settings) -> Path:
    """Return where a local run keeps the key that it made for itself."""
    return settings.home / "secret.key"


def resolve_secret_key(settings: Settings) -> str:
    """Return the key of this installation; a local run makes one on its first start and keeps it.

    Raises:
        SettingsError: the kept key cannot be used.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = secret_key_file(settings)
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The key in {path} cannot be read: {error}") from error
    if len(key) < SECRET_KEY_CHARACTERS:
        raise SettingsError(
            f"The key in {path} is too short. Put the former file back: what it encrypted is "
            "readable with it alone. Only for an empty installation, delete it and start again."
        )
    return key


def _write_once(path: Path, key: str) -> None:
    """Write `key` unless another process was faster; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
