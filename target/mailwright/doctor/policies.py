"""Checks of the policies that a mail domain publishes: DMARC, MTA-STS, TLSRPT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.dns.questions import Answer, Ask, Unanswered
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


def unanswered(domain: str, about: str, answer: Unanswered) -> Finding:
    """The finding about a record of ``domain`` that could not be looked up."""
    return words.DOMAIN_UNASKED.finding(about, domain=domain, question=about, reason=answer.reason)


def _is_report_address(text: str) -> bool:
    return MAILTO.fullmatch(text) is not None or text.lower().startswith("https:")


def with_version(answer: Answer, version: str) -> list[str]:
    """The TXT records that begin with ``v=VERSION``."""
    if isinstance(answer, Unanswered):
        return []
    return [text for text in answer if re.match(rf"v\s*=\s*{version}\s*(;|$)", text)]


def dmarc(domain: str, line: str, ask: Ask) -> Iterator[Finding]:
    """Findings about the DMARC record of the domain, or of a parent domain (RFC 7489)."""
    about, holder = f"TXT _dmarc.{domain}", domain
    answer = ask(f"_dmarc.{domain}", "TXT")
    while not isinstance(answer, Unanswered) and not with_version(answer, "DMARC1") and holder.count(".") > 1:
        holder = holder.partition(".")[2]
        answer = ask(f"_dmarc.{holder}", "TXT")
    if isinstance(answer, Unanswered):
        yield unanswered(domain, about, answer)
        return
    records = with_version(answer, "DMARC1")
    if not records:
        yield words.DMARC_MISSING.finding(about, domain=domain, line=line)
    elif len(records) > 1:
        yield words.DMARC_SEVERAL.finding(about, domain=domain, count=len(records))
    else:
        yield from _one_dmarc(domain, holder, tags(records[0]), line, ask)


def _one_dmarc(domain: str, holder: str, record: dict[str, str], line: str, ask: Ask) -> Iterator[Finding]:
    about = f"TXT _dmarc.{domain}"
    reports = [text.strip() for text in record.get("rua", "").split(",") if text.strip()]
    mistakes = [
        f"{name}={record[name]}" for name, known in DMARC_VALUES.items() if record.get(name, known[0]) not in known
    ]
    mistakes += [f"rua={address}" for address in reports if not _is_report_address(address)]
    if "p" not in record:
        mistakes.append("it has no p=")
    if mistakes:
        yield words.DMARC_BROKEN.finding(about, domain=domain, what=", ".join(mistakes), line=line)
        return
    policy = record.get("sp", record["p"]) if holder != domain else record["p"]
    if policy == "none":
        yield words.DMARC_NONE.finding(about, domain=domain)
    if not reports:
        yield words.DMARC_UNREPORTED.finding(about, domain=domain)
    others = {match["domain"].lower() for match in map(MAILTO.fullmatch, reports) if match}
    for other in sorted(others):
        yield from _accepts_reports(holder, other, about, domain, ask)


def _accepts_reports(holder: str, other: str, about: str, domain: str, ask: Ask) -> Iterator[Finding]:
    """Finding if another domain does not accept the reports (section 7.1); parent and child domains need not."""
    if other == holder or other.endswith(f".{holder}") or holder.endswith(f".{other}"):
        return
    name = f"{holder}._report._dmarc.{other}"
    answer = ask(name, "TXT")
    if isinstance(answer, Unanswered):
        yield unanswered(domain, f"TXT {name}", answer)
    elif not with_version(answer, "DMARC1"):
        yield words.DMARC_UNWANTED.finding(about, domain=holder, other=other)


def mta_sts(domain: str, line: str, policy: str, self_signed: bool, ask: Ask) -> Iterator[Finding]:
    """Findings about the domain's MTA-STS record and the host of its policy (RFC 8461, section 3.1).

    ``line`` is the record to publish; ``policy`` is the one that this server serves, or empty.
    """
    about = f"TXT _mta-sts.{domain}"
    answer = ask(f"_mta-sts.{domain}", "TXT")
    if isinstance(answer, Unanswered):
        yield unanswered(domain, about, answer)
        return
    records = with_version(answer, "STSv1")
    if not records:
        yield words.STS_MISSING.finding(about, domain=domain)
        return
    published = tags(records[0]).get("id", "")
    mistake = f"there are {len(records)} records; other servers ignore all of them" if len(records) > 1 else ""
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", published):
        mistake = mistake or "its id= is not 1 to 32 letters and digits"
    if mistake:
        yield words.STS_BROKEN.finding(about, domain=domain, what=mistake, line=line)
    elif policy and f"id={published}" not in line:
        yield words.STS_STALE.finding(about, domain=domain, line=line)
    if self_signed:
        yield words.STS_UNTRUSTED.finding(about, domain=domain)
    yield from _mx_of_policy(domain, policy, ask)
    yield from _policy_host(domain, ask)


def _mx_of_policy(domain: str, policy: str, ask: Ask) -> Iterator[Finding]:
    """Findings about MX hosts that the policy of ours does not name."""
    answer = ask(domain, "MX") if policy else ()
    if not isinstance(answer, Unanswered):
        named = {line.removeprefix("mx: ") for line in policy.splitlines()}
        hosts = sorted({text.split()[-1].rstrip(".").lower() for text in answer})
        yield from (words.STS_FOREIGN_MX.finding(domain=domain, host=host) for host in hosts if host not in named)


def _policy_host(domain: str, ask: Ask) -> Iterator[Finding]:
    """Findings about the addresses of the policy's host. With one, the policy itself can be fetched."""
    answers = [ask(f"mta-sts.{domain}", kind) for kind in ("A", "AAAA")]
    lost = next((answer for answer in answers if isinstance(answer, Unanswered)), None)
    if any(answer for answer in answers if not isinstance(answer, Unanswered)):
        yield words.STS_UNFETCHED.finding(domain=domain, reason="DNS was asked only")
    elif lost:
        yield unanswered(domain, f"A mta-sts.{domain}", lost)
    else:
        yield words.STS_NO_HOST.finding(f"CNAME mta-sts.{domain}", domain=domain)


def tlsrpt(domain: str, line: str, ask: Ask) -> Iterator[Finding]:
    """Findings about the domain's TLSRPT record (RFC 8460, section 3)."""
    about = f"TXT _smtp._tls.{domain}"
    answer = ask(f"_smtp._tls.{domain}", "TXT")
    if isinstance(answer, Unanswered):
        yield unanswered(domain, about, answer)
        return
    records = with_version(answer, "TLSRPTv1")
    reports = [text.strip() for text in tags(records[0]).get("rua", "").split(",")] if records else []
    if not records:
        yield words.TLSRPT_MISSING.finding(about, domain=domain, line=line)
    elif len(records) > 1:
        yield words.TLSRPT_BROKEN.finding(about, domain=domain, what=f"there are {len(records)} records", line=line)
    elif not all(map(_is_report_address, reports)):
        yield words.TLSRPT_BROKEN.finding(about, domain=domain, what="rua= has no valid address", line=line)
