"""Judges of the policies that a mail domain states: DMARC, MTA-STS, TLSRPT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.dns.questions import Answer, Ask, Unasked
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import domain as words

POLICIES = ("none", "quarantine", "reject")
DMARC_VALUES = {
    "p": POLICIES,
    "sp": POLICIES,
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "pct": tuple(map(str, range(101))),
}
MAILTO = re.compile(r"mailto:[^@\s,!]+@(?P<domain>[^@\s,!]+)(?:!\d+[kmgt]?)?", re.IGNORECASE)


def tags(text: str) -> dict[str, str]:
    """``v=DMARC1; p=none`` as a mapping of tags (RFC 6376, section 3.2); the names in lower case."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def unasked(domain: str, about: str, answer: Unasked) -> Finding:
    """A record of ``domain`` that could not be asked for."""
    return words.DOMAIN_UNASKED.met(about, domain=domain, question=about, reason=answer.reason)


def versioned(answer: Answer, version: str) -> list[str]:
    """The TXT records that begin with ``v=VERSION``."""
    if isinstance(answer, Unasked):
        return []
    return [it for it in answer if re.match(rf"v\s*=\s*{version}\s*(;|$)", it)]


def dmarc(domain: str, line: str, ask: Ask) -> Iterator[Finding]:
    """Whether the domain, or one above it, states what becomes of forged mail (RFC 7489)."""
    about, holder = f"TXT _dmarc.{domain}", domain
    answer = ask(f"_dmarc.{domain}", "TXT")
    while not isinstance(answer, Unasked) and not versioned(answer, "DMARC1") and holder.count(".") > 1:
        holder = holder.partition(".")[2]
        answer = ask(f"_dmarc.{holder}", "TXT")
    if isinstance(answer, Unasked):
        yield unasked(domain, about, answer)
        return
    found = versioned(answer, "DMARC1")
    if not found:
        yield words.DMARC_MISSING.met(about, domain=domain, line=line)
    elif len(found) > 1:
        yield words.DMARC_SEVERAL.met(about, domain=domain, count=len(found))
    else:
        yield from _one_dmarc(domain, holder, tags(found[0]), line, ask)


def _one_dmarc(domain: str, holder: str, said: dict[str, str], line: str, ask: Ask) -> Iterator[Finding]:
    about = f"TXT _dmarc.{domain}"
    reports = [it.strip() for it in said.get("rua", "").split(",") if it.strip()]
    wrong = [f"{name}={said[name]}" for name, known in DMARC_VALUES.items() if said.get(name, known[0]) not in known]
    wrong += [f"rua={it}" for it in reports if not MAILTO.fullmatch(it) and not it.lower().startswith("https:")]
    if "p" not in said:
        wrong.append("it has no p=")
    if wrong:
        yield words.DMARC_BROKEN.met(about, domain=domain, what=", ".join(wrong), line=line)
        return
    policy = said.get("sp", said["p"]) if holder != domain else said["p"]
    if policy == "none":
        yield words.DMARC_NONE.met(about, domain=domain)
    if not reports:
        yield words.DMARC_UNREPORTED.met(about, domain=domain)
    others = {match["domain"].lower() for match in map(MAILTO.fullmatch, reports) if match}
    for other in sorted(others):
        yield from _accepts_reports(holder, other, about, domain, ask)


def _accepts_reports(holder: str, other: str, about: str, domain: str, ask: Ask) -> Iterator[Finding]:
    """Whether another domain wants the reports (section 7.1); relatives need not say so."""
    if other == holder or other.endswith(f".{holder}") or holder.endswith(f".{other}"):
        return
    name = f"{holder}._report._dmarc.{other}"
    answer = ask(name, "TXT")
    if isinstance(answer, Unasked):
        yield unasked(domain, f"TXT {name}", answer)
    elif not versioned(answer, "DMARC1"):
        yield words.DMARC_UNWANTED.met(about, domain=holder, other=other)


def mta_sts(domain: str, hostname: str, line: str, self_signed: bool, ask: Ask) -> Iterator[Finding]:
    """Whether the domain's MTA-STS record can be followed (RFC 8461, section 3.1)."""
    about = f"TXT _mta-sts.{domain}"
    answer = ask(f"_mta-sts.{domain}", "TXT")
    if isinstance(answer, Unasked):
        yield unasked(domain, about, answer)
        return
    found = versioned(answer, "STSv1")
    if not found:
        yield words.STS_MISSING.met(about, domain=domain)
        return
    what = f"there are {len(found)}, which count as none" if len(found) > 1 else ""
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", tags(found[0]).get("id", "")):
        what = what or "its id= is not 1 to 32 letters and digits"
    if what:
        yield words.STS_BROKEN.met(about, domain=domain, what=what, line=line)
    if self_signed:
        yield words.STS_UNTRUSTED.met(about, domain=domain)
    answers = [ask(f"mta-sts.{domain}", kind) for kind in ("A", "AAAA")]
    lost = next((it for it in answers if isinstance(it, Unasked)), None)
    if any(it for it in answers if not isinstance(it, Unasked)):
        yield words.STS_UNFETCHED.met(domain=domain, hostname=hostname)
    elif lost:
        yield unasked(domain, f"A mta-sts.{domain}", lost)
    else:
        yield words.STS_NO_HOST.met(f"A mta-sts.{domain}", domain=domain)


def tlsrpt(domain: str, line: str, ask: Ask) -> Iterator[Finding]:
    """Whether the domain asks for reports on TLS in words that others understand (RFC 8460, section 3)."""
    about = f"TXT _smtp._tls.{domain}"
    answer = ask(f"_smtp._tls.{domain}", "TXT")
    if isinstance(answer, Unasked):
        yield unasked(domain, about, answer)
        return
    found = versioned(answer, "TLSRPTv1")
    reports = [it.strip() for it in tags(found[0]).get("rua", "").split(",")] if found else []
    if not found:
        yield words.TLSRPT_MISSING.met(about, domain=domain, line=line)
    elif len(found) > 1:
        yield words.TLSRPT_BROKEN.met(about, domain=domain, what=f"there are {len(found)}", line=line)
    elif not all(MAILTO.fullmatch(it) or it.lower().startswith("https:") for it in reports):
        yield words.TLSRPT_BROKEN.met(about, domain=domain, what="rua= names no address", line=line)
