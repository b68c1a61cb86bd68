"""Lines of files that somebody handed in, as they are told of."""

from hotline.kernel.lines import LineFault
from web.i18n import Translator


def fault_words(fault: LineFault, t: Translator) -> str:
    """Return what is wrong with a line, in the reader's language."""
    return t.text(fault.text, **fault.params)
