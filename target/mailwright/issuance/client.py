"""client: speaks ACME with the CA, by Debian's python3-acme. It runs as the user _acme."""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import josepy
import requests
from acme import client, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from mailwright import __version__
from mailwright.host import files
from mailwright.issuance import challenges
from mailwright.issuance.challenges import ChallengeError
from mailwright.issuance.request import OURS, Answer, Failure, Request, Result, Wanted
from mailwright.issuance.words import mentioned

LARGEST = 1 << 20  # bytes of one answer of the CA
TIMEOUT = 30  # seconds for one request
DEADLINE = 150.0  # seconds for the CA's checks of an order
POLL = 1.0
NO_CONNECTION = re.compile(r"Requesting [^ :]*:(.*)")  # the library's words
OF_NAMES = ("rejectedIdentifier", "unsupportedIdentifier", "caa", "dns")  # kinds of problems that a name has
NONCES = 5  # tries of a request; a CA may refuse any nonce (RFC 8555, section 6.5)


class TooLargeError(Exception):
    """An answer of the CA with more than LARGEST bytes."""


class Conversation:
    """The account at one CA, and what it answers."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.retry_after = 0.0
        self.key = _account_key(Path(request.account), request.directory)
        network = client.ClientNetwork(
            josepy.JWKEC(key=self.key), alg=josepy.ES256, user_agent=f"mailwright/{__version__}", timeout=TIMEOUT
        )
        network.session.trust_env = False
        network.session.max_redirects = 3
        network.session.adapters.pop("http://")  # RFC 8555, section 6.1
        network.session.hooks["response"].append(self._bounded)
        if request.authorities:
            network.verify_ssl = _authorities(request.authorities)
        self.network = network

    def begin(self) -> None:
        """The CA's directory is known and the account exists afterwards."""
        directory = client.ClientV2.get_directory(self.request.directory, self.network)
        self.client = client.ClientV2(directory, self.network)
        self._register()

    def _bounded(self, response: Any, *_args: object, **_more: object) -> Any:
        """``response`` with its body, which is not read beyond LARGEST bytes."""
        body = b""
        for chunk in response.iter_content(1 << 14):
            body += chunk
            if len(body) > LARGEST:
                response.close()
                raise TooLargeError
        response._content = body
        if response.status_code >= 400 and response.headers.get("Retry-After", "").isdigit():
            self.retry_after = max(self.retry_after, float(response.headers["Retry-After"]))
        return response

    def _register(self) -> None:
        """The account exists and has the e-mail address of the settings afterwards."""
        request, body = self.request, {"terms_of_service_agreed": True}
        contact = (f"mailto:{request.email}",) if request.email else ()
        if request.eab_kid:
            body["external_account_binding"] = messages.ExternalAccountBinding.from_data(
                account_public_key=josepy.JWKEC(key=self.key.public_key()),
                kid=request.eab_kid,
                hmac_key=request.eab_hmac_key,
                directory=self.client.directory,
            )
        registration = messages.NewRegistration(contact=contact, **body)
        try:
            repeated(self.client.new_account, registration)
        except errors.ConflictError as error:  # it exists
            known = messages.RegistrationResource(uri=error.location, body=messages.Registration())
            self.client.net.account = known
            known = repeated(self.client.query_registration, known)
            if tuple(known.body.contact or ()) != contact:
                update = known.body.update(contact=contact)
                repeated(self.client.update_registration, known, update)

    def orders(self) -> Answer:
        """What becomes of each order. If the CA wants to be left, the rest is not asked: it would be refused too."""
        results: list[Result] = []
        for wanted in self.request.wanted:
            limited = Result(failures={"": Failure("rateLimited")})
            results.append(limited if self.retry_after else self.order(wanted))
        return Answer(tuple(results), retry_after=self.retry_after)

    def order(self, wanted: Wanted) -> Result:
        """The certificate for ``wanted``, or why the CA does not issue it."""
        try:
            return self._order(wanted)
        except ChallengeError as refused:
            return Result(failures={"": refused.failure})
        except messages.Error as error:
            return Result(failures=by_name(error, wanted.names))

    def _order(self, wanted: Wanted) -> Result:
        deadline = time.monotonic() + DEADLINE
        order = repeated(self.client.new_order, wanted.csr.encode())
        with ExitStack() as stack:
            failures = self._prove(order.authorizations, deadline, stack)
        if failures:
            return Result(failures=failures)
        order = repeated(self.client.begin_finalization, order)
        chain = self._finished(order, deadline)
        return Result(chain)

    def _prove(self, authorizations: Any, deadline: float, stack: ExitStack) -> dict[str, Failure]:
        """Name → why it was not proven. What is prepared for the proof is undone when ``stack`` ends."""
        failures, pending = {}, []
        for one in authorizations:
            if one.body.status == messages.STATUS_VALID:
                continue
            try:
                pending.append((one, *self._prepare(one, stack)))
            except ChallengeError as refused:
                failures[name_of(one)] = refused.failure
        for _, challenge, response in pending:
            repeated(self.client.answer_challenge, challenge, response)
        for one, _, _ in pending:
            if failure := self._verdict(one, deadline):
                failures[name_of(one)] = failure
        return failures

    def _prepare(self, authorization: Any, stack: ExitStack) -> tuple[Any, Any]:
        """The challenge and the response to it, which is in place for the CA."""
        kind, name = self.request.challenge, authorization.body.identifier.value
        for challenge in authorization.body.challenges:
            if challenge.chall.typ != kind:
                continue
            response, content = challenge.response_and_validation(self.client.net.key)
            if kind == "http-01":
                token = challenge.chall.encode("token")
                stack.enter_context(challenges.file(Path(self.request.challenges), token, content))
            else:
                stack.enter_context(challenges.record(self.request.hook, name, content))
            return challenge, response
        raise ChallengeError(Failure(OURS, f"the CA offers no {kind} challenge for it", "another ACME_CHALLENGE"))

    def _verdict(self, authorization: Any, deadline: float) -> Failure | None:
        """Why the CA did not accept the proof."""
        while True:
            authorization, _ = repeated(self.client.poll, authorization)
            if authorization.body.status == messages.STATUS_VALID:
                return None
            if authorization.body.status != messages.STATUS_PENDING:
                broken = [one.error for one in authorization.body.challenges if one.error]
                return _failure(broken[0]) if broken else Failure("unauthorized", "the CA gives no reason")
            if time.monotonic() > deadline:
                return Failure(OURS, f"the CA did not check it within {DEADLINE:.0f} s")
            time.sleep(POLL)

    def _finished(self, order: Any, deadline: float) -> str:
        """The chain of ``order``; ChallengeError if the CA does not issue it."""
        fetch = self.client._post_as_get
        while time.monotonic() < deadline:
            body = messages.Order.from_json(repeated(fetch, order.uri).json())
            if body.status == messages.STATUS_INVALID:
                raise body.error or ChallengeError(Failure(OURS, "the CA did not finish the order and gives no reason"))
            if body.status == messages.STATUS_VALID and body.certificate:
                return str(repeated(fetch, body.certificate).text)
            time.sleep(POLL)
        raise ChallengeError(Failure(OURS, f"the CA did not finish the order within {DEADLINE:.0f} s"))


def answer(request: Request) -> Answer:
    """What the CA answers to ``request``."""
    talk = None
    try:
        talk = Conversation(request)
        talk.begin()
        return talk.orders()
    except Exception as error:
        failure = failure_of(error)
        if not failure:
            raise
        return Answer(failure=failure, retry_after=talk.retry_after if talk else 0.0)


def failure_of(error: Exception) -> Failure | None:
    """What ``error`` says of the CA; None if it is a mistake of ours."""
    if isinstance(error, ChallengeError):
        return error.failure
    if isinstance(error, messages.Error):
        return _failure(error)
    if isinstance(error, ValueError) and (lost := NO_CONNECTION.fullmatch(str(error))):
        return Failure("unreachable", lost[1].strip())
    if isinstance(error, errors.ClientError) and (status := getattr(next(iter(error.args), None), "status_code", 0)):
        return Failure("serverInternal", f"HTTP {status}")
    for types, kind, text in KINDS:
        if isinstance(error, types):
            return Failure(kind, text(error))
    return None


def repeated(call: Any, *given: Any) -> Any:
    """What ``call`` gives. It is repeated while the CA refuses the nonce."""
    for _ in range(NONCES):
        try:
            return call(*given)
        except messages.Error as error:
            if error.code != "badNonce":
                raise
    return call(*given)


def name_of(authorization: Any) -> str:
    """The name that an authorization is for, as the order has it."""
    wildcard = "*." if authorization.body.wildcard else ""
    return f"{wildcard}{authorization.body.identifier.value}"


def by_name(error: Any, names: Sequence[str]) -> dict[str, Failure]:
    """The failures of ``error`` by name: by its parts, else by the ``names`` that it mentions; else of the order."""
    if parts := [part for part in error.subproblems or () if part.identifier]:
        return {part.identifier.value: _failure(part) for part in parts}
    failure = _failure(error)
    about = mentioned(failure.detail, names) if failure.kind in OF_NAMES else []
    return dict.fromkeys(about, failure) or {"": failure}


def _failure(error: Any) -> Failure:
    return Failure(str(error.code or error.typ), str(error.detail or error.title or "")[:500])


def _innermost(error: BaseException) -> str:
    """The reason of a failed connection, without the library's words around it."""
    reason: Any = error
    while inner := next((one for one in (getattr(reason, "reason", None), *reason.args) if _is_error(one)), None):
        reason = inner
    return str(getattr(reason, "strerror", None) or reason).rpartition(">: ")[2][:200]


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)


KINDS: tuple[tuple[tuple[type[Exception], ...], str, Callable[[Exception], str]], ...] = (
    ((TooLargeError,), "nonsense", lambda _: f"an answer of more than {LARGEST >> 20} MiB"),
    ((requests.exceptions.SSLError,), "untrusted", _innermost),
    ((requests.exceptions.RequestException,), "unreachable", _innermost),
    # The library's ways to say that an answer is not what RFC 8555 wants.
    (
        (errors.Error, josepy.errors.Error, ValueError, LookupError, TypeError, AttributeError, RecursionError),
        "nonsense",
        lambda error: f"{type(error).__name__}: {error}"[:200],
    ),
)


def _account_key(folder: Path, directory: str) -> Any:
    """The key of the account at ``directory``, made if there is none; ChallengeError if its file holds no key."""
    place = folder / f"{sha256(directory.encode()).hexdigest()[:16]}.json"
    if not place.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        text = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        files.write_durably(place, json.dumps({"directory": directory, "key": text}, indent=1) + "\n", 0o600)
        return made
    try:
        key = load_pem_private_key(json.loads(place.read_text(encoding="utf-8"))["key"].encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        what = f"{place} holds no key of an account"
        raise ChallengeError(Failure(OURS, what, "move it away: the next run makes a new account")) from None
    return key


def _authorities(text: str) -> str:
    """A file with ``text``, for the library; it goes with this process's folder."""
    handle, path = tempfile.mkstemp(prefix="ca-", suffix=".pem")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    return path
