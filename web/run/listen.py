"""The web server: one process, its port taken before anything slow begins."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Awaitable, Callable, Iterator

import structlog
import uvicorn

from hotline.kernel.settings import Settings
from web.app import create_app
from web.live.counting import Counter, counting
from web.live.lines import reading_lines
from web.live.listening import listen
from web.resources import open_resources
from web.run.embedded import ServiceError
from web.run.migrate import require_newest
from web.run.services import ServiceUrls, services
from web.run.signals import until_told_to_stop
from web.run.watch import watch

_GRACE_SECONDS = 2
"""Open live streams would otherwise hold up the end."""

_COLLECT_AFTER = (20_000, 20, 50)
"""New objects, then rounds, after which the collector looks at more; at everything it takes 0.2 s."""

log = structlog.get_logger(__name__)


def take_port(settings: Settings) -> socket.socket:
    """Return a socket bound to the address of the web, not listening yet.

    Raises:
        ServiceError: the port is taken, or the address is not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(address)
        except OSError:
            sock.close()
            raise
    except PermissionError as error:
        raise ServiceError(
            f"Port {settings.port} is reserved for root: choose one above 1023, "
            "for example HOTLINE_PORT=12345."
        ) from error
    except socket.gaierror as error:
        raise ServiceError(f"HOTLINE_HOST={settings.host} is not an address.") from error
    except OSError as error:
        raise ServiceError(
            f"Port {settings.port} on {settings.host} cannot be had ({error.strerror}): choose "
            f"another, for example HOTLINE_PORT={settings.port % 65535 + 1}, or stop who has it."
        ) from error
    return sock


def address_of(settings: Settings) -> str:
    """Return what to type into a browser."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


class _Server(uvicorn.Server):
    """A server that leaves signals to the program around it and says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await self._on_ready()


async def serve(
    settings: Settings,
    urls: ServiceUrls,
    sock: socket.socket,
    *,
    stop: asyncio.Event,
    on_ready: Callable[[], Awaitable[None]],
) -> None:
    """Serve the web on `sock` until `stop`; what is begun is answered, two seconds at most.

    Raises:
        ServiceError: the application did not start.
    """
    async with open_resources(settings, urls) as resources:
        app = create_app(settings, resources)
        server = _Server(
            uvicorn.Config(
                app,
                loop="none",
                http="httptools",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            ),
            on_ready,
        )

        async def end() -> None:
            await stop.wait()
            app.state.live.close()
            server.should_exit = True

        counter = Counter(app.state.live, counting(resources.read_maker, resources.clock))
        # What is loaded by now stays for good: the collector need not look at it again and again,
        # which would hold up a request every few hundred.
        gc.collect()
        gc.freeze()
        # Templates come in later, with their first page: they are looked at seldom for the same reason.
        gc.set_threshold(*_COLLECT_AFTER)
        beside = [
            asyncio.create_task(end()),
            asyncio.create_task(watch(app)),
            asyncio.create_task(app.state.presence.run()),
            asyncio.create_task(
                listen(
                    app.state.live,
                    urls.database_url,
                    reading_lines(resources.read_maker),
                    counter.note,
                )
            ),
            asyncio.create_task(counter.run()),
        ]
        try:
            await server.serve(sockets=[sock])
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        if not server.started:
            raise ServiceError("The web application did not start: see the log above.")


async def run_web(settings: Settings) -> None:
    """Run the web alone until told to stop.

    Raises:
        ServiceError: the port is taken, the database is not migrated, or a service is missing.
    """
    sock = take_port(settings)
    try:
        async with (
            until_told_to_stop() as stop,
            services(settings, command="hotline web") as urls,
        ):
            await require_newest(urls.database_url)

            async def say() -> None:
                log.info("web listens", url=address_of(settings))

            await serve(settings, urls, sock, stop=stop, on_ready=say)
    finally:
        sock.close()
