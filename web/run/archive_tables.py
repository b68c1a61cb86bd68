"""How every table of the program is carried in an archive: said once, and proved by a contract test.

A column of bytes that is named nowhere here stops the archive: it might be under the key of the house.
"""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import SQLModel

import web.run.tables  # noqa: F401  # every table, so that none is forgotten
from hotline.exchange.archive.plans import Carriage, Row, TablePlan, plans_of
from hotline.followup.links import word_of
from hotline.kernel.crypto import FieldCipher
from hotline.tickets.actions.intake import clean_phone

LEFT_OUT: Mapping[str, str] = {
    "user_sessions": "who is signed in at the moment",
    "api_tokens": "secrets of programs, of which only digests are kept: they are given new ones",
    "attempt_windows": "how often somebody guessed, under the key of the house",
    "idempotency_keys": "answers to requests that may be sent again for a week",
    "submissions": "what citizens have begun to type; it is forgotten within a day",
    "submission_photos": "the photos of those",
    "heartbeats": "signs of life of processes",
    "setup_files": "sheets that somebody is about to bring in; what was done of them is carried",
    "practice_cities": "that a house is for practice: where it goes nobody shall practise",
    "practice_marks": "likewise",
    "ticket_texts": "the index of search: a worker, or `hotline search reindex`, fills it anew",
    "ticket_keys": "likewise, under the key of the house",
    "board_days": "sums of closed days: a worker makes them anew",
    "board_marks": "which of them do not hold any more",
    "board_states": "up to which day there are any",
    "wall_screens": "secrets of screens, of which only digests are kept: they are added again",
}
"""Tables that are not carried, and why."""


def _phone_index(cipher: FieldCipher, row: Row) -> Mapping[str, bytes | None]:
    return {"phone_index": cipher.blind_index(clean_phone(row.get("phone")))}


def _number_index(cipher: FieldCipher, row: Row) -> Mapping[str, bytes | None]:
    return {"number_index": cipher.blind_index(row.get("number"))}


def _no_source(_cipher: FieldCipher, _row: Row) -> Mapping[str, bytes | None]:
    # From where an answer came is known by a digest under the old key only.
    return {"source_digest": None}


def _link_digest(cipher: FieldCipher, row: Row) -> Mapping[str, bytes | None]:
    """Return the digest of a link that was not sent yet: it will be sent with the new house's word."""
    if row["told_at"] is not None:
        return {}
    word = word_of(cipher, UUID(row["id"]))
    return {"token_digest": hashlib.sha256(word.encode()).digest()}


CARRIAGES: Mapping[str, Carriage] = {
    "ticket_requesters": Carriage(
        encrypted=("name", "phone", "email", "on_behalf_of"),
        remade=("phone_index",),
        remake=_phone_index,
    ),
    "calls": Carriage(
        encrypted=("number", "outside"), remade=("number_index",), remake=_number_index
    ),
    "call_events": Carriage(encrypted=("number", "target")),
    "call_commands": Carriage(encrypted=("other_target",)),
    # Digests of numbers under the key of the house: under another one nobody is recognised by them.
    "missed_calls": Carriage(plain=("number_index",)),
    "person_lookups": Carriage(plain=("key",)),
    "inbound_letters": Carriage(
        encrypted=("sender", "sender_name", "subject", "text", "files"), plain=("digest",)
    ),
    "intake_drafts": Carriage(encrypted=("words",)),
    "ticket_photos": Carriage(encrypted=("sealed",), plain=("digest",)),
    "open311_keys": Carriage(encrypted=("contact",), plain=("digest",)),
    "open311_submissions": Carriage(encrypted=("payload",), plain=("body_digest",)),
    "open311_updates": Carriage(encrypted=("payload",)),
    "user_contacts": Carriage(encrypted=("email", "phone")),
    "subscriptions": Carriage(encrypted=("address", "secret")),
    "webhooks": Carriage(encrypted=("address", "secret", "previous_secret")),
    "clues": Carriage(encrypted=("text", "conclusion", "document")),
    "clue_questions": Carriage(encrypted=("question", "answer")),
    "users": Carriage(secret=("password_hash",)),
    "visits": Carriage(remade=("source_digest",), remake=_no_source),
    "rating_links": Carriage(
        remade=("token_digest",), remade_where="t.told_at IS NULL", remake=_link_digest
    ),
    "tickets": Carriage(plain=("history_head",)),
    "check_in_photos": Carriage(encrypted=("content",), plain=("digest",)),
    "ticket_events": Carriage(plain=("previous_hash", "hash")),
    "papers": Carriage(plain=("digest", "history_head")),
    "paper_templates": Carriage(plain=("body", "digest")),
    "hand_over_files": Carriage(encrypted=("body",), plain=("digest",)),
    "exports": Carriage(plain=("digest",)),
    "credit_chains": Carriage(plain=("head",)),
    "credit_entries": Carriage(plain=("previous_hash", "hash")),
    "credit_entry_changes": Carriage(plain=("previous_hash", "hash")),
    "credit_scores": Carriage(plain=("input_digest",)),
    "credit_period_revisions": Carriage(plain=("input_digest", "result_digest")),
    "credit_period_scores": Carriage(plain=("input_digest",)),
    "credit_reports": Carriage(plain=("digest",)),
    "credit_report_files": Carriage(plain=("body", "digest")),
}


def table_plans() -> Sequence[TablePlan]:
    """Return how every table is carried.

    Raises:
        UnknownColumns: nobody has said what a column of bytes holds.
    """
    return plans_of(SQLModel.metadata, CARRIAGES, list(LEFT_OUT))
