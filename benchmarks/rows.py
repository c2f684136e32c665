"""The lines of the table: the label of each key of the samples, and its goal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table; `goal` is only printed."""

    key: str
    label: str
    unit: str
    decimals: int
    goal: str = ""
    difference: bool = False  # compare by difference, not by ratio


COMMON = (
    Row("boot", "boot: docker run until 25, 587 and 993 greet", "s", 2, "<= 1.6 x, < 2 s"),
    Row("restart", "docker restart until they greet again", "s", 2),
    Row("stop", "docker stop, idle", "s", 2, "< 2 s"),
    Row("boot_1000", "boot with 1,000 accounts", "s", 2),
    Row("boot_1000_to_1", "  to a boot with one", "x", 2, "<= 1.1 itself"),
    Row("boot_10000", "boot with 10,000 accounts", "s", 2),
    Row("boot_10000_to_1", "  to a boot with one", "x", 2),
    Row("storm_rate", "inbound, one mailbox, mails", "/s", 0, ">= 0.95 x"),
    Row("storm_cpu", "  CPU time a mail", "ms", 1),
    Row("storm_deferred", "  deferred", "", 0, "0 itself"),
    Row("spread_rate", "inbound, ten mailboxes, mails", "/s", 0, ">= 0.95 x"),
    Row("spread_cpu", "  CPU time a mail", "ms", 1),
    Row("recipients_rate", "inbound, ten recipients a mail, deliveries", "/s", 0, ">= 0.95 x"),
    Row("recipients_cpu", "  CPU time a delivery", "ms", 1),
    Row("submission_rate", "submission with login, ten mailboxes, mails", "/s", 0, ">= 0.95 x"),
    Row("submission_cpu", "  CPU time a mail", "ms", 1),
    Row("first", "first contact: a stranger's mail until it is in the mailbox", "ms", 0, "< 300 ms itself"),
    Row("pss", "idle memory (sum of PSS)", "MB", 1, "<= +60 MB", difference=True),
    Row("processes", "processes", "", 0, difference=True),
    Row("image", "image, unpacked", "MB", 0, "< 300 MB itself"),
    Row("render", "one render pass", "ms", 1, "< 100 ms itself"),
)

COUNTS = (1, 1_000, 10_000, 100_000)
MANY_ALIASES = "ten aliases for each of the most accounts"
SIZES = (1, 1_000, 100_000)  # one account, and the number compared with it: 1,000 with --quick


def at(count: int) -> str:
    """The beginning of a row's label."""
    return f"{count:,} account{'' if count == 1 else 's'}"


def live_rows(count: int) -> tuple[Row, ...]:
    """The rows of benchmarks.live for that many accounts and aliases."""
    return (
        Row(f"add_first_{count}", f"{at(count)}: first setup email add until the login works", "s", 2),
        Row(f"add_returned_{count}", f"{at(count)}: setup email add until it returns", "s", 2, "< 1 s itself"),
        Row(f"add_{count}", f"{at(count)}: setup email add until the login works", "s", 2, "< 1 s itself"),
        Row(
            f"edit_{count}", f"{at(count)}: an account added by an editor until its login works", "s", 2, "< 3 s itself"
        ),
        Row(
            f"alias_{count}",
            f"{at(count)}: an alias added by an editor until its mail is accepted",
            "s",
            2,
            "< 3 s itself",
        ),
        Row(f"renewal_{count}", f"{at(count)}: a renewed certificate until 993 shows it", "s", 2, "< 3 s itself"),
    )


def idle_rows(key: int | str, label: str) -> tuple[Row, ...]:
    """The rows of benchmarks.scale.idle for that ``key``."""
    return (
        Row(f"pss_{key}", f"{label}: idle memory (sum of PSS)", "MB", 1),
        Row(f"watch_pss_{key}", f"{label}: of it, the watching process", "MB", 1),
        Row(f"watch_cpu_{key}", f"{label}: the idle watching process, of a core", "%", 2, "< 0.5 % itself"),
    )


def ratio_rows(name: str, label: str) -> tuple[Row, ...]:
    """The rows of one kind of benchmarks.ratio."""
    return (
        *(Row(f"{name}_ms_{count}", f"{at(count)}: {label}", "ms", 1) for count in SIZES),
        Row(f"{name}_ratio", "  many to one", "x", 2, "<= 1.2 itself"),
        Row(f"{name}_cpu_ratio", "  many to one, CPU time of the server", "x", 2, "<= 1.2 itself"),
    )


KINDS = ("FILE", "SQL", "LDAP")


def directory_rows(name: str, label: str) -> tuple[Row, ...]:
    """The rows of one kind of benchmarks.directories."""
    return (
        *(Row(f"{name}_{kind}", f"accounts in {kind}: {label}", "ms", 1) for kind in KINDS),
        *(Row(f"{name}_{kind}_ratio", f"  {kind} to FILE", "x", 2, "<= 1.5 itself") for kind in KINDS[1:]),
        *(Row(f"{name}_{kind}_cpu_ratio", f"  {kind} to FILE, CPU time of the server", "x", 2) for kind in KINDS[1:]),
    )


ROWS = (
    *COMMON,
    *(Row(f"scale_{count}", f"boot with {at(count)} and as many aliases", "s", 2) for count in COUNTS),
    Row("scale_over", "  with the most over one", "s", 2, "<= +3 s itself"),
    *(row for count in SIZES for row in idle_rows(count, at(count))),
    *(row for count in SIZES for row in live_rows(count)),
    Row("aliases_boot", f"{MANY_ALIASES}: boot", "s", 2),
    *idle_rows("aliases", MANY_ALIASES),
    Row(
        "aliases_one_more", f"{MANY_ALIASES}: one more by an editor until its mail is accepted", "s", 2, "< 3 s itself"
    ),
    *ratio_rows("login", "a login, always the same"),
    *ratio_rows("logins", "a login, one of twenty"),
    *ratio_rows("lookup", "connect and look an alias up"),
    *ratio_rows("delivery", "a mail to a mailbox"),
    *ratio_rows("by_alias", "a mail through an alias"),
    *directory_rows("login", "a first login"),
    *directory_rows("again", "a second login"),
    *directory_rows("rcpt", "connect and look an alias up"),
    *directory_rows("delivery", "a mail to a mailbox"),
)
