"""What root asks of the program that speaks with the CA, and its answer: JSON on its standard input and output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mailwright.core import paths

LONGEST = 500  # characters of a text in an answer
HINTS = 100  # in an answer
OURS = "ours"  # a failure that the CA has no part in; its detail is what the operator reads


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a name or an order failed: the last word of the CA's problem type (RFC 8555, section 6.7), and its text."""

    kind: str
    detail: str = ""
    cure: str = ""  # of failures that are OURS


@dataclass(frozen=True, slots=True)
class Wanted:
    """One certificate: names, and the signing request (PEM) if it is ordered."""

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()
    csr: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """How the CA is asked, and for what. Without ``orders_now`` names are only checked."""

    hostname: str
    directory: str
    challenge: str
    wanted: tuple[Wanted, ...]
    orders_now: bool = False
    email: str = ""
    authorities: str = ""
    eab_kid: str = ""
    eab_hmac_key: str = field(default="", repr=False)
    account: str = paths.ACME_ACCOUNT
    challenges: str = paths.ACME_CHALLENGES
    hook: str = f"{paths.ACME_HOOK}/hook"

    def text(self) -> str:
        """The request as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Request:
        """The request that is ``text``."""
        content = json.loads(text)
        wanted = tuple(Wanted(tuple(one["names"]), tuple(one["optional"]), one["csr"]) for one in content.pop("wanted"))
        return cls(wanted=wanted, **content)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one certificate: its chain (PEM), or failures by name; ``""`` is the order as a whole."""

    chain: str = ""
    failures: Mapping[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A Result for each certificate that was wanted, or one failure of all; seconds that the CA wants to be left."""

    results: tuple[Result, ...] = ()
    failure: Failure | None = None
    retry_after: float = 0.0
    hints: tuple[str, ...] = ()  # doubts about names, of use if the CA refuses them

    def text(self) -> str:
        """The answer as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str, wanted: Sequence[Wanted]) -> Answer:
        """The answer that is ``text``, with a Result for each of ``wanted``; ValueError if it is not one.

        Its writer speaks with strangers: of it nothing counts but the names that were asked about, and short texts.
        """
        try:
            content = json.loads(text)
            results = tuple(map(_result, content["results"] if not content["failure"] else (), wanted))
            failure = _failure(content["failure"]) if content["failure"] else None
            hints = tuple(str(one)[:LONGEST] for one in content["hints"][:HINTS])
            answer = cls(results, failure, max(0.0, float(content["retry_after"])), hints)
        except (LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError("no answer") from error
        if not failure and not len(content["results"]) == len(results) == len(wanted):
            raise ValueError("an answer to something else")
        return answer


def _result(content: dict[str, Any], wanted: Wanted) -> Result:
    """What became of ``wanted``. A failure of another name is one of the order."""
    failures: dict[str, Failure] = {}
    for name, failure in content["failures"].items():
        failures.setdefault(name if name in wanted.names else "", _failure(failure))
    return Result(str(content["chain"]), failures)


def _failure(content: dict[str, Any]) -> Failure:
    return Failure(*(str(content[name])[:LONGEST] for name in ("kind", "detail", "cure")))
