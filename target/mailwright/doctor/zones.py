"""Judges of what DNS says; ``ask`` gives the records of a name and type as texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

from mailwright.doctor import Answer, Finding, Unasked
from mailwright.records import Record

Ask = Callable[[str, str], Answer]
LISTS = {"zen.spamhaus.org": "https://check.spamhaus.org", "bl.spamcop.net": "https://www.spamcop.net/bl.shtml"}
REFUSED = re.compile(r"127\.255\.255\.\d+|127\.0\.0\.1")  # the list answers nobody who asks through a public resolver


def host(hostname: str, ask: Ask) -> Iterator[Finding]:
    """Whether the host name has addresses, and these lead back to it."""
    found = [ask(hostname, kind) for kind in ("A", "AAAA")]
    lost = next((it for it in found if isinstance(it, Unasked)), None)
    addresses = [address for it in found if not isinstance(it, Unasked) for address in it]
    if not addresses:
        if lost:
            yield Finding("host name", f"{hostname}: {lost.reason}", level="not asked")
            return
        yield Finding("host name", f"{hostname} has no address in DNS", "publish an A (and AAAA) record for it")
    for address in addresses:
        yield from _reverse(hostname, address, ask)


def _reverse(hostname: str, address: str, ask: Ask) -> Iterator[Finding]:
    if not ip_address(address).is_global:
        what = f"{address} is a private address: reverse DNS and block lists can't be asked about it"
        yield Finding("host name", what, level="not asked")
        return
    names = ask(ip_address(address).reverse_pointer, "PTR")
    if isinstance(names, Unasked):
        yield Finding("host name", f"reverse DNS of {address}: {names.reason}", level="not asked")
    elif hostname not in names:
        said = f"says {', '.join(names)}" if names else "is missing"
        cure = f"let your provider set the PTR record of {address} to {hostname}; many servers refuse mail without"
        yield Finding("host name", f"reverse DNS of {address} {said}", cure)
    yield from _listed(address, ask)


def _listed(address: str, ask: Ask) -> Iterator[Finding]:
    if ip_address(address).version != 4:
        return
    for zone, page in LISTS.items():
        answers = ask(".".join(reversed(address.split("."))) + "." + zone, "A")
        if isinstance(answers, Unasked):
            yield Finding("block lists", f"{zone}: {answers.reason}", level="not asked")
        elif any(REFUSED.fullmatch(answer) for answer in answers):
            what = f"{zone} does not answer this resolver"
            yield Finding("block lists", what, "use a resolver of your own, not a public one", "not asked")
        elif answers:
            yield Finding("block lists", f"{address} is listed at {zone}", f"see {page} for why, and how to get off")


def domain(name: str, hostname: str, wanted: Iterable[Record], ask: Ask) -> Iterator[Finding]:
    """Whether a mail domain's zone says what it should."""
    area = f"domain {name}"
    wanted = list(wanted)
    for record in wanted:
        yield from compared(area, record, hostname, ask)
    if not any("_domainkey" in record.name for record in wanted):
        yield Finding(area, "has no DKIM key in the config folder: its mail is not signed", level="note")
    yield from _mta_sts(name, area, ask)


def compared(area: str, record: Record, hostname: str, ask: Ask) -> Iterator[Finding]:
    """What is wrong with what DNS says where ``record`` is wanted."""
    answers = ask(record.name, record.kind)
    if isinstance(answers, Unasked):
        yield Finding(area, f"{record.kind} of {record.name}: {answers.reason}", level="not asked")
        return
    wrong = state(record, answers, hostname)
    if wrong:
        harms = record.needed or answers_harm(record, answers)
        what = f"{record.kind} of {record.name} {wrong}"
        yield Finding(area, what, f"publish: {record.line()}", "finding" if harms else "note")


def _mta_sts(name: str, area: str, ask: Ask) -> Iterator[Finding]:
    answers = ask(f"_mta-sts.{name}", "TXT")
    if isinstance(answers, Unasked):
        yield Finding(area, f"TXT of _mta-sts.{name}: {answers.reason}", level="not asked")
    elif not [it for it in answers if it.startswith("v=STSv1")]:
        yield Finding(area, "has no MTA-STS policy: others may send to us without TLS", level="note")
    elif not any(re.search(r"id=[A-Za-z0-9]{1,32}\b", it) for it in answers):
        yield Finding(area, f"TXT of _mta-sts.{name} has no id", "v=STSv1; id=20260101")


def answers_harm(record: Record, answers: tuple[str, ...]) -> bool:
    """Whether a wrong record is worse than none: a TLSA that fits no certificate keeps mail away."""
    return record.kind == "TLSA" and bool(answers)


def state(record: Record, answers: tuple[str, ...], hostname: str) -> str:
    """What is wrong with ``answers`` where ``record`` is wanted; nothing when they do."""
    if record.kind == "TXT":
        return _text_state(record, answers, hostname)
    if record.kind == "MX":
        hosts = [it.split()[-1].rstrip(".").lower() for it in answers]
        return "" if hostname in hosts else _differs(answers, "does not name this server")
    if record.kind == "SRV":
        return "" if answers else "is missing"
    wanted = record.data.lower().split()
    return "" if wanted in [it.lower().split() for it in answers] else _differs(answers, "fits no certificate of ours")


def _text_state(record: Record, answers: tuple[str, ...], hostname: str) -> str:
    if record.data.startswith("v=spf1"):
        return spf(answers, hostname)
    if record.data.startswith("v=DMARC1"):
        return dmarc(answers)
    if record.data.startswith("v=DKIM1"):
        keys = [dict(_tags(it)).get("p", "") for it in answers]
        return "" if dict(_tags(record.data))["p"] in keys else _differs(answers, "has another key")
    version = record.data.partition(";")[0]
    return "" if any(it.startswith(version) for it in answers) else "is missing"


def _differs(answers: tuple[str, ...], how: str) -> str:
    return how if answers else "is missing"


def _tags(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        name, _, value = part.partition("=")
        yield name.strip(), re.sub(r"\s", "", value)


def spf(answers: tuple[str, ...], hostname: str) -> str:
    """What is wrong with the SPF record among TXT ``answers`` (RFC 7208)."""
    found = [it for it in answers if it == "v=spf1" or it.startswith("v=spf1 ")]
    if not found:
        return "is missing"
    if len(found) > 1:
        return "has more than one SPF record, which counts as none"
    terms = found[0].lower().split()[1:]
    if {"+all", "all"} & set(terms):
        return "lets everybody send (+all)"
    ours = re.compile(rf"[+?~]?(mx|a|ip[46]:.*|a:{re.escape(hostname)}|mx:.*|include:.*|redirect=.*|exists:.*)(/\d+)*")
    return "" if any(ours.fullmatch(term) for term in terms) else "does not let this server send"


def dmarc(answers: tuple[str, ...]) -> str:
    """What is wrong with the DMARC record among TXT ``answers`` (RFC 7489)."""
    found = [dict(_tags(it)) for it in answers if it.startswith("v=DMARC1")]
    if not found:
        return "is missing"
    if len(found) > 1:
        return "has more than one DMARC record, which counts as none"
    return "" if found[0].get("p", "").lower() in ("none", "quarantine", "reject") else "has no policy (p=)"
