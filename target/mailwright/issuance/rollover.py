"""Rollover: a certificate gets another key only when DNS is ready for it (DANE, RFC 7671, section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mailwright.dns.questions import Ask, Unanswered
from mailwright.formats.acme_status import Record
from mailwright.formats.certificates import public_digest
from mailwright.issuance import keys, store
from mailwright.issuance.plan import Plan
from mailwright.issuance.schedule import DAY
from mailwright.issuance.store import Stored

# Resolvers may keep the old records for their TTL, in practice at most a day.
PUBLISHED_FOR = DAY


@dataclass(frozen=True, slots=True)
class Choice:
    """The key for the next order, whether it is a new one, and the record that says what it waits for."""

    key: str = field(repr=False)
    is_new: bool
    record: Record


def choice(kept: Stored, record: Record, key_type: str, ask: Ask, now: float) -> Choice:
    """The key that the certificate is ordered with.

    The present key stays. If it is not of ``key_type``, a next one is made; the present one serves until DNS is ready.
    """
    settled, certificate = replace(record, waits_for="", next_seen=0.0), kept.certificate
    if not certificate:
        return Choice(_present(kept, key_type), False, settled)
    if kept.next_key and keys.kind(kept.next_key) != key_type:
        store.forget_next(kept.name)
        kept = replace(kept, next_key="")
    if not kept.next_key:
        if keys.kind(kept.key) == key_type:
            return Choice(kept.key, False, settled)
        kept = replace(kept, next_key=keys.make(key_type))
        store.keep_next(kept.name, kept.next_key)
    digest = public_digest(keys.public(kept.next_key).encode())
    published = records(certificate.names, ask)
    if published == []:
        return Choice(kept.next_key, True, settled)
    seen = (record.next_seen or now) if published and all(digest in one for one in published) else 0.0
    if seen and now - seen >= PUBLISHED_FOR:
        return Choice(kept.next_key, True, settled)
    return Choice(kept.key, False, replace(record, waits_for=digest, next_seen=seen))


def prepare(plan: Plan) -> list[str]:
    """The names of the certificates that have a next key afterwards; one that was there already stays."""
    names = [one.name for one in plan.orders if store.stored(one.name).certificate]
    for name in names:
        if not store.stored(name).next_key:
            store.keep_next(name, keys.make(plan.key_type))
    return names


def _present(kept: Stored, key_type: str) -> str:
    """The key of the state if it is of the kind that is wanted, else a new one."""
    fitting = (key for key in (kept.key, kept.next_key) if key and keys.kind(key) == key_type)
    return next(fitting, "") or keys.make(key_type)


def records(names: Iterable[str], ask: Ask) -> list[frozenset[str]] | None:
    """For each name with TLSA records for its own key (usages 1 and 3): the data of all; None if DNS does not say."""
    found = []
    for name in names:
        if name.startswith("*."):
            continue
        answer = ask(f"_25._tcp.{name}", "TLSA")
        if isinstance(answer, Unanswered):
            return None
        rows = [text.lower().split() for text in answer]
        if data := frozenset("".join(row[3:]) for row in rows if row[:1] in (["1"], ["3"])):
            found.append(data)
    return found
