"""Store: certificates and keys in the state. A certificate and its key are one file, so that both change at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.formats import certificates
from mailwright.formats.acme_status import Status, status
from mailwright.formats.certificates import Certificate
from mailwright.host import files
from mailwright.host.read import read_file
from mailwright.issuance import keys
from mailwright.model.issued import next_public, place

LIVE = Path(paths.ACME_LIVE)
STATUS = Path(paths.ACME_STATUS)
# Nothing that the CA sends is longer: a chain of a few certificates of a few kilobytes.
LONGEST = 1 << 18
EARLY = 3600.0  # seconds: the clocks of the CA and of this host may differ, and a run takes its time


@dataclass(frozen=True, slots=True)
class Stored:
    """What the state has for one certificate: it, its key, and the key that it gets next; None and empty: none."""

    name: str
    certificate: Certificate | None = None
    key: str = field(default="", repr=False)
    next_key: str = field(default="", repr=False)


def stored(name: str) -> Stored:
    """What the state has for ``name``. What is broken is not there."""
    path = place(name)
    chain, key = certificates.split_pem(_text(Path(path)))
    found = certificates.certificate(chain, key, path, path)
    return Stored(name, found if isinstance(found, Certificate) else None, _sound(key), _sound(_text(_next(name))))


def keep(name: str, chain: str, key: str) -> None:
    """``name`` has this chain and key from now on, and no next key."""
    is_next = key == _text(_next(name))
    files.write_durably(Path(place(name)), f"{key.rstrip()}\n{chain}", 0o600)
    if is_next:
        forget_next(name)


def keep_next(name: str, key: str) -> None:
    """``key`` is the one that the certificate of ``name`` gets next; DNS can publish it from now on."""
    files.write_durably(_next(name), key, 0o600)
    files.write_durably(Path(next_public(name)), keys.public(key), 0o644)


def forget_next(name: str) -> None:
    """``name`` has no next key afterwards."""
    for path in (Path(next_public(name)), _next(name)):
        with suppress(FileNotFoundError):
            path.unlink()


def checked(chain: str, key: str, names: tuple[str, ...], now: float) -> Certificate | str:
    """The certificate that a CA gave for ``key`` and ``names``; a text says why it cannot be used."""
    if len(chain) > LONGEST:
        return "a chain of more than 256 KiB"
    found = certificates.certificate(chain, key, "the certificate", "the certificate")
    if isinstance(found, Problem):
        return f"a certificate that cannot be used: {found.what}"
    if set(found.names) != set(names):
        return f"a certificate for {', '.join(found.names)[:200]}"
    if found.not_after.timestamp() <= now:
        return f"a certificate that expired on {found.not_after:%Y-%m-%d}"
    if found.not_before.timestamp() > now + EARLY:
        return f"a certificate that is not valid before {found.not_before:%Y-%m-%d %H:%M} UTC"
    return found


def load_status() -> tuple[Status, str]:
    """The status of the last runs, and why it is not known."""
    try:
        return status(STATUS.read_text(encoding="utf-8")), ""
    except FileNotFoundError:
        return Status(), ""
    except (OSError, ValueError):
        return Status(), f"{STATUS} is broken; earlier tries are forgotten"


def save_status(known: Status) -> None:
    """``known`` is what the next run finds, also after a power cut."""
    files.write_durably(STATUS, known.text(), 0o640)


def _next(name: str) -> Path:
    return LIVE / f"{name}.next.key"


def _text(path: Path) -> str:
    content = read_file(path)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _sound(key: str) -> str:
    try:
        keys.load(key)
    except ValueError:
        return ""
    return key
