"""What the settings and files of the filters come to: the keys that sign, and what is doubtful."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from mailwright.core.problems import Problem
from mailwright.core.values import Said
from mailwright.formats import dkim_keys
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model import old_filters
from mailwright.model.rspamd import Rspamd
from mailwright.model.sources import Sources
from mailwright.settings import Settings


def keys(sources: Sources, domains: Collection[str]) -> tuple[tuple[SigningKey, ...], list[Problem]]:
    """The DKIM keys of the config folder."""
    files = {
        path: content
        for path, content in sources.config.items()
        if path.startswith(dkim_keys.FOLDERS) and isinstance(content, bytes)
    }
    found, problems = dkim_keys.signing_keys(files, domains)
    return tuple(found), problems


def problems(
    chosen: Settings, rspamd: Rspamd, signing: Sequence[SigningKey], values: Mapping[str, Said]
) -> list[Problem]:
    """What is doubtful about the filters, and what became of the old chain's variables."""
    return [*old_filters.told(values), *_switches(chosen, rspamd, values), *_unsigned(rspamd, signing)]


def _switches(chosen: Settings, rspamd: Rspamd, values: Mapping[str, Said]) -> Iterator[Problem]:
    def doubt(name: str, what: str, hint: str = "") -> Problem:
        return Problem(values[name].origin if name in values else "environment", f"{name}: {what}", hint, True)

    has_redis = chosen.enable_rspamd_redis or chosen.rspamd_redis_server or "redis.conf" in rspamd.overrides
    if chosen.enable_rspamd and not has_redis:
        what = "without Redis Rspamd learns nothing, does not greylist and counts no mail"
        yield doubt("ENABLE_RSPAMD_REDIS", what, "set RSPAMD_REDIS_SERVER")
    if chosen.enable_rspamd and chosen.enable_rspamd_redis and chosen.rspamd_redis_server:
        yield doubt("RSPAMD_REDIS_SERVER", "has no effect without ENABLE_RSPAMD_REDIS=0")
    if chosen.enable_rspamd and chosen.rspamd_web_password and len(chosen.rspamd_web_password) < 8:
        yield doubt("RSPAMD_WEB_PASSWORD", "has fewer than 8 characters")
    if not chosen.enable_rspamd:
        on = ("ENABLE_CLAMAV", "RSPAMD_LEARN", "RSPAMD_GREYLISTING", "ENABLE_POSTGREY", "RSPAMD_WEB_PASSWORD")
        yield from (doubt(name, "has no effect with ENABLE_RSPAMD=0") for name in on if getattr(chosen, name.lower()))


def _unsigned(rspamd: Rspamd, signing: Sequence[SigningKey]) -> Iterator[Problem]:
    written = rspamd.overrides.get("dkim_signing.conf")
    for domain in dkim_keys.in_use(signing) if written else ():
        if written and domain not in written.text:
            what = f"names no key for {domain}, whose mail is not signed"
            hint = "delete the file: keys in rspamd/dkim/ sign by themselves"
            yield Problem(written.name, what, hint, True)
