"""Trial: a dry run. The CA checks all names and issues certificates, which are thrown away."""

from __future__ import annotations

from urllib.parse import urlsplit

from mailwright.issuance import caller, keys, words
from mailwright.issuance.plan import Plan
from mailwright.issuance.request import Wanted
from mailwright.issuance.run import Tell
from mailwright.settings.types import DIRECTORIES


def passes(plan: Plan, tell: Tell) -> bool:
    """Whether the CA would issue every certificate of ``plan``; ``tell`` gets what it says about each."""
    directory = plan.directory
    if directory == DIRECTORIES["letsencrypt"]:
        directory = DIRECTORIES["staging"]
    looked_at = tuple(Wanted(one.names, tuple(one.optional)) for one in plan.orders)
    checked = caller.ask(caller.request(plan, looked_at, orders_now=False))
    host, good = urlsplit(directory).netloc, True
    if checked.failure:
        tell("error", words.sentence(checked.failure, plan.hostname, host, plan.challenge))
        return False
    for hint in checked.hints:
        tell("warn", hint)
    wanted = []
    for one, found in zip(plan.orders, checked.results, strict=True):
        for name, failure in found.failures.items():
            good = good and name in one.optional
            tell("warn", words.sentence(failure, name, host, plan.challenge))
        if names := tuple(name for name in one.names if name not in found.failures):
            wanted.append(Wanted(names, (), keys.signing_request(keys.make(plan.key_type), names)))
    answer = caller.ask(caller.request(plan, tuple(wanted), orders_now=True, directory=directory))
    if answer.failure:
        tell("error", words.sentence(answer.failure, plan.hostname, host, plan.challenge))
        return False
    for asked, result in zip(wanted, answer.results, strict=True):
        for name, failure in result.failures.items():
            good = False
            tell("error", words.sentence(failure, name or asked.names[0], host, plan.challenge))
        if not result.failures:
            tell("info", f"{', '.join(asked.names)}: {host} issued a certificate, which is thrown away")
    return good
