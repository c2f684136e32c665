"""A directory or an identity provider that does not answer is a finding with its name (elsewhere-away)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.doctor.examination import unlisted
from mailwright.observe import dialogues
from mailwright.observe.elsewhere import away

DIRECTORY = "dovecot directory /run/lmtp plain the directory ldap://ldap.example.com"


@pytest.mark.parametrize(("answer", "told"), [("550 unknown", 0), ("451 later", 1)])
def test_a_directory_that_is_down_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, told: int
) -> None:
    class Lmtp:
        """Dovecot, which asks the directory."""

        def __init__(self, *_: object) -> None:
            pass

        def __enter__(self) -> Lmtp:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def expect(self, *_: object) -> str:
            return ""

        ask = say = expect

        def answer(self) -> str:
            return answer

    monkeypatch.setattr(dialogues, "Conversation", Lmtp)
    file = tmp_path / "dialogues"
    file.write_text(f"dovecot lmtp /run/lmtp plain -\n{DIRECTORY}\n")
    found = list(away(file, str(tmp_path / "nobody")))
    assert found == ["the directory ldap://ldap.example.com is down or refuses us"] * told


def test_without_a_server_nothing_is_away(tmp_path: Path) -> None:
    assert list(away(tmp_path / "none", str(tmp_path / "nobody"))) == []


def test_domains_that_cannot_be_listed_are_told() -> None:
    [finding] = unlisted("the directory does not list all entries")
    assert (finding.code, finding.level) == ("domains-unlisted", "not asked")
    assert list(unlisted("")) == []
