"""Where mail for an address goes: the aliases on its way, as cleanup(8) and local(8) follow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mailwright.formats.aliases import LOCAL_NAME, SEPARATOR
from mailwright.trace.configuration import Configuration, Kind
from mailwright.trace.mail import Other, Row
from mailwright.trace.tables import IMPLIED, split
from mailwright.trace.world import UnansweredError

VIRTUAL_LOOP, LOCAL_LOOP = "alias loop", "forwarding loop"
LOOPS = {
    VIRTUAL_LOOP: "the aliases lead back to it",
    LOCAL_LOOP: "the rows of alias_maps lead back to it: the mail bounces",
}
NOT_AN_ADDRESS = ("|", "/", ":include:")


@dataclass
class Expansion:
    """The rows on the way of one address, and where it ends: final addresses, and ends that are none."""

    configuration: Configuration
    rows: list[Row] = field(default_factory=list)
    finals: dict[str, Kind] = field(default_factory=dict)
    others: list[Other] = field(default_factory=list)

    def follow(self, address: str, path: tuple[str, ...] = (), forwarded: tuple[str, ...] = ()) -> None:
        """Adds the way of ``address``: ``path`` led to it, after local(8) had ``forwarded`` mail for others."""
        address = self._canonical(address)
        if address in path:
            self.others.append(Other(address, VIRTUAL_LOOP, LOOPS[VIRTUAL_LOOP]))
            return
        try:
            row = self._virtual(address)
            if not row or row.targets == (address,):
                self._end(address, forwarded)
                return
            self._keep(row)
            for target in row.targets:
                # A mailbox may be among the targets of its own alias.
                if target == address:
                    self._end(target, forwarded)
                else:
                    self.follow(target, (*path, address), forwarded)
        except UnansweredError as error:
            self.others.append(Other(address, "unknown", str(error)))

    def _keep(self, row: Row) -> None:
        if row not in self.rows:
            self.rows.append(row)

    def _canonical(self, address: str) -> str:
        """The address that recipient_canonical_maps has for it: the sender of a bounce to a signed address."""
        address = lower_domain(address)
        if not self.configuration.main.value("recipient_canonical_maps"):
            return address
        try:
            found, _ = self.configuration.address("recipient_canonical_maps", address)
        except UnansweredError:
            return address
        if not found:
            return address
        self._keep(Row(address, (found.value,), found.table, "SRS"))
        return lower_domain(found.value)

    def _virtual(self, address: str) -> Row | None:
        """The row of virtual_alias_maps for an address, its targets with the extension that was not looked up."""
        found, extension = self.configuration.address("virtual_alias_maps", address)
        if not found:
            return None
        local = address.rpartition("@")[0]
        targets = [f"{local}{target}" if target.startswith("@") else target for target in _words(found.value)]
        targets = [f"{target[: target.rindex('@')]}{extension}@{target.rpartition('@')[2]}" for target in targets]
        return Row(address, tuple(dict.fromkeys(map(lower_domain, targets))), found.table, found.where)

    def _end(self, address: str, forwarded: tuple[str, ...]) -> None:
        kind = self.configuration.kind(address.rpartition("@")[2])
        if kind is Kind.LOCAL:
            self._local(address, forwarded)
        elif kind is Kind.ALIASES:
            self.others.append(Other(address, "nobody", "no alias has this address: the mail bounces"))
        else:
            self.finals[address] = kind

    def _local(self, address: str, forwarded: tuple[str, ...]) -> None:
        """local(8): the aliases(5) of the host itself. What it forwards is a new mail."""
        local = address.rpartition("@")[0].lower()
        names = [name for name in (local, split(local)[0]) if name in self._local_rows]
        if not names:
            self.others.append(Other(address, "nobody", "no row of alias_maps has it: the mail bounces"))
            return
        if address in forwarded:
            self.others.append(Other(address, LOCAL_LOOP, LOOPS[LOCAL_LOOP]))
            return
        targets, where = self._local_rows[names[0]]
        self._keep(Row(address, targets, "alias_maps", where))
        for target in targets:
            if target.startswith(NOT_AN_ADDRESS):
                kind = {"|": "program", "/": "file"}.get(target[0], "list")
                self.others.append(Other(target, kind, "as local(8) runs or reads it"))
            else:
                origin = self.configuration.main.value("myorigin")
                self.follow(target if "@" in target else f"{target}@{origin}", (), (*forwarded, address))

    @cached_property
    def _local_rows(self) -> Mapping[str, tuple[tuple[str, ...], str]]:
        """Name → targets and place, of the rendered aliases(5)."""
        rows: dict[str, tuple[tuple[str, ...], str]] = {}
        file, name = self.configuration.tables.tree["postfix/aliases"], ""
        for number, line in enumerate(file.content.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            match = LOCAL_NAME.match(line)
            if line[0].isspace() and name:
                targets, where = rows[name]
                rows[name] = ((*targets, *_words(line)), where)
            elif match:
                name = match["name"].strip('"').lower()
                rows.setdefault(name, (tuple(_words(match["target"])), file.origin(number) or IMPLIED))
        return rows


def _words(text: str) -> list[str]:
    return [word for word in SEPARATOR.split(text) if word]


def lower_domain(address: str) -> str:
    """The address with its domain in lower case."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"
