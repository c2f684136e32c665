"""Programs that bring mail over POP3, and the mails that they bring."""

from __future__ import annotations

import io
import tarfile
from base64 import b64decode, b64encode

from tests import clock
from tests.container.corpus import corpus
from tests.container.lab import PASSWORD, Server

# bad-header: by default fetchmail leaves behind what has a line in the header that is no field. The other options keep
# it from adding a Received field, completing addresses, and removing every CR.
FETCHMAIL = """
set invisible
poll {host} protocol POP3 port 995 {bad_header} user "{login}" password "{password}" ssl sslcertck
  sslcertfile /tmp/ca.pem keep fetchall no rewrite no stripcr mda "cat > {folder}/$(date +%s.%N)"
"""
# getmail misses the end of a delivery that is faster than itself: it then waits for the timeout, takes the mail for not
# delivered, and ends. The pause makes that rare, the timeout makes it short; the next run brings what is left.
GETMAIL = """
[retriever]
type = SimplePOP3SSLRetriever
server = {host}
username = {login}
password = {password}
ca_certs = /tmp/ca.pem
timeout = 10
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > {folder}/$(date +%s.%N); sleep 0.005")
allow_root_commands = true
[options]
read_all = false
delivered_to = false
received = false
"""


def odd() -> dict[str, bytes]:
    """Mails that a mailbox can have although no server sends them: drafts, restored and imported mail."""
    usual = b"From: x@outside.test\r\nSubject: odd\r\n"
    body = b"\r\nbody\r\n"
    return {
        "no-header": b"No header at all\r\n",
        "no-field": usual + b"this is no field\r\nX-After: it\r\n" + body,
        "quoted-from": b">From me Thu Jan  1 00:00:00 1970\r\n" + usual + body,
        "from": b"From me Thu Jan  1 00:00:00 1970\r\n" + usual + body,
        "folded-first": b" folded\r\n" + usual + body,
        "no-body": usual,
        "no-header-but-body": body,
        "one-byte": b"x",
        "one-line-end": b"\r\n",
        "large": usual + b"\r\n" + (b"z" * 76 + b"\r\n") * 65_000,
        "longest-line": usual + b"\r\n" + b"x" * (1 << 20) + b"\r\nend\r\n",
    }


def restored(server: Server, login: str) -> dict[str, bytes]:
    """Name → mail: the corpus and the odd mails, all of which are files of the login's INBOX afterwards."""
    mails = corpus("x@outside.test") | {f"odd-{name}": mail for name, mail in odd().items()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number, mail in enumerate(mails.values()):
            member = tarfile.TarInfo(f"{number}.restored")
            member.size, member.uid, member.gid, member.mtime = len(mail), 5000, 5000, clock.seconds()
            archive.addfile(member, io.BytesIO(mail))
    user, _, domain = login.partition("@")
    with server.imap(login) as client:
        client.select("INBOX")  # makes its folders
    unpack = f"base64 --decode | tar --directory=/var/mail/{domain}/{user}/new --extract"
    server.run("sh", "-c", unpack, text=b64encode(packed.getvalue()).decode())
    return mails


def fetchmail(client: Server, host: str, login: str, folder: str, bad_header: str = "") -> list[bytes]:
    """What fetchmail brings."""
    text = FETCHMAIL.format(host=host, login=login, password=PASSWORD, folder=folder, bad_header=bad_header)
    client.run("sh", "-c", f"mkdir {folder}; cat > {folder}.rc; chmod 600 {folder}.rc", text=text)
    client.run("fetchmail", "--nosyslog", "-f", f"{folder}.rc")
    return _files(client, folder)


def getmail(client: Server, host: str, login: str, folder: str, wanted: int) -> tuple[list[bytes], str]:
    """What getmail brings in at most five runs, without the Return-Path that it puts on top; and what it prints."""
    text = GETMAIL.format(host=host, login=login, password=PASSWORD, folder=folder)
    client.run("sh", "-c", f"mkdir {folder}; cat > {folder}.rc", text=text)
    said = ""
    for _ in range(5):
        said = client.run(
            "getmail", "--getmaildir=/tmp", "--to-oldmail-on-each-mail", f"--rcfile={folder}.rc", check=False
        )
        mails = _files(client, folder)
        if len(mails) >= wanted:
            break
    return [mail.partition(b"\n")[2] for mail in mails], said


def _files(client: Server, folder: str) -> list[bytes]:
    packed = b64decode(client.run("sh", "-c", f"tar --directory={folder} --create . | base64"))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return [file.read() for member in archive if member.isfile() and (file := archive.extractfile(member))]


def lines(mail: bytes) -> bytes:
    """The mail with LF at the end of each line, the last one too: a client cannot tell whether POP3 added that."""
    text = mail.replace(b"\r\n", b"\n")
    return text if text.endswith(b"\n") else text + b"\n"


def unfolded(mail: bytes) -> tuple[bytes, bytes]:
    """The header without blanks and folds, and the body."""
    header, _, body = lines(mail).partition(b"\n\n")
    return b"".join(header.split()), body
