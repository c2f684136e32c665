"""Checks of the MTA-STS policies that the web servers of mail domains serve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from mailwright.doctor import Finding
from mailwright.doctor.catalogue import domain as words
from mailwright.doctor.domain import Zone
from mailwright.observe.policy_file import Unfetched, fetch

MOST = 50  # domains whose policy is fetched in one run


def with_policies(
    findings: Sequence[Finding], zones: Sequence[Zone], fetched: Callable[[str], str | Unfetched] = fetch
) -> list[Finding]:
    """``findings`` with what the policy itself shows in place of those that say that it was not fetched."""
    by_area = {f"domain {zone.domain}": zone for zone in zones}
    waiting = [one for one in findings if one.code == words.STS_UNFETCHED.code and one.area in by_area][:MOST]
    with ThreadPoolExecutor(8) as pool:
        policies = pool.map(fetched, [by_area[one.area].domain for one in waiting])
        judged = {
            id(one): list(judge(by_area[one.area], policy)) for one, policy in zip(waiting, policies, strict=True)
        }
    return [one for finding in findings for one in judged.get(id(finding), [finding])]


def judge(zone: Zone, policy: str | Unfetched) -> Iterator[Finding]:
    """Findings about the ``policy`` of a domain."""
    if isinstance(policy, Unfetched):
        kind = words.STS_WRONG if policy.certain else words.STS_UNFETCHED
        yield kind.finding(domain=zone.domain, what=policy.reason, reason=policy.reason)
        return
    lines = [line.split(":", 1) for line in policy.splitlines() if ":" in line]
    fields = [(name.strip(), value.strip().lower()) for name, value in lines]
    hosts = [value for name, value in fields if name == "mx"]
    if ("version", "stsv1") not in fields:
        yield _wrong(zone, "is not a policy")
    elif zone.policy and policy.split() != zone.policy.split():
        yield _wrong(zone, "is not the policy that this server serves")
    elif ("mode", "none") not in fields and not any(names(pattern, zone.hostname) for pattern in hosts):
        yield _wrong(zone, f"does not name {zone.hostname}: servers that enforce it cannot deliver here")


def _wrong(zone: Zone, what: str) -> Finding:
    return words.STS_WRONG.finding(domain=zone.domain, what=what)


def names(pattern: str, host: str) -> bool:
    """Whether an ``mx`` of a policy is ``host``, or a wildcard for its first label (RFC 8461, section 4.1)."""
    return pattern == host or (pattern.startswith("*.") and pattern[2:] == host.partition(".")[2])
