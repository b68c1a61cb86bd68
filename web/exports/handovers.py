"""What hand-over files and their receipts say, in the words of the screens."""

import enum
from dataclasses import dataclass

from hotline.exchange.handover.packing import RECEIPT_FIELDS
from hotline.exchange.handover.receipts import ReceiptWords
from hotline.kernel.errors import N_
from web.i18n import LANGUAGE_NAMES, Translator, translator
from web.labels import label


@dataclass(frozen=True, slots=True)
class FileWords:
    """Says things in the language of the workbook."""

    t: Translator

    def text(self, msgid: str) -> str:
        """Return a message."""
        return self.t.text(msgid)

    def member(self, member: enum.Enum) -> str:
        """Return the name of a member."""
        return self.t.text(label(member))


def receipt_words() -> ReceiptWords:
    """Return how headings and answers of a receipt may be called, in any language of ours."""
    heads: dict[str, str] = {}
    answers: dict[str, bool] = {}
    for language in LANGUAGE_NAMES:
        t = translator(language)
        heads |= {t.text(text): code for code, text, _ in RECEIPT_FIELDS}
        answers |= {t.text(N_("Yes")): True, t.text(N_("No")): False}
    return ReceiptWords(heads, answers)
