from __future__ import annotations

from datetime import date

from mailwright.dns import dkim_rotation
from mailwright.dns.dkim_rotation import Kind
from mailwright.formats.dkim_keys import SigningKey, in_use, signing_keys

TODAY = date(2026, 11, 23)
ED = Kind("ed25519")


def keys(*files: dict[str, str]) -> list[SigningKey]:
    content = {name: text.encode() for part in files for name, text in part.items()}
    return signing_keys(content, ["example.com"])[0]


def test_a_new_key_is_read_again() -> None:
    files = dkim_rotation.new_files(Kind("rsa", 2048), "mail", "example.com")
    base = "rspamd/dkim/rsa-2048-mail-example.com"
    assert list(files) == [f"{base}.private.txt", f"{base}.public.txt", f"{base}.public.dns.txt"]
    (key,) = keys(files)
    assert (key.name, key.stage) == ("mail._domainkey.example.com", "signing")
    assert files[f"{base}.public.dns.txt"] == f"{key.record}\n"
    assert dkim_rotation.kind_of(key) == Kind("rsa", 2048)
    line = files[f"{base}.public.txt"]
    assert "".join(line.split('"')[1::2]) == key.record
    assert all(len(piece) <= 255 for piece in line.split('"')[1::2])


def test_a_domain_with_both_kinds_gets_a_new_key_of_each() -> None:
    current = dkim_rotation.new_files(ED, "mail-ed25519", "example.com")
    current |= dkim_rotation.new_files(Kind("rsa", 1024), "mail", "example.com")
    after = dkim_rotation.successors(keys(current), TODAY)
    selectors = {key.selector for key in keys(after)}
    assert selectors == {"s20261123-ed25519", "s20261123-rsa"}
    assert {key.stage for key in keys(after)} == {"next"}


def test_keys_of_one_algorithm_and_two_sizes_get_a_selector_each() -> None:
    current = dkim_rotation.new_files(Kind("rsa", 1024), "mail", "example.com")
    current |= dkim_rotation.new_files(Kind("rsa", 2048), "s1", "example.com")
    after = keys(dkim_rotation.successors(keys(current), TODAY))
    assert {key.selector for key in after} == {"s20261123-rsa-1024", "s20261123-rsa-2048"}


def test_a_second_rotation_on_one_day_takes_no_selector_again() -> None:
    first = dkim_rotation.new_files(ED, "s20261123-ed25519", "example.com")
    first |= dkim_rotation.new_files(Kind("rsa", 1024), "s20261123-rsa", "example.com")
    after = keys(dkim_rotation.successors(keys(first), TODAY))
    assert {key.selector for key in after} == {"s20261123a-ed25519", "s20261123a-rsa"}


def test_a_selector_is_used_once() -> None:
    assert dkim_rotation.unused_selector([], TODAY) == "s20261123"
    assert dkim_rotation.unused_selector(["s20261123", "s20261123a"], TODAY) == "s20261123b"


def test_the_steps_of_a_rotation() -> None:
    first = dkim_rotation.new_files(ED, "mail", "example.com")
    both = first | dkim_rotation.successors(keys(first), TODAY)
    assert [key.selector for key in in_use(keys(both))["example.com"]] == ["mail"]
    new_names = dkim_rotation.renames(keys(both))
    moved = {new_names.get(name, name): text for name, text in both.items()}
    assert [key.selector for key in in_use(keys(moved))["example.com"]] == ["s20261123"]
    (old,) = [key for key in keys(moved) if key.stage == "old"]
    assert old.selector == "mail"
    left = {name: text for name, text in moved.items() if name not in dkim_rotation.file_names(old)}
    assert [key.selector for key in keys(left)] == ["s20261123"]
    assert len(left) == 3


def test_a_published_key_is_recognised_in_any_order_of_tags_and_with_blanks() -> None:
    (key,) = keys(dkim_rotation.new_files(ED, "mail", "example.com"))
    public = key.record.partition("p=")[2]
    assert dkim_rotation.is_published(key, [f"k=ed25519; v=DKIM1;p= {public[:9]} {public[9:]} "])
    assert not dkim_rotation.is_published(key, ["v=DKIM1; p="])
    assert not dkim_rotation.is_published(key, [])


def test_rspamds_keys_are_used_before_opendkims() -> None:
    (name, text), *_ = dkim_rotation.new_files(ED, "new", "example.com").items()
    opendkim = {"opendkim/keys/example.com/mail.private": text}
    assert [key.selector for key in in_use(keys(opendkim))["example.com"]] == ["mail"]
    assert [key.selector for key in in_use(keys(opendkim, {name: text}))["example.com"]] == ["new"]
