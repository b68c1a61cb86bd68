import stat
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import make_url

from hotline.kernel.settings import (
    SettingsError,
    load_settings,
    resolve_secret_key,
    secret_key_file,
    sqlalchemy_url,
)

KEY = "k" * 32


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOST", "PORT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO"):
        monkeypatch.delenv(f"HOTLINE_{name}", raising=False)
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))


def test_a_local_run_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTLINE_HOME")
    settings = load_settings()
    assert settings.home == Path("var").resolve()
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.1", 12345, False)
    assert settings.database_url is None
    assert not settings.secure_cookies


def test_cookies_are_secure_where_others_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOST", "0.0.0.0")  # noqa: S104  # what the test is about
    assert load_settings().secure_cookies
    monkeypatch.setenv("HOTLINE_COOKIE_SECURE", "0")
    assert not load_settings().secure_cookies


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "HOTLINE_PORT must be a number from 1 to 65535."),
        ("PORT", "70000", "HOTLINE_PORT must be a number from 1 to 65535."),
        ("DEMO", "perhaps", "HOTLINE_DEMO must be 1 or 0."),
        ("SECRET_KEY", "short", "HOTLINE_SECRET_KEY must be at least 32 characters."),
        ("DATABASE_URL", "mysql://u:hidden@h/d", "HOTLINE_DATABASE_URL must start with postgresql"),
        ("DATABASE_URL", "postgresql://host", "HOTLINE_DATABASE_URL must name the database"),
        ("DATABASE_URL", "postgresql://u:hidden@h/d", "HOTLINE_SECRET_KEY must be set when"),
        ("REDIS_URL", "http://hidden", "HOTLINE_REDIS_URL must start with redis://"),
    ],
)
def test_a_bad_value_is_named_and_never_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"HOTLINE_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(said)
    assert "hidden" not in str(refused.value)


def test_an_installation_with_a_database_brings_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", "postgresql://u@h/d")
    monkeypatch.setenv("HOTLINE_SECRET_KEY", KEY)
    settings = load_settings()
    assert resolve_secret_key(settings) == KEY
    assert not secret_key_file(settings).exists()
    assert KEY not in repr(settings)


def test_a_local_key_is_made_once_for_its_owner_alone() -> None:
    settings = load_settings()
    key = resolve_secret_key(settings)
    assert len(key) >= 32
    assert resolve_secret_key(settings) == key
    assert stat.S_IMODE(secret_key_file(settings).stat().st_mode) == 0o600
    assert [path.name for path in settings.home.iterdir()] == ["secret.key"]


def test_a_spoilt_local_key_is_never_replaced() -> None:
    settings = load_settings()
    secret_key_file(settings).write_text("short")
    with pytest.raises(SettingsError, match="too short"):
        resolve_secret_key(settings)


def test_several_hosts_reach_the_driver() -> None:
    url = "postgres://u:p%40@a,b:5433/d?target_session_attrs=read-write&sslmode=require"
    read = make_url(sqlalchemy_url(url))
    _, arguments = dialect().create_connect_args(read)  # type: ignore[no-untyped-call]
    assert arguments == {
        "user": "u",
        "password": "p@",
        "database": "d",
        "host": ["a", "b"],
        "port": [5432, 5433],
        "target_session_attrs": "read-write",
        "ssl": "require",
    }
