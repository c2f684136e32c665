"""A CA that is a function, and the state that runs against it change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from mailwright.dns.questions import Unanswered
from mailwright.issuance.plan import Plan, Planned
from mailwright.issuance.request import Answer, Failure, Request, Result, Wanted
from mailwright.issuance.run import Run
from tests import clock

NOW = clock.now().timestamp()
DAY, HOUR = 86400.0, 3600.0
HOST, IMAP, STS = "mail.example.com", "imap.example.com", "mta-sts.example.com"
PLAN = Plan(
    HOST, "https://ca.test/dir", "", "ec256", "http-01", "", "", "", (Planned((HOST, IMAP), frozenset()),), "digest"
)  # fmt: skip
WEB = replace(PLAN, orders=(*PLAN.orders, Planned((f"autoconfig.{STS}", STS), frozenset((f"autoconfig.{STS}", STS)))))
ISSUER = ec.generate_private_key(ec.SECP256R1())


def issued(wanted: Wanted, days: int = 90, begin: float = NOW) -> str:
    """A certificate for the signing request of ``wanted``."""
    csr = x509.load_pem_x509_csr(wanted.csr.encode())
    start = clock.now() + timedelta(seconds=begin - NOW)
    builder = x509.CertificateBuilder().subject_name(csr.subject).issuer_name(x509.Name([]))
    builder = builder.public_key(csr.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))
    for extension in csr.extensions:
        builder = builder.add_extension(extension.value, critical=False)
    return builder.sign(ISSUER, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


class Ca:
    """A CA that refuses ``refused`` names, and doubts those of ``elsewhere``."""

    def __init__(self) -> None:
        self.refused: dict[str, Failure] = {}
        self.elsewhere: dict[str, Failure] = {}
        self.whole: Failure | None = None
        self.retry_after = 0.0
        self.orders: list[tuple[str, ...]] = []
        self.chain: Callable[[Wanted, float], str] = lambda wanted, now: issued(wanted, begin=now)
        self.now = NOW

    def __call__(self, request: Request) -> Answer:
        known = self.refused if request.orders_now else self.elsewhere
        if request.orders_now:
            self.orders += [one.names for one in request.wanted]
            if self.whole:
                return Answer(failure=self.whole, retry_after=self.retry_after)
        return Answer(tuple(self.result(one, known, request.orders_now) for one in request.wanted))

    def result(self, wanted: Wanted, known: dict[str, Failure], orders: bool) -> Result:
        failures = {name: known[name] for name in wanted.names if name in known}
        return Result("" if failures or not orders else self.chain(wanted, self.now), failures)


class World:
    """The state, and what the runs told."""

    def __init__(self) -> None:
        self.ca = Ca()
        self.told: list[str] = []
        self.tlsa: tuple[str, ...] | Unanswered = ()

    def run(self, now: float, plan: Plan = PLAN, *, force: bool = False) -> Run:
        self.ca.now = now
        run = Run(
            plan, now, lambda level, text: self.told.append(f"{level}: {text}"), eager=force, force=force, ask=self.ca
        )
        run._dns = lambda _name, _kind: self.tlsa  # type: ignore[method-assign,assignment]
        run()
        return run
