"""Config folders with many accounts and as many aliases, a hundred of each in a domain."""

from dataclasses import replace
from pathlib import Path

from benchmarks.docker import docker
from benchmarks.lab import Lab
from benchmarks.subject import DOMAIN, HOST, PASSWORD_HASH, Subject

ONE, MANY = 1, 100_000
TLS = "tls"  # the folder of the certificate, below the config folder


def many(quick: bool) -> int:
    """The number of accounts that is compared with one."""
    return 1000 if quick else MANY


def box(number: int) -> str:
    """The address of an account; those of the first domain are the ones that /load.py writes to."""
    return f"box{number}@{f'd{number // 100}.' if number >= 100 else ''}{DOMAIN}"


def alias(number: int, which: int = 0) -> str:
    """The alias that leads to the account of that number, or one more of them."""
    return f"to-{which or ''}{box(number)}"


def row(name: str) -> str:
    """The row of an account in postfix-accounts.cf."""
    return f"{name}|{PASSWORD_HASH}\n"


def folder(lab: Lab, count: int, each: int = 1) -> Path:
    """A config folder with that many accounts, and with aliases for each, written anew."""
    config = lab.folder / f"population-{count}-{each}"
    config.mkdir(exist_ok=True)
    numbers = range(count)
    (config / "postfix-accounts.cf").write_text("".join(row(box(number)) for number in numbers))
    aliases = (f"{alias(number, which)} {box(number)}\n" for number in numbers for which in range(each))
    (config / "postfix-virtual.cf").write_text("".join(aliases))
    return config


def append(path: Path, line: str) -> None:
    """The file has one more line, put in place by a rename as editors do."""
    put(path, path.read_text() + line)


def put(path: Path, text: str) -> None:
    """The file holds the text, put in place by a rename."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text)
    fresh.rename(path)


def with_certificate(subject: Subject) -> Subject:
    """The subject with the certificate that `certify` leaves in its config folder."""
    paths = [f"SSL_{part.upper()}_PATH={subject.config}/{TLS}/{part}.pem" for part in ("cert", "key")]
    settings = ["SSL_TYPE=manual", *paths]
    return replace(subject, options=(*subject.options, *(word for setting in settings for word in ("--env", setting))))


def certify(subject: Subject, config: Path) -> None:
    """The config folder has a new certificate with a key of its own, the key put in place first."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "90")
    names = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    command = ("req", "-x509", *curve, *names, "-keyout", "-", "-out", "-")
    both = docker("run", "--rm", "--entrypoint", "openssl", subject.image, *command)
    key, begin, certificate = both.partition("-----BEGIN CERTIFICATE-----")
    (config / TLS).mkdir(exist_ok=True)
    put(config / TLS / "key.pem", key)
    put(config / TLS / "cert.pem", f"{begin}{certificate}\n")
