"""What dovecot.cf includes: which files are read, and what Dovecot gets in their place."""

from __future__ import annotations

from pathlib import Path

from mailwright.core.textfile import TextFile
from mailwright.host.read import Places, read
from mailwright.model.dovecot_includes import Included, copied, included, with_copies

CF = """# mine
!include /srv/one.conf
protocol imap {
  !include_try /tmp/docker-mailserver/more/*.conf
}
!include conf.d/own.conf
!include_try /srv/{a,b}.conf
"""


def test_files_and_patterns_are_read_and_watched(tmp_path: Path) -> None:
    config, outside = tmp_path / "config", tmp_path / "outside"
    text = CF.replace("/srv", f"{outside}/srv").replace("/tmp/docker-mailserver", str(config))
    for path, content in {
        config / "dovecot.cf": f"{text}!include {outside}/x/*.conf\n",
        config / "more/b.conf": "b = 1\n",
        config / "more/a.conf": "mail_path = /var/mail/%d/%n\n",
        config / "more/.c.conf": "c = 1\n",
        outside / "srv/one.conf": "one = 1\n",
        outside / "x/d.conf": "d = 1\n",
        outside / "x/deeper/e.conf": "e = 1\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    reading = read(Places(config), {})
    found, problems = included(TextFile("dovecot.cf", (config / "dovecot.cf").read_text()), reading.sources)
    assert [(each.line, [file.name for file in each.files]) for each in found] == [
        (2, [f"{outside}/srv/one.conf"]),
        (4, ["more/a.conf", "more/b.conf"]),
        (6, []),
        (7, []),
        (8, [f"{outside}/x/d.conf"]),
    ]
    assert [problem.where for problem in problems] == ["more/a.conf:1"]
    assert {f"{outside}/srv/one.conf", f"{outside}/x", f"{outside}/x/d.conf"} <= set(reading.stamps)


def test_dovecot_includes_copies() -> None:
    file = TextFile("dovecot.cf", CF)
    includes = (
        Included(2, "/srv/one.conf", (TextFile("/srv/one.conf", ""),)),
        Included(4, "/tmp/docker-mailserver/more/*.conf", (TextFile("more/a.conf", ""),)),
        Included(6, "conf.d/own.conf"),
    )
    rows = with_copies(file, includes, "included").splitlines()
    assert rows[1] == "!include included/2/*"
    assert rows[3] == "!include included/4/*"
    assert rows[5:] == CF.splitlines()[5:]


def test_what_a_copy_includes_lies_beside_the_original() -> None:
    text = "!include x.conf\n!include /y.conf\n"
    assert copied(TextFile("more/a.conf", text)).splitlines()[0] == "!include /tmp/docker-mailserver/more/x.conf"
    assert copied(TextFile("/srv/a.conf", text)) == "!include /srv/x.conf\n!include /y.conf\n"
