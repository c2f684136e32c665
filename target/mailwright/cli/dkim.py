"""setup config dkim, setup dkim: the DKIM keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import click

from mailwright.apply.editing import RefusedError, config_folder
from mailwright.cli.arguments import MAIL_DOMAIN
from mailwright.cli.edits import edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, done, example, say, show
from mailwright.cli.reading import mail_domains, reads_sources
from mailwright.core import values
from mailwright.core.problems import Exit
from mailwright.core.values import amount
from mailwright.dns import dkim_rotation
from mailwright.dns.dkim_rotation import OVERLAP_DAYS, Kind
from mailwright.dns.records import Record
from mailwright.formats.dkim_keys import NAME, SigningKey, in_use
from mailwright.model.mailserver import Mailserver

WORDS = ("keysize", "keytype", "selector", "domain")
TYPES = {"rsa": ("rsa",), "ed25519": ("ed25519",), "both": ("rsa", "ed25519")}
SIZES = (1024, 2048, 4096)


@click.group(cls=Group)
def config() -> None:
    """Make what the config folder needs."""


@config.command(
    "dkim",
    **example(
        "setup config dkim", "setup config dkim keytype both", "setup config dkim keysize 4096 domain a.test,b.test"
    ),
)
@click.option("-f", "--force", is_flag=True, help="Replace keys that exist.")
@click.option("-v", "_verbose", count=True, hidden=True, help="As docker-mailserver takes it; no effect.")
@click.argument("words", nargs=-1)
@reads_sources
def make(mailserver: Mailserver, force: bool, words: tuple[str, ...], _verbose: int) -> int:
    """Make DKIM keys. WORDS are pairs: keysize 2048, keytype rsa, selector mail, domain A,B (default: all domains).

    keytype is rsa, ed25519 or both. Keys that exist are kept. New keys sign at once; publish the records printed.
    """
    pairs = _pairs(words)
    if "keysize" in pairs and pairs.get("keytype") == "ed25519":
        raise click.UsageError("keysize: a key of the type ed25519 has one size only")
    domains = _domains(pairs.get("domain", ""), mailserver)
    kinds = [Kind(name, _size(pairs) if name == "rsa" else 0) for name in _algorithms(pairs)]
    files: dict[str, str | None] = {}
    for domain in domains:
        for kind in kinds:
            selector = _selector(pairs, kind, kinds)
            existing = [key for key in mailserver.dkim if (key.domain, key.selector) == (domain, selector)]
            if existing and not force:
                say(f"{domain}: {existing[0].where} has the selector {selector} and is kept", err=True)
                continue
            for key in existing:
                files |= dict.fromkeys(
                    dkim_rotation.file_names(key) if key.where.startswith(dkim_rotation.FOLDER) else ()
                )
            files |= dkim_rotation.new_files(kind, selector, domain)
    _written(files)
    _print_records(files)
    return Exit.OK


@click.group(cls=Group)
def dkim() -> None:
    """See and change the keys that sign mail."""


@dkim.command("list", **example("setup dkim list"))
@as_json
@reads_sources
def list_(mailserver: Mailserver, as_json: bool) -> int:
    """Print every key, what it is used for, and whether DNS has it."""
    if mailserver.dkim and not mailserver.settings.enable_rspamd:
        say("warning: nothing signs with ENABLE_RSPAMD=0; set ENABLE_RSPAMD=1", "warning", err=True)
    rows = listed(mailserver, _resolver(mailserver))
    show(rows, {name: name for name in ("domain", "selector", "type", "stage", "dns", "file")}, as_json, "no keys yet")
    return Exit.OK


def listed(mailserver: Mailserver, ask: Callable[[str], Iterable[str]]) -> list[dict[str, str]]:
    """Each key, what it is used for, and whether DNS, as ``ask`` says, has it."""
    used = [key for of in in_use(mailserver.dkim).values() for key in of if mailserver.settings.enable_rspamd]
    return [
        {
            "domain": key.domain,
            "selector": key.selector,
            "type": dkim_rotation.kind_of(key).label,
            "stage": key.stage if key.stage != "signing" or key in used else "unused",
            "dns": "published" if dkim_rotation.is_published(key, ask(key.name)) else "missing",
            "file": key.where,
        }
        for key in mailserver.dkim
    ]


@dkim.command("rotate", **example("setup dkim rotate", "setup dkim rotate example.com"))
@click.option("--now", is_flag=True, help="Sign with the new key even if DNS does not show it yet.")
@click.argument("domain", nargs=-1, type=MAIL_DOMAIN)
@reads_sources
def rotate(mailserver: Mailserver, now: bool, domain: tuple[str, ...]) -> int:
    """Take the next step from old keys to new ones, for DOMAINs or for all. Run it again for each further step.

    First it makes a new key and prints its record. When DNS shows the record, the new key signs. A week later the old
    key is deleted.
    """
    ask, code = _resolver(mailserver), int(Exit.OK)
    keys = [key for key in mailserver.dkim if not domain or key.domain in domain]
    if not keys:
        raise click.ClickException("there are no keys; make some with setup config dkim")
    for _, of in groupby(sorted(keys, key=lambda key: key.domain), key=lambda key: key.domain):
        code = max(code, _step(list(of), ask, now))
    return code


def _step(keys: Sequence[SigningKey], ask: Callable[[str], Iterable[str]], now: bool) -> int:
    domain = keys[0].domain
    waiting = [key for key in keys if key.stage == "next"]
    if not waiting:
        if _retired(keys):
            return Exit.OK
        files: dict[str, str | None] = dict(dkim_rotation.successors(keys, datetime.now(UTC).date()))
        _written(files)
        _print_records(files)
        done(f"{domain}: publish this, then run setup dkim rotate {domain} again")
        return Exit.OK
    missing = [key for key in waiting if not dkim_rotation.is_published(key, ask(key.name))]
    if missing and not now:
        for key in missing:
            click.echo(Record(key.name, "TXT", key.record, "").line())
        done(f"{domain}: DNS does not show this yet; the old key still signs")
        return Exit.FINDINGS
    files = {}
    for old, new in dkim_rotation.renames(keys).items():
        files |= {new: (config_folder() / old).read_text(encoding="utf-8"), old: None}
    _written(files)
    done(f"{domain}: {', '.join(key.selector for key in waiting)} signs from now on; leave the old record for a week")
    return Exit.OK


def _retired(keys: Sequence[SigningKey]) -> bool:
    """Whether old keys were deleted or must wait, so that no new rotation begins."""
    old = [key for key in keys if key.stage == "old"]
    for key in old:
        path = config_folder() / key.where
        days = (time.time() - path.stat().st_mtime) / 86400
        if days < OVERLAP_DAYS:
            left = amount(OVERLAP_DAYS - int(days), "more day")
            done(f"{key.domain}: the old key {key.selector} must stay published for {left}; nothing to do")
            return True
    gone = [name for key in old for name in dkim_rotation.file_names(key)]
    _written(dict.fromkeys(gone))
    for key in old:
        done(f"{key.domain}: the old key {key.selector} is deleted; remove the record {key.name} from the zone")
    return bool(old)


def _written(files: dict[str, str | None]) -> None:
    try:
        with edit() as changes:
            changes.files |= files
    except RefusedError as error:
        raise click.ClickException(str(error)) from None


def _print_records(files: dict[str, str | None]) -> None:
    """The public keys among ``files`` are on stdout, to be published."""
    for name, text in files.items():
        if name.endswith(".public.txt") and text:
            click.echo(text, nl=False)


def _resolver(mailserver: Mailserver) -> Callable[[str], Iterable[str]]:
    from mailwright.dns.questions import Unanswered
    from mailwright.dns.resolver import Resolver

    resolver = Resolver(mailserver.hostname)

    def ask(name: str) -> Iterable[str]:
        answer: Any = resolver.ask_all([(name, "TXT")])[name, "TXT"]
        return () if isinstance(answer, Unanswered) else answer

    return ask


def _pairs(words: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(zip(words[::2], words[1::2], strict=False))
    wrong = [word for word in words[::2] if word not in WORDS]
    if wrong or len(words) % 2:
        raise click.UsageError(f"{wrong[0] if wrong else words[-1]}: give pairs of {', '.join(WORDS)} and a value")
    return pairs


def _algorithms(pairs: dict[str, str]) -> tuple[str, ...]:
    name = pairs.get("keytype", "rsa")
    if name not in TYPES:
        raise click.UsageError(f"keytype {name}: is not one of {', '.join(TYPES)}")
    return TYPES[name]


def _size(pairs: dict[str, str]) -> int:
    text = pairs.get("keysize", "2048")
    if not text.isdigit() or int(text) not in SIZES:
        raise click.UsageError(f"keysize {text}: is not one of {', '.join(map(str, SIZES))}")
    if text == "1024":
        say("warning: receivers may distrust a key of 1024 bits (RFC 8301)", "warning", err=True)
    return int(text)


def _selector(pairs: dict[str, str], kind: Kind, kinds: Sequence[Kind]) -> str:
    """The selector of a key; a second kind has its algorithm added, since one name can publish one key only."""
    selector = pairs.get("selector", "mail")
    if not NAME.fullmatch(selector):
        raise click.UsageError(f"selector {selector}: may have letters, digits, hyphens and dots only")
    return selector if kind == kinds[0] else f"{selector}-{kind.algorithm}"


def _domains(text: str, mailserver: Mailserver) -> list[str]:
    ours = mail_domains(mailserver)
    try:
        domains = [values.domain(word) for word in text.replace(",", " ").split()] or ours
    except ValueError as error:
        raise click.UsageError(f"domain {text}: {error}") from None
    if not domains:
        raise click.ClickException("there are no mail domains yet; add an account, or name domains: domain A,B")
    for name in domains:
        if name not in ours:
            say(f"warning: {name} is not a mail domain of this server", "warning", err=True)
    return domains
