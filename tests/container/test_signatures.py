"""Signatures of senders still verify when their mail has arrived: S/MIME, OpenPGP and DKIM."""

from __future__ import annotations

import dkim
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509 import load_pem_x509_certificate

from tests.container.conftest import ALICE, BOB
from tests.container.corpus import mail
from tests.container.docker import CLIENTS
from tests.container.lab import Lab, Server, accounts
from tests.container.test_corpus import arrived, sent
from tests.pki import pair

STRANGER = "x@outside.test"
# A line that a server must not break, and bytes that it must not change.
TEXT = (
    b'<a href="https://www.example.com/' + b"long/" * 300 + b'">x</a> \r\nFrom me: Gr\xc3\xb6\xc3\x9fe\r\n.\r\n\r\n\r\n'
)


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server with the filter on, which files nothing as spam."""
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB),
        "rspamd/override.d/actions.conf": "reject = null; add_header = null; greylist = null;\n",
    }
    return lab.mailserver("example", config, {"ENABLE_RSPAMD": "1"})


@pytest.fixture(scope="module")
def tools(lab: Lab) -> Server:
    """A container with openssl and gpg."""
    return lab.container("tools", image=CLIENTS, command=("sleep", "infinity"))


@pytest.mark.parametrize("port", [25, 587])
def test_smime(server: Server, tools: Server, port: int) -> None:
    sender = ALICE if port == 587 else STRANGER
    certificate, key = pair(sender, kind="rsa")
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(TEXT)
        .add_signer(
            load_pem_x509_certificate(certificate.encode()),
            load_pem_private_key(key.encode(), None),  # type: ignore[arg-type]
            hashes.SHA256(),
        )
        .sign(Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )
    head, _, body = signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
    got = through(server, port, mail("smime", *head.split(b"\r\n"), body=body, sender=sender))
    verified = verify(tools, got, "openssl", "smime", "-verify", "-noverify", "-binary")
    assert "Verification successful" in verified


@pytest.mark.parametrize("port", [25, 587])
def test_openpgp(server: Server, tools: Server, port: int) -> None:
    sender = ALICE if port == 587 else STRANGER
    tools.run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", sender, "ed25519", "sign", "never")
    text = "Good day.\r\n- dashes\r\nFrom me: " + "word " * 300 + "\r\n"
    signed = tools.run("gpg", "--batch", "--clearsign", "-u", sender, text=text).replace("\r\n", "\n")
    got = through(server, port, mail("pgp", body=signed.replace("\n", "\r\n").encode(), sender=sender))
    assert "Good signature" in verify(tools, got.partition(b"\r\n\r\n")[2], "gpg", "--batch", "--verify")


@pytest.mark.parametrize("port", [25, 587])
@pytest.mark.parametrize("canonical", [b"simple", b"relaxed"])
def test_dkim(server: Server, canonical: bytes, port: int) -> None:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
    sender = ALICE if port == 587 else STRANGER
    text = mail(f"dkim-{canonical.decode()}", b"X-Mailer: Other/1", b"User-Agent: Mine/1", body=TEXT, sender=sender)
    line = dkim.sign(
        text,
        b"s",
        b"outside.test",
        private,
        canonicalize=(canonical, canonical),
        include_headers=[b"from", b"to", b"subject", b"date", b"message-id", b"x-mailer"],
    )
    got = through(server, port, line.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + text)
    assert dkim.verify(got, dnsfunc=lambda *_, **__: record)
    assert (b"User-Agent" in got) == (port == 25), "what no signature covers does not tell the user's program"


def test_what_a_user_sends_does_not_tell_the_program(server: Server) -> None:
    telling = (
        b"X-Mailer: Mine/1",
        b"x-mailer: Mine/2",
        b"X-Mailer: Mine/5",
        b"user-agent: Mine/3\r\n and more",
        b"X-Enigmail-Version: Mine/4",
        b"X-Originating-IP : [192.0.2.77]",
    )
    got = through(server, 587, mail("telling", *telling, b"X-Kept: Mine", sender=ALICE))
    assert b"X-Kept: Mine" in got
    assert [word for word in (b"Mine/", b"and more", b"192.0.2.77") if word in got] == []


def through(server: Server, port: int, text: bytes) -> bytes:
    """The mail as Bob gets it."""
    codes = sent(server, {"mail": text}, ALICE if port == 587 else STRANGER, port)
    assert codes["mail"][0] == 250, codes
    [got] = arrived(server, 1)
    return got


def verify(tools: Server, text: bytes, *command: str) -> str:
    """What ``command`` says about the mail."""
    code = "import subprocess, sys; subprocess.run(sys.argv[1:], input=bytes.fromhex(sys.stdin.read()), check=True)"
    return tools.run("python3", "-c", code, *command, text=text.hex())
