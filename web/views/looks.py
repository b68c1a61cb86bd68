"""The choice of looks, as the account's page and the menu show it."""

from collections.abc import Mapping
from enum import StrEnum

from hotline.kernel.errors import N_
from hotline.people.looks import Density, Looks, TextSize, Theme
from web.views.forms import FormState

LOOK_ICONS: Mapping[StrEnum, str] = {
    Theme.LIGHT: "sun",
    Theme.DARK: "moon",
    Theme.AUTO: "device-desktop",
    Density.DENSE: "menu-2",
    Density.ROOMY: "menu",
    TextSize.NORMAL: "letter-case",
    TextSize.LARGE: "text-size",
}
LOOK_CHOICES: tuple[tuple[str, str, type[StrEnum]], ...] = (
    ("theme", N_("Light or dark"), Theme),
    ("density", N_("How much on a screen"), Density),
    ("size", N_("Size of the writing"), TextSize),
)
"""Name of the field, its words, and what there is to choose."""


def looks_form(looks: Looks) -> FormState:
    """Return the form of the present choice."""
    return FormState(
        {"theme": looks.theme.value, "density": looks.density.value, "size": looks.size.value}
    )
