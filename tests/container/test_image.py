"""The image: small, labelled, without keys and without ways to become somebody else."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from email.mime.text import MIMEText

from tests.container.docker import IMAGE, LABEL, docker


def inside(command: str) -> str:
    """What a shell command prints in a container that runs no server."""
    return docker("run", "--rm", "--label", LABEL, "--network", "none", IMAGE, "sh", "-c", command)


def test_size_labels_and_command() -> None:
    [image] = json.loads(docker("image", "inspect", IMAGE))
    assert image["Size"] < 320_000_000
    packages = "clamav-base clamav-daemon clamav-freshclam libclamav12"
    files = f"for package in {packages}; do dpkg -L $package; done | sort -u"
    clamav = inside(f"{files} | while read -r file; do [ -f $file ] && stat -c %s $file; done; :")
    assert image["Size"] - sum(map(int, clamav.split())) < 300_000_000, "mailwright:core"
    labels = image["Config"]["Labels"]
    assert {"title", "description", "licenses", "version", "revision", "created"} <= {
        name.removeprefix("org.opencontainers.image.") for name in labels
    }
    assert image["Config"]["Entrypoint"] == ["/usr/bin/tini", "--"]
    ports = (25, 587, 465, 143, 993, 110, 995, 4190, 80, 443, 11334)
    behind_proxies = (12525, 10587, 10465, 10143, 10993, 10110, 10995, 14190)
    assert set(image["Config"]["ExposedPorts"]) == {f"{port}/tcp" for port in (*ports, *behind_proxies)}
    assert set(image["Config"]["Volumes"]) == {"/var/mail", "/var/mail-state", "/var/log/mail"}
    assert image["Config"]["Healthcheck"]["Test"] == ["CMD", "python3", "-m", "mailwright.programs.health"]


def test_the_package_is_byte_compiled_and_no_key_is_baked_in() -> None:
    said = inside(
        "find / -xdev -path '*mailwright*' -name '*.pyc' | wc -l; find /etc /run /var -name '*key' -type f -size +0"
    )
    count, *keys = said.split()
    assert int(count) > 30
    assert keys == []


def test_templates_are_compiled_too() -> None:
    templates = "find /usr/local/lib -name '*.j2' | wc -l"
    said = inside(f"{templates}; find /usr/lib/mailwright/templates -type f -perm 644 | wc -l")
    assert len(set(said.split())) == 1


def test_supervisord_stays_light() -> None:
    loaded = inside("python3 -c 'import sys, mailwright.programs.supervisord; print(*sys.modules)'").split()
    assert "supervisor.options" in loaded
    assert set(loaded).isdisjoint({"pkg_resources", "ssl", "_hashlib", "bz2", "lzma"})


def test_only_postfix_lends_its_rights() -> None:
    found = inside("find / -xdev -type f -perm /6000 -printf '%m %u:%g %p\\n' | sort")
    assert found.splitlines() == ["2555 root:postdrop /usr/sbin/postdrop", "2555 root:postdrop /usr/sbin/postqueue"]


def test_nothing_is_writable_for_everybody() -> None:
    assert inside("find / -xdev ! -type l -perm -2 ! -perm -1000 ! -path '/dev/*' ! -path '/proc/*'") == ""


def test_the_daemons_tools_answer_where_no_server_runs() -> None:
    said = inside(
        "postconf -h mail_version; dovecot --version; postconf -n | wc -l; doveconf -n >/dev/null; mailwright"
    )
    assert said.startswith("3.10.")
    assert "2.4." in said.splitlines()[1]
    assert "Commands:" in said


def test_what_was_left_out_is_missed_by_nothing() -> None:
    """apt finds no package without what it depends on, and qshape has the modules that it needs of Perl."""
    installed = "dpkg-query -W -f '${Status} ${Package}\\n' | grep -xE 'install ok installed (perl|systemd)'"
    assert inside(f"{installed}; find / -xdev -size +15M -type f") == ""
    assert "Depends" not in inside("apt-get check 2>&1")
    assert inside("perl -c /usr/sbin/qshape 2>&1").endswith("syntax OK\n")


def test_every_module_of_python_that_a_program_uses_is_there() -> None:
    """Each module of ours, and the programs of Debian that are written in Python."""
    walk = "pkgutil.walk_packages(mailwright.__path__, 'mailwright.')"
    code = f"import mailwright, pkgutil; [__import__(module.name) for module in {walk}]"
    programs = "mta-sts-daemon --help && fail2ban-client --version && getmail --version && supervisorctl --help"
    assert inside(f'{{ python3 -c "{code}" && {programs}; }} 2>&1 >/dev/null || echo failed') == ""


def test_rspamd_finds_the_words_of_any_language() -> None:
    """ICU has its character sets and dictionaries (scripts/image/icu-data takes out others)."""
    words = {
        ("iso-2022-jp", "東京都に住んでいます。"): "東京 都 に 住 んで い ます",
        ("gb18030", "我们在北京大学学习"): "我们 在 北京 大学 学习",
        ("koi8-r", "Привет, как дела"): "привет как дела",
    }
    mails = [b64encode(MIMEText(text, "plain", charset).as_bytes()).decode() for charset, text in words]
    written = "; ".join(f"echo {mail} | base64 -d >/tmp/words{number}" for number, mail in enumerate(mails))
    said = inside(f"{written}; rspamadm mime extract --words --text /tmp/words*")
    # It reads them at the same time, and prints them in any order.
    assert {line for line in said.splitlines() if line in words.values()} == set(words.values()), said


def test_nothing_in_it_tells_when_it_was_built() -> None:
    changed_on = inside("cut -d: -f3 /etc/shadow | sort -u").split()
    assert len(changed_on) == 1
    assert inside("ls /etc/*- /var/lib/dpkg/*-old /var/cache/ldconfig/aux-cache 2>/dev/null || :") == ""
    packages = json.loads(inside("mailwright version --sbom"))
    assert packages["creationInfo"]["created"] == created()


def created() -> str:
    """The time of the commit that the image's label names, in UTC."""
    label = docker("image", "inspect", "-f", '{{index .Config.Labels "org.opencontainers.image.created"}}', IMAGE)
    return datetime.fromisoformat(label.strip()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
