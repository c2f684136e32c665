"""One run: looks which certificates are due, asks the CA, and keeps what it issues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from mailwright.dns.questions import Answer as Dns
from mailwright.dns.resolver import Resolver
from mailwright.formats.acme_status import Record, Status
from mailwright.issuance import caller, keys, rollover, schedule, store, words
from mailwright.issuance.plan import Plan, Planned
from mailwright.issuance.request import Answer, Failure, Request, Result, Wanted
from mailwright.issuance.rollover import Choice
from mailwright.issuance.store import Stored

Tell = Callable[[str, str], None]  # level and text
MOST = 50  # certificates in one run (Let's Encrypt: 300 orders in three hours)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A certificate that is ordered now."""

    planned: Planned
    names: tuple[str, ...]
    choice: Choice
    why: str


@dataclass
class Run:
    """One run at the time ``now``. ``eager``: what is due is tried without waiting; ``force``: all is due."""

    plan: Plan
    now: float
    tell: Tell
    eager: bool = False
    force: bool = False
    ask: Callable[[Request], Answer] = caller.ask
    status: Status = field(default_factory=Status)
    errors: list[str] = field(default_factory=list)  # that the last run did not have

    def __call__(self) -> bool:
        """Whether nothing failed. Certificates, their records and the time of the next run are in the state."""
        known, note = store.load_status()
        if note:
            self.tell("warn", note)
        self.status = schedule.forgiven(known, self.plan.digest, self.now)
        records = {one.name: self.status.records.get(one.name, Record()) for one in self.plan.orders}
        self.status = replace(self.status, records=records)
        if self.eager or schedule.may_ask(self.status, self.now):
            self._work()
        kept = [one.certificate for one in self._stored().values() if one.certificate]
        self.status = replace(self.status, next_run=schedule.next_run(self.status, kept, self.now))
        store.save_status(self.status)
        return not any(record.error for record in self.status.records.values())

    def _stored(self) -> Mapping[str, Stored]:
        return {one.name: store.stored(one.name) for one in self.plan.orders}

    def _work(self) -> None:
        doubts = self._doubts()
        ordered = [one for planned in self.plan.orders if (one := self._ordered(planned, doubts))][:MOST]
        if not ordered:
            return
        self.status = replace(self.status, tries=(*self.status.tries, self.now))
        store.save_status(self.status)  # a run that is killed counts
        results = self._answers(ordered)
        again = []
        for one, result in zip(ordered, results, strict=True):
            if smaller := without(one, result):
                again += [smaller] if self._refused(smaller, result) else []
            else:
                self._settle(one, result)
        for one, result in zip(again, self._answers(again) if again else (), strict=True):
            self._settle(one, result)

    def _doubts(self) -> Mapping[str, Mapping[str, Failure]]:
        """Certificate → name → why the CA cannot be asked about it."""
        wanted = tuple(Wanted(one.names, tuple(one.optional)) for one in self.plan.orders)
        answer = self.ask(caller.request(self.plan, wanted, orders_now=False))
        for hint in answer.hints:
            self.tell("debug", hint)
        if answer.failure:
            return {one.name: dict.fromkeys(one.names, answer.failure) for one in self.plan.orders}
        return {one.name: found.failures for one, found in zip(self.plan.orders, answer.results, strict=True)}

    def _ordered(self, planned: Planned, doubts: Mapping[str, Mapping[str, Failure]]) -> Ordered | None:
        """What is ordered for ``planned`` now; its record says what keeps names out of it."""
        record, kept = self.status.records[planned.name], store.stored(planned.name)
        failures = doubts[planned.name]
        present = kept.certificate.names if kept.certificate else ()
        # A name that DNS does not answer for today stays until the certificate is renewed.
        refused = () if self.eager else [name for name, until in record.refused.items() if until > self.now]
        out = {*failures, *refused} - {*present}
        names = tuple(name for name in planned.names if name not in out)
        choice = rollover.choice(kept, record, self.plan.key_type, self._dns, self.now)
        record = self._noted(choice.record, planned, failures, names)
        why = schedule.due(kept.certificate, record, names, self.plan.directory, self.now)
        why = why or "with its next key" * choice.is_new or "asked for" * self.force
        needed = [name for name in planned.names[:1] if name not in planned.optional]
        record = record if why else replace(record, error="", failures=0, next_try=0.0)
        self._record(planned, record)
        sure = tuple(name for name in names if name not in failures)
        if not why or not (self.eager or schedule.allowed(self.status, record, self.now)):
            return None
        if blocked := next((name for name in needed if name in failures), ""):
            self._failed(planned, record, self._sentence(blocked, failures[blocked]))
        if blocked or not sure:
            return None
        return Ordered(planned, sure, choice, why)

    def _noted(self, record: Record, planned: Planned, failures: Mapping[str, Failure], names: Sequence[str]) -> Record:
        """``record`` with the names that are left out; the log has those that were not there before."""
        left_out = {
            name: self._sentence(name, failures[name]) if name in failures else record.left_out.get(name, "")
            for name in planned.names[0 if planned.optional else 1 :]
            if name not in names
        }
        new = {name: why for name, why in left_out.items() if record.left_out.get(name) != why}
        for text in words.left_out(new):
            self.tell("info" if planned.optional else "warn", text)
        if record.waits_for and record.waits_for != self.status.records[planned.name].waits_for:
            tlsa = f"`_25._tcp.{planned.name}. TLSA 3 1 1 {record.waits_for}`"
            self.tell("warn", f"the next key of {planned.name} waits until DNS has {tlsa}")
        return replace(record, left_out=left_out)

    def _answers(self, ordered: Sequence[Ordered]) -> tuple[Result, ...]:
        """What the CA answers to each."""
        wanted = tuple(
            Wanted(one.names, (), keys.signing_request(one.choice.key, one.names)) for one in ordered
        )  # fmt: skip
        answer = self.ask(caller.request(self.plan, wanted, orders_now=True))
        if answer.retry_after:
            self.status = replace(self.status, not_before=self.now + min(answer.retry_after, schedule.LEFT))
        if answer.failure:
            return (Result(failures={"": answer.failure}),) * len(ordered)
        return answer.results

    def _refused(self, smaller: Ordered, result: Result) -> bool:
        """Whether ``smaller`` is still to be ordered. The names that the CA refused are in the record."""
        record = self.status.records[smaller.planned.name]
        texts = {name: self._sentence(name, failure) for name, failure in result.failures.items()}
        for text in words.left_out({name: why for name, why in texts.items() if record.left_out.get(name) != why}):
            self.tell("warn", text)
        later = dict.fromkeys(texts, self.now + schedule.REFUSED)
        record = replace(record, left_out={**record.left_out, **texts}, refused={**record.refused, **later})
        self._record(smaller.planned, record)
        kept = store.stored(smaller.planned.name).certificate
        return self.force or not kept or smaller.why != schedule.NAMES or set(kept.names) != set(smaller.names)

    def _settle(self, one: Ordered, result: Result) -> None:
        """The certificate is kept, or its record says why there is none."""
        name, record = one.planned.name, self.status.records[one.planned.name]
        if result.failures:
            failures = {each or one.names[0]: failure for each, failure in sorted(result.failures.items())}
            host = urlsplit(self.plan.directory).netloc
            self._failed(one.planned, record, "; ".join(words.sentences(failures, host, self.plan.challenge)))
            return
        found = store.checked(result.chain, one.choice.key, one.names, self.now)
        if isinstance(found, str):
            self._failed(one.planned, record, f"the CA sent {found}")
            return
        store.keep(name, found.chain, one.choice.key)
        self._record(
            one.planned, Record(self.plan.directory, found.names, left_out=record.left_out, refused=record.refused)
        )
        listed, until = ", ".join(found.names), f"{found.not_after:%Y-%m-%d}"
        self.tell("info", f"certificate for {listed}, valid until {until} ({one.why})")

    def _failed(self, planned: Planned, record: Record, error: str) -> None:
        """The record of ``planned`` has ``error`` and when it is tried again, and the log too."""
        failed = schedule.failed(record, error, self.now)
        later = self.status.retry(failed)
        self._record(planned, failed)
        self.tell("error", f"no certificate for {planned.name}: {error}; next try at {words.moment(later)}")
        if error != record.error:
            self.errors.append(f"{planned.name}: {error}")

    def _record(self, planned: Planned, record: Record) -> None:
        self.status = replace(self.status, records={**self.status.records, planned.name: record})

    def _sentence(self, name: str, failure: Failure) -> str:
        return words.sentence(failure, name, urlsplit(self.plan.directory).netloc, self.plan.challenge)

    def _dns(self, name: str, kind: str) -> Dns:
        return Resolver(self.plan.hostname).ask_all([(name, kind)])[name, kind]


def without(one: Ordered, result: Result) -> Ordered | None:
    """``one`` without the names that the CA refused; None if nothing is left to order, or all went well.

    The host name, which the certificate is for, is never left out.
    """
    failed = result.failures
    needed = one.planned.names[0] not in one.planned.optional
    if not failed or "" in failed or (needed and one.planned.name in failed):
        return None
    names = tuple(name for name in one.names if name not in failed)
    return replace(one, names=names) if names and names != one.names else None
