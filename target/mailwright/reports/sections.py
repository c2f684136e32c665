"""Sections: a report's values as tables, for every form in which they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailwright.core.problems import printable
from mailwright.core.values import amount
from mailwright.observe.dovecot import size
from mailwright.reports.report import ORIGINS

NAMED = {
    "deferred_reasons": ("Why deliveries were put off", "reason"),
    "bounced_reasons": ("Why mail came back", "reason"),
    "senders": ("Senders", "sender"),
    "recipients": ("Recipients of deliveries", "recipient"),
    "domains_from": ("Domains that sent mail", "domain"),
    "domains_to": ("Domains that got mail", "domain"),
    "refused_clients": ("Clients that were refused", "address"),
    "failed_logins_by_address": ("Failed logins by address", "address"),
    "failed_logins_by_account": ("Failed logins by account", "account"),
    "bans": ("Bans", "address"),
    "warnings": ("Warnings and errors", "message"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A table: its rows are a text and a number, or a text and a text. A number is drawn as a bar too if ``bars``.

    No text in it can steer a terminal or begin a line.
    """

    title: str
    heads: tuple[str, str]
    rows: tuple[tuple[str, int | str], ...]
    bars: bool = False


def title(values: Mapping[str, Any]) -> str:
    """What the report is about, on one line."""
    begin, end = _when(values["since"]), _when(values["until"])
    return f"Mail of {printable(values['hostname'])} from {begin} to {end}"


def note(values: Mapping[str, Any]) -> str:
    """A warning if the log holds nothing of the time; else empty."""
    return "" if values["log_begins"] else "The log has no lines about mail of this time."


def sections(values: Mapping[str, Any]) -> Iterator[Section]:
    """The tables that have rows, in the order in which they are read."""
    for section in (*_mail(values), *(_named(values, key) for key in NAMED)):
        if section.rows:
            yield section


def _mail(values: Mapping[str, Any]) -> Iterator[Section]:
    yield Section("Mail", ("what", "number"), tuple(_counts(values)))
    yield Section("Refused", ("reason", "number"), _sorted(values["refused"]), bars=True)
    for key, text in {
        "received_by_hour": "Mail that came in, by hour",
        "delivered_by_hour": "Deliveries, by hour",
    }.items():
        rows = tuple((f"{hour:02}", count) for hour, count in enumerate(values[key]))
        yield Section(text, ("hour", "number"), rows if any(values[key]) else (), bars=True)
    seconds = {name: value for name, value in values["delivery_seconds"].items() if value is not None}
    yield Section(
        "Seconds until a delivery", ("share", "seconds"), tuple((name, f"{value:g}") for name, value in seconds.items())
    )
    largest = (
        (f"{size(mail['bytes'])} at {mail['at'][11:19]}", printable(mail["sender"]) or "<>")
        for mail in values["largest"]
    )
    yield Section("Largest mails", ("size", "sender"), tuple(largest))
    yield Section("Now", ("what", "state"), tuple(_now(values)))


def _counts(values: Mapping[str, Any]) -> Iterator[tuple[str, int | str]]:
    mails, deliveries, with_tls = values["mails"], values["deliveries"], values["with_tls"]
    for origin, text in ORIGINS.items():
        yield text, _share(mails[origin], with_tls[origin] if origin in ("received", "submitted") else None)
    yield "bytes of these mails", size(values["bytes_received"])
    yield "refused", sum(values["refused"].values())
    yield "clients that spoke too early", values["spoke_too_early"]
    yield "delivered to mailboxes", deliveries["delivered"]
    yield "of these, to Junk", deliveries["junk"]
    yield "sent to other servers", _share(deliveries["sent"], with_tls["sent"])
    yield "deliveries put off", deliveries["deferred"]
    yield "came back (bounced)", deliveries["bounced"]
    yield "came back after days", deliveries["expired"]
    yield "logins to mailboxes", values["logins"]
    yield "failed logins", values["failed_logins"]


def _share(count: int, encrypted: int | None) -> int | str:
    return f"{count} ({100 * encrypted // count} % with TLS)" if count and encrypted is not None else count


def _now(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    queue = values["queue"]
    if queue is None:
        yield "queue", "not known"
    else:
        oldest = timedelta(seconds=queue["oldest_seconds"])
        yield "queue", f"{amount(queue['mails'], 'mail')}, the oldest waits for {oldest}" if queue["mails"] else "empty"
    for path, volume in values["disk"].items():
        free = f"{size(volume['free_bytes'])} free of {size(volume['total_bytes'])}" if volume else "not known"
        yield path, free


def _named(values: Mapping[str, Any], key: str) -> Section:
    text, head = NAMED[key]
    rows: Sequence[Mapping[str, Any]] = values[key]
    return Section(text, (head, "number"), tuple((printable(row["name"]), row["count"]) for row in rows), bars=True)


def _sorted(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(counts.items())


def _when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"
