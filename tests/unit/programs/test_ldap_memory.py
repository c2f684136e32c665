"""What ldap-relay remembers of the directory."""

from __future__ import annotations

import pytest

from mailwright.formats.ldap_messages import Message, Op
from mailwright.programs import ldap_memory
from mailwright.programs.ldap_memory import of_addresses, of_domains


def test_an_old_no_does_not_count_while_the_directory_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, question = of_domains(), Message(1, Op.SEARCH, b"question")
    memory.put(question, [])
    assert memory.get(question, down=True) == []
    memory.stale_no = -1.0
    assert memory.get(question, down=True) is None
    memory.put(question, [b"entry"])
    assert memory.get(question, down=True) == [b"entry"]
    monkeypatch.setattr(ldap_memory, "REMEMBERED", 1)
    memory.put(Message(1, Op.SEARCH, b"another"), [])
    assert memory.get(question, down=True) is None


def test_an_answer_of_an_address_counts_for_seconds_only() -> None:
    memory, question = of_addresses(), Message(1, Op.SEARCH, b"question")
    memory.put(question, [b"entry"])
    assert (memory.get(question, down=False), memory.get(question, down=True)) == ([b"entry"], None)
    memory.fresh = -1.0
    assert memory.get(question, down=False) is None
    memory.put(question, [b"entry"] * 1000)
    memory.fresh = 1.0
    assert memory.get(question, down=False) is None  # too long
