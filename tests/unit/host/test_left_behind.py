"""A volume of a node that had another role."""

from __future__ import annotations

from pathlib import Path

from mailwright.host.left_behind import left_behind


def told(folder: Path, role: str, *, mta: bool = False, mailboxes: bool = False) -> list[tuple[str, bool]]:
    found = left_behind(role, mta=mta, mailboxes=mailboxes, queue=folder / "queue", mail=folder / "mail")
    return [(problem.what, problem.warning) for problem in found]


def test_mail_in_a_queue_that_nobody_delivers_refuses_the_start(tmp_path: Path) -> None:
    for name in ("deferred/A", "hold"):
        (tmp_path / "queue" / name).mkdir(parents=True)
        (tmp_path / "queue" / name / "A123").touch()
    what = "2 mails in the queue of this volume would wait for ever with ROLE=backend"
    assert told(tmp_path, "backend", mailboxes=True) == [(what, False)]
    assert told(tmp_path, "front", mta=True) == []


def test_mailboxes_that_nobody_reads_are_told(tmp_path: Path) -> None:
    (tmp_path / "mail" / "lost+found").mkdir(parents=True)
    assert told(tmp_path, "front", mta=True) == []
    (tmp_path / "mail" / "example.com").mkdir()
    assert told(tmp_path, "front", mta=True) == [
        ("nobody reads the mailboxes of example.com in this volume with ROLE=front", True)
    ]
    assert told(tmp_path, "all", mta=True, mailboxes=True) == []
