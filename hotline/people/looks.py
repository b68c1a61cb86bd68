"""How a person wants his screens to look. Nothing here decides what he may see."""

import enum
from dataclasses import dataclass, replace
from typing import TypeVar

_Member = TypeVar("_Member", bound=enum.StrEnum)


class Theme(enum.StrEnum):
    """Light on dark or dark on light."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


class Density(enum.StrEnum):
    """How much stands on a screen."""

    DENSE = "dense"
    ROOMY = "roomy"


class TextSize(enum.StrEnum):
    """How large everything is; the large one is made for elderly people."""

    NORMAL = "normal"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Looks:
    """Theme, density and size of a person's screens.

    Attributes:
        theme: AUTO follows the device.
        density: dense suits a shift at a desk, roomy suits fingers.
        size: LARGE is a quarter larger and of stronger contrast.
    """

    theme: Theme = Theme.AUTO
    density: Density = Density.DENSE
    size: TextSize = TextSize.NORMAL

    def changed(
        self, *, theme: str | None = None, density: str | None = None, size: str | None = None
    ) -> "Looks":
        """Return these looks with what is named put in; words that mean nothing change nothing."""
        return replace(
            self,
            theme=_member(Theme, theme, self.theme),
            density=_member(Density, density, self.density),
            size=_member(TextSize, size, self.size),
        )

    def spelled(self) -> str:
        """Return them as one word, the way a browser keeps them."""
        return f"{self.theme}.{self.density}.{self.size}"


USUAL = Looks()


def _member(kind: type[_Member], word: str | None, otherwise: _Member) -> _Member:
    return next((member for member in kind if member.value == word), otherwise)


def read_looks(text: str | None) -> Looks:
    """Return what `Looks.spelled` wrote; what cannot be read is as if nobody had chosen."""
    theme, density, size, *_ = (*(text or "").split("."), "", "", "")
    return USUAL.changed(theme=theme, density=density, size=size)
