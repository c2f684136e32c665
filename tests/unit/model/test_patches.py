from __future__ import annotations

from mailwright.model import patches
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.reading import Reading
from tests.unit.operator import sources, told


def warnings(script: str) -> list[str]:
    machine = sources({patches.PATCHES: script})
    return told(patches.unread(Inputs(Reading.of(machine), ConfigFolder(machine.config))))


def test_places_that_nothing_reads_are_named_once_with_what_to_do() -> None:
    script = (
        "#!/bin/bash\n# /etc/opendkim is not named here\necho x > /etc/amavis/conf.d/50-user\n"
        "cp x /etc/amavis/conf.d/51\nsed -i s/a/b/ /etc/dovecot/conf.d/10-mail.conf; crontab /etc/cron.d/x\n"
    )
    amavis, dovecot, cron = warnings(script)
    assert amavis == (
        "warning: user-patches.sh:3: no program of this image reads /etc/amavis "
        "(hint: Rspamd replaces Amavis; put files into rspamd/override.d in the config folder)"
    )
    assert dovecot.startswith("warning: user-patches.sh:5: no program of this image reads /etc/dovecot/conf.d (hint: ")
    assert cron.startswith("warning: user-patches.sh:5: no program of this image reads /etc/cron (hint: ")


def test_the_functions_of_docker_mailserver_are_not_here() -> None:
    [helpers] = warnings("#!/bin/bash\nsource /usr/local/bin/helpers/index.sh\n_log info hello\n")
    assert helpers.startswith("warning: user-patches.sh:2: /usr/local/bin/helpers is not in this image (hint: ")


def test_what_is_read_is_not_named() -> None:
    assert warnings("postconf -e x=y\necho >> /etc/dovecot/dovecot.conf\necho > /etc/rspamd/local.d/x.conf\n") == []
    assert warnings("") == []
