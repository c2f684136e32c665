"""Words: a failure of a name or an order as one line, with the cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from mailwright.core.problems import printable
from mailwright.core.values import enumerated
from mailwright.issuance.request import OURS, Failure

LONGEST = 300  # characters of what the CA said
# Kind → what it means, and the cure. {name}, {ca} and {challenge} are filled in.
HTTP = {
    "connection": (
        "the CA cannot connect to port 80 of {name}",
        "publish port 80 in compose.yaml or let a proxy pass it on, open it in the firewall, and compare the A and "
        "AAAA records of {name}",
    ),
    "unauthorized": (
        "another web server answered for {name}",
        "point all A and AAAA records of {name} to this host; a proxy before it must pass on "
        "/.well-known/acme-challenge/",
    ),
    "tls": (
        "{name} is redirected to HTTPS, which the CA cannot use",
        "port 80 must answer /.well-known/acme-challenge/ itself",
    ),
}
DNS = {
    "unauthorized": (
        "the CA finds another TXT record at _acme-challenge.{name}",
        "acme-dns-hook must end only when the record is published on every name server",
    ),
    "connection": ("the CA cannot reach the name servers of {name}", "check the zone's name servers"),
}
BOTH = {
    "dns": (
        "the CA cannot look up {name} in DNS",
        "check its records and DNSSEC; `dig +trace {name}` shows where it ends",
    ),
    "caa": (
        "a CAA record forbids this CA to issue for {name}",
        'add a record `CAA 0 issue "…"` with the CA\'s name, or remove the others',
    ),
    "rateLimited": ("the CA limits how often it may be asked", "wait; nothing needs to be done"),
    "rejectedIdentifier": ("the CA does not issue for {name}", "use a name in a public domain, or another CA"),
    "externalAccountRequired": ("the CA wants an external account", "set ACME_EAB_KID and ACME_EAB_HMAC_KEY"),
    "unsupportedContact": ("the CA does not accept ACME_EMAIL", "correct it, or leave it empty"),
    "invalidContact": ("the CA does not accept ACME_EMAIL", "correct it, or leave it empty"),
    "userActionRequired": ("the CA asks the owner of the account to do something", "see what it says"),
    "badPublicKey": ("the CA does not accept the key", "another ACME_KEY_TYPE"),
    "badCSR": ("the CA does not accept the request", "another ACME_KEY_TYPE, or fewer names"),
    "serverInternal": ("the CA has an error of its own", "wait; it is tried again"),
    "unreachable": (
        "the CA at {ca} cannot be reached",
        "check ACME_DIRECTORY, DNS in the container and the firewall for outgoing HTTPS",
    ),
    "untrusted": ("the certificate of {ca} is not trusted", "ACME_CA_FILE for a private CA; check the host's clock"),
    "nonsense": ("{ca} does not answer as an ACME server", "check ACME_DIRECTORY: it is the URL of the directory"),
}
UNKNOWN = ("the CA refused {name}", "see what it says")


def sentence(failure: Failure, name: str, ca: str, challenge: str) -> str:
    """``failure`` of ``name`` (or of an order whose first name it is) on one line, with the cure."""
    if failure.kind == OURS:
        what, cure, said = f"{name} {failure.detail}" if _completes(failure) else failure.detail, failure.cure, ""
    else:
        ways = {**BOTH, **(HTTP if challenge == "http-01" else DNS)}
        what, cure = (text.replace("{name}", name).replace("{ca}", ca) for text in ways.get(failure.kind, UNKNOWN))
        said = failure.detail.strip()
    quoted = f'; it says: "{said[:LONGEST]}{"…" * (len(said) > LONGEST)}"' if said else ""
    return printable(f"{what}{quoted}{f' (hint: {cure})' if cure else ''}")


def sentences(failures: Mapping[str, Failure], ca: str, challenge: str) -> Iterator[str]:
    """A sentence for each kind of failure, with all its names; what the CA said about the first stands for all."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name, failure in failures.items():
        groups.setdefault((failure.kind, failure.detail if failure.kind == OURS else ""), []).append(name)
    for names in groups.values():
        yield sentence(failures[names[0]], enumerated(names), ca, challenge)


def left_out(reasons: Mapping[str, str]) -> Iterator[str]:
    """A line for each reason why names are not in a certificate. ``reasons``: name → its sentence."""
    groups: dict[str, list[str]] = {}
    for name, why in reasons.items():
        groups.setdefault(why.removeprefix(f"{name} "), []).append(name)
    for why, names in groups.items():
        if len(names) == 1:
            yield f"{names[0]} is left out: {reason(names[0], why)}"
        else:
            text = f"they have {why.removeprefix('has ')}" if why.startswith("has ") else why
            yield f"{enumerated(names)} are left out: {text}"


def reason(name: str, why: str) -> str:
    """``why`` for a line that names ``name`` already: ``it has no address in DNS``."""
    return f"it {rest}" if (rest := why.removeprefix(f"{name} ")).startswith("has ") else why


def mentioned(text: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that ``text`` contains, not as a part of another name."""
    return [name for name in names if re.search(rf"(?<![\w.*-]){re.escape(name)}(?![\w-]|\.\w)", text)]


def _completes(failure: Failure) -> bool:
    """Whether the text continues the name: ``mail.example.com has no address in DNS``."""
    return failure.detail.startswith("has ")


def limited(until: float) -> str:
    """That the CA wants to be left until then."""
    return f"the CA takes no further requests before {moment(until)}"


def moment(seconds: float) -> str:
    """A time, in the container's time zone."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"
