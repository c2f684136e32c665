"""Encryption: the users whose mail is encrypted with their own public key at delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core import values
from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import public_keys
from mailwright.formats.main_cf import parameters
from mailwright.formats.public_keys import PGP, SMIME
from mailwright.model.inputs import Inputs

FOLDER = "encryption"
# Ours, to which transport_maps refers; it must come first, or mail would go past it.
MAPS = "mailwright_transport_maps"
FIRST = (f"${MAPS}", f"${{{MAPS}}}", f"$({MAPS})")
NAMES = f"ADDRESS{PGP} (OpenPGP) or ADDRESS{SMIME} (S/MIME)"


def encryption(inputs: Inputs) -> tuple[Mapping[str, TextFile], list[Problem]]:
    """Account → its key, and the Problems with the folder."""
    problems = Findings()
    keys: dict[str, TextFile] = {}
    for path in sorted(inputs.folder.content):
        folder, _, name = path.partition("/")
        if folder == FOLDER and name and (file := inputs.folder.text(path)):
            address = problems.keep(_address(inputs, name, keys))
            if address:
                problems += public_keys.problems(file, inputs.sources.now)
                keys[address] = file
    problems += _useless(inputs) if keys else ()
    if inputs.settings.smtp_only:
        return {}, problems
    return keys, problems


def _address(inputs: Inputs, name: str, known: Mapping[str, TextFile]) -> tuple[str, list[Problem]]:
    """The account whose key the file ``name`` is; empty if there is none."""
    where = f"{FOLDER}/{name}"
    try:
        if not name.endswith((PGP, SMIME)):
            raise ValueError(f"is not a name of a key: {NAMES}")
        address = str(values.mailbox_address(name[: -len(PGP)]))
    except ValueError as error:
        return "", [Problem(where, f"{error}", "mail of its user would not be encrypted")]
    if address in known:
        what = f"{address} has two keys: {known[address].name} too"
        return "", [Problem(where, what, "delete one of them")]
    if inputs.provisioner.can_list and address not in inputs.provisioner.directory.written_expansion.mailboxes:
        what = f"there is no account {address}; it is ignored"
        return "", [Problem(where, what, "keys are for accounts, not for aliases", True)]
    return address, []


def _useless(inputs: Inputs) -> Iterator[Problem]:
    """What would take mail past the encryption."""
    settings, variables = inputs.settings, inputs.variables
    if settings.smtp_only:
        yield Problem(f"{FOLDER}/", "SMTP_ONLY stores no mail; it has no effect", "", True)
    elif settings.postfix_dagent:
        what = f"takes all mail to another program, past {FOLDER}/"
        yield variables.error("POSTFIX_DAGENT", what, f"delete it, or the keys in {FOLDER}/")
    main, _ = inputs.folder.parsed("postfix-main.cf", parameters)
    for each in main:
        if each.name == "transport_maps" and not each.value.strip().startswith(FIRST):
            what = f"transport_maps would take mail past {FOLDER}/"
            yield Problem(f"postfix-main.cf:{each.line}", what, f"transport_maps = ${MAPS}, {each.value.strip()}")
