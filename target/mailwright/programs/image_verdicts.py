"""image_verdicts: what the checkers say of the default settings. The image's build runs it; first starts need not.

Whether block lists are asked is a setting that depends on the resolver, so both are checked.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mailwright.apply import kept_verdicts
from mailwright.apply.checks import check
from mailwright.apply.install import stage
from mailwright.core import paths
from mailwright.core.tree import Effect
from mailwright.host import generated_secrets
from mailwright.host.read import Places, read
from mailwright.model.building import build
from mailwright.render.tree import enabled, render


def main() -> int:
    """The image has the verdicts afterwards; 1 if a checker finds a mistake."""
    kept_verdicts.IMAGE.mkdir(parents=True, exist_ok=True)
    staged = Path(paths.STAGED)
    for dnsbl in "01":
        environ = {"OVERRIDE_HOSTNAME": "mail.example.com", "RSPAMD_DNSBL": dnsbl}
        mailserver = build(generated_secrets.with_made_up(read(Places(), environ)))
        tree = render(mailserver, str(staged))
        stage(tree.without(Effect.NOTHING), staged)
        for service in enabled(mailserver):
            for one in (each for each in service.checks if each.reads):
                if problems := check(mailserver, tree, staged, [service.name]):
                    sys.stderr.writelines(f"{problem}\n" for problem in problems)
                    return 1
                kept_verdicts.keep(kept_verdicts.key(one, mailserver, tree, str(staged)), kept_verdicts.IMAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
