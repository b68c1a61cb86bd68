"""An exchange that is asked over HTTP: one signed POST for each command."""

import json
from dataclasses import dataclass

import aiohttp

from hotline.calls.ports import COMMAND_TIMEOUT_SECONDS, Command, CommandFailed
from hotline.calls.signing import sign

_OK, _FIRST_NOT_OK = 200, 300


def make_session() -> aiohttp.ClientSession:
    """Return a session that follows no redirect, heeds no proxy and never waits long."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=COMMAND_TIMEOUT_SECONDS),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "hotline-12345"},
    )


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """Posts commands as JSON.

    `X-Hotline-Signature` is the HMAC-SHA256 of timestamp and body with a dot in between, as it is of the
    events that come the other way; `Idempotency-Key` is the command's id.
    """

    url: str
    secret: str

    async def obey(self, command: Command) -> None:
        """Ask for a command.

        Raises:
            CommandFailed: no answer of the 200s came in time.
        """
        body = json.dumps(
            {
                "id": command.command_id,
                "command": command.kind.value,
                "call": command.call,
                "agent": command.agent,
                "target": command.target,
                "at": command.at.isoformat(),
            },
            ensure_ascii=False,
        )
        stamp = str(int(command.at.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": command.command_id,
            "X-Hotline-Timestamp": stamp,
            "X-Hotline-Signature": sign(self.secret, stamp, body),
        }
        try:
            async with (
                make_session() as session,
                session.post(
                    self.url, data=body.encode(), headers=headers, allow_redirects=False
                ) as answer,
            ):
                if not _OK <= answer.status < _FIRST_NOT_OK:
                    raise CommandFailed(f"answered {answer.status}")
        except TimeoutError as error:
            raise CommandFailed("no answer in time") from error
        except aiohttp.ClientError as error:
            raise CommandFailed(f"cannot be called: {type(error).__name__}") from error
