"""The index filled, as the worker does it after each fact."""

from hotline.search.filling.actions import fill_missing
from tests.support.builders import Build


async def fill(build: Build, *, every: bool = False) -> int:
    """Fill what is missing or behind, and return how many tickets had changed."""
    changed = 0
    async for progress in fill_missing(
        build.session_maker, build.cipher, build.clock.now(), every=every
    ):
        changed = progress.changed
    return changed
