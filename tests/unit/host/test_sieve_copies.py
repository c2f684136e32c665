from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.core.textfile import TextFile
from mailwright.host import sieve_copies
from tests.unit.operator import told

ALICE = "alice@a.test"
SCRIPT = TextFile(f"{ALICE}.dovecot.sieve", "keep;\n")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    home = tmp_path / "a.test/alice/home"
    home.mkdir(parents=True)
    return home / ".dovecot.sieve"


def settled(root: Path) -> list[str]:
    return told(sieve_copies.settle({ALICE: SCRIPT, "new@a.test": SCRIPT}, root))


@pytest.mark.parametrize("content", [b"keep;\n", b"keep;\r\n", b"\xef\xbb\xbfkeep;\n"])
def test_a_copy_is_set_aside_once(tmp_path: Path, copy: Path, content: bytes) -> None:
    copy.write_bytes(content)
    what = f"docker-mailserver's copy {copy} is renamed to .dovecot.sieve.dms: it would run a second time"
    assert settled(tmp_path) == [f"warning: {SCRIPT.name}: {what}"]
    assert not copy.exists()
    assert copy.with_name(".dovecot.sieve.dms").read_bytes() == content
    assert settled(tmp_path) == []


def test_what_differs_stays_and_is_told(tmp_path: Path, copy: Path) -> None:
    copy.write_text("discard;\n")
    hint = "(hint: delete it if it is an old copy by docker-mailserver)"
    assert settled(tmp_path) == [f"warning: {SCRIPT.name}: {copy} differs and runs too, after it {hint}"]
    assert copy.exists()


def test_the_link_to_an_uploaded_script_stays(tmp_path: Path, copy: Path) -> None:
    copy.with_name("mine.sieve").write_text(SCRIPT.text)
    copy.symlink_to("mine.sieve")
    assert settled(tmp_path) == []
    assert copy.is_symlink()


def test_what_can_not_be_renamed_is_told(tmp_path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.write_text(SCRIPT.text)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "rename", refuse)
    assert settled(tmp_path) == [f"warning: {SCRIPT.name}: {copy} runs too: operation not permitted"]
