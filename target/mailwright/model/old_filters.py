"""docker-mailserver's old filters: what each of their variables does here, where Rspamd does their work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core.problems import Problem
from mailwright.core.values import Value
from mailwright.settings import Settings
from mailwright.settings.compatibility import is_off

BECAME = {
    "ENABLE_OPENDKIM": "1: Rspamd runs; it signs mail and checks signatures (DKIM, ARC)",
    "ENABLE_OPENDMARC": "1: Rspamd runs; it follows the policies of senders' domains (DMARC)",
    "ENABLE_POLICYD_SPF": "1: Rspamd runs; it checks who may send for a domain (SPF)",
    "ENABLE_POSTGREY": "Rspamd greylists suspicious mail (RSPAMD_GREYLISTING)",
    "POSTGREY_DELAY": "sets the delay of Rspamd's greylisting",
    "POSTGREY_MAX_AGE": "sets how long Rspamd's greylisting remembers a sender",
    "POSTGREY_TEXT": "sets the answer of Rspamd's greylisting",
    "SPAMASSASSIN_SPAM_TO_INBOX": "1: Rspamd delivers all spam; 0: Rspamd rejects mail with a high score",
    "SA_TAG2": "sets the score from which Rspamd marks mail as spam (add_header)",
    "SA_KILL": "sets the score from which Rspamd rejects mail (reject)",
}
# A variable counts only where its filter is on, as in docker-mailserver.
OF_SPAMASSASSIN = ("SPAMASSASSIN_SPAM_TO_INBOX", "SA_TAG2", "SA_KILL")
OF_POSTGREY = ("POSTGREY_DELAY", "POSTGREY_MAX_AGE", "POSTGREY_TEXT")
# Their work is Rspamd's where Rspamd runs: 0 retires the old daemon only, as on docker-mailserver's page on Rspamd.
MODULES = {"ENABLE_OPENDKIM": "dkim", "ENABLE_OPENDMARC": "dmarc", "ENABLE_POLICYD_SPF": "spf"}


def in_effect(settings: Settings, values: Mapping[str, Value]) -> Settings:
    """``settings`` as the old filters' variables, with their ``values``, change them.

    ENABLE_RSPAMD=0 with an old filter on is docker-mailserver's stock file: Rspamd takes its place.
    """
    changes: dict[str, object] = {"enable_rspamd": settings.enable_rspamd or bool(_on(settings, values))}
    if not _is_on("ENABLE_SPAMASSASSIN", values):
        changes |= {name.lower(): Settings.model_fields[name.lower()].default for name in OF_SPAMASSASSIN}
    return settings.model_copy(update=changes)


def warnings(settings: Settings, values: Mapping[str, Value]) -> Iterator[Problem]:
    """A warning for each variable of the old filters that does something here or seems to."""
    if (
        "ENABLE_RSPAMD" in values
        and is_off("ENABLE_RSPAMD", values["ENABLE_RSPAMD"].text)
        and (on := _on(settings, values))
    ):
        what = f"Rspamd runs in place of {', '.join(f'{name}=1' for name in on)}"
        hint = "set ENABLE_RSPAMD=1 and delete these variables; for no filter set all of them to 0"
        yield Problem(values["ENABLE_RSPAMD"].origin, f"ENABLE_RSPAMD=0: {what}", hint, True)
    off = {name: values[name] for name in MODULES if name in values and not _is_on(name, values)}
    if settings.enable_rspamd and off:
        names = ", ".join(f"{name}=0" for name in off)
        hint = f"to switch a check off: disable-module {MODULES[next(iter(off))]} in rspamd/custom-commands.conf"
        yield Problem(next(iter(off.values())).origin, f"{names}: no effect, since Rspamd does that work", hint, True)
    for name in ("ENABLE_POSTGREY", *OF_POSTGREY, *OF_SPAMASSASSIN):
        if settings.enable_rspamd and name in values and values[name].text.strip() and _counts(name, settings, values):
            yield Problem(values[name].origin, f"{name}: {BECAME[name]}", "", True)


def _counts(name: str, settings: Settings, values: Mapping[str, Value]) -> bool:
    """Whether the filter of the variable is on."""
    if name in OF_SPAMASSASSIN:
        return _is_on("ENABLE_SPAMASSASSIN", values)
    return settings.enable_postgrey or (settings.rspamd_greylisting and name in OF_POSTGREY)


def _on(settings: Settings, values: Mapping[str, Value]) -> list[str]:
    """The old filters that are switched on; a default is nobody's wish."""
    switches = {
        "ENABLE_OPENDKIM": settings.enable_opendkim,
        "ENABLE_OPENDMARC": settings.enable_opendmarc,
        "ENABLE_POLICYD_SPF": settings.enable_policyd_spf,
        "ENABLE_POSTGREY": settings.enable_postgrey,
        "ENABLE_AMAVIS": _is_on("ENABLE_AMAVIS", values),
        "ENABLE_SPAMASSASSIN": _is_on("ENABLE_SPAMASSASSIN", values),
    }
    return [name for name, on in switches.items() if on and name in values]


def _is_on(name: str, values: Mapping[str, Value]) -> bool:
    return name in values and bool(values[name].text.strip()) and not is_off(name, values[name].text)
