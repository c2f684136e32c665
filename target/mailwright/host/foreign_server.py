"""Foreign servers: a dump or folder of another mail server, read → what was Found. Nothing is written or executed."""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from mailwright.formats.mysql_dump import DamagedError, Dump
from mailwright.host.read import read_folder
from mailwright.model.imports import dms, mailcow, mailinabox, mailu
from mailwright.model.imports.found import Found, NotOursError
from mailwright.model.sources import Unreadable

KEYS, EXPORT = 1 << 20, 1 << 30  # bytes of a file that is read as a whole, at most
PHYSICAL = ("ibdata1", "xtrabackup_info", "backup_mysql.tar.gz", "backup_mariadb.tar.gz", "backup_mariadb.tar.zst")
SQLITE = b"SQLite format 3\0"
Wanted = Mapping[str, Sequence[str]]
Tables = dict[str, list[dict[str, Any]]]


def read(server: str, path: Path) -> Found:
    """What ``path`` has of ``server``; NotOursError says what is wrong with it, or what to give."""
    try:
        return READERS[server](path)
    except OSError as error:
        raise NotOursError(f"{error.filename or path}: {(error.strerror or 'error').lower()}") from None
    except DamagedError as error:
        raise NotOursError(f"{path}: {error}") from None
    except NotOursError as error:
        raise NotOursError(f"{path}: {error}") from None


def _dms(path: Path) -> Found:
    inner = [path, path / "docker-data/dms/config", path / "dms/config", path / "config"]
    folder = next((one for one in inner if (one / "postfix-accounts.cf").exists()), path)
    files: dict[str, bytes] = {}
    for name, content in read_folder(folder).items():
        if isinstance(content, Unreadable):
            raise NotOursError(f"{name}: {content.reason}")
        files[name] = content
    return dms.found(files)


def _mailcow(path: Path) -> Found:
    dump, folder = path, path.parent
    if path.is_dir():
        folder, dumps = path, sorted(path.glob("*.sql"))
        if any((path / name).exists() for name in PHYSICAL) and not dumps:
            raise NotOursError(f"holds a copy of the database's own files, which only MariaDB reads; {mailcow.DUMP}")
        if len(dumps) != 1:
            raise NotOursError(f"has {len(dumps)} files *.sql, and should have one; {mailcow.DUMP}")
        dump = dumps[0]
    keys = folder / "dkim.txt"
    text = _text(keys, KEYS) if keys.exists() else ""
    with _mapped(dump) as content:
        if content[:2] == b"\x1f\x8b":
            raise NotOursError("is compressed; unpack it with gunzip")
        return mailcow.found(Dump(content), text)


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    """The content of a file of any size, of which only what is looked at is in memory."""
    with _opened(path) as file:
        if not path.stat().st_size:
            raise NotOursError(f"is empty; {mailcow.DUMP}")
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
            yield content


def _mailu(path: Path) -> Found:
    if path.is_dir():
        places = [path / "main.db", path / "data/main.db", *sorted(path.glob("*.json"))]
        path = next((one for one in places if one.exists()), path / "mailu.json")
        if not path.exists():
            raise NotOursError(f"has neither mailu.json nor data/main.db; {mailu.EXPORT}")
    with _opened(path) as file:
        is_database = file.read(len(SQLITE)) == SQLITE
    if not is_database:
        return mailu.from_export(_text(path, EXPORT))
    folders = (path.parent / "dkim", path.parent.parent / "dkim")
    keys = {key.name: _text(key, KEYS) for folder in folders for key in sorted(folder.glob("*.key"))}
    return mailu.from_database(_tables(path, mailu.WANTED, mailu.NEEDED, "Mailu"), keys)


def _mailinabox(path: Path) -> Found:
    folder = path if path.is_dir() else path.parent
    folder = folder / "mail" if (folder / "mail/users.sqlite").exists() else folder
    key = folder / "dkim" / f"{mailinabox.SELECTOR}.private"
    database = folder / "users.sqlite" if path.is_dir() else path
    if not database.exists():
        raise NotOursError("has no mail/users.sqlite: name the folder /home/user-data, or a copy of it")
    tables = _tables(database, mailinabox.WANTED, mailinabox.NEEDED, "Mail-in-a-Box")
    return mailinabox.found(tables, _text(key, KEYS) if key.exists() else "")


def _text(path: Path, limit: int) -> str:
    with _opened(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise NotOursError(f"{path.name} is larger than {limit >> 20} MB")
    return content.decode("utf-8", "replace")


def _opened(path: Path) -> BinaryIO:
    """The file, opened. A pipe would keep us waiting."""
    if path.exists() and not path.is_file():
        raise NotOursError(f"{path.name} is not a file")
    return path.open("rb")


def _tables(path: Path, wanted: Wanted, needed: Wanted, server: str) -> Tables:
    """The rows of the ``wanted`` tables of a SQLite database, which is not written to."""
    for suffix in ("-wal", "-journal"):
        log = path.with_name(path.name + suffix)
        if log.exists() and log.stat().st_size:
            what = f"{log.name} beside it holds changes that are not in it yet; make a copy that is whole"
            raise NotOursError(f"{what}: sqlite3 {path.name} '.backup copy.sqlite'")
    _opened(path).close()  # tells why it cannot be read, which SQLite does not
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)
        ) as connection:
            connection.row_factory = sqlite3.Row
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            return _read(connection, wanted, needed, server)
    except sqlite3.DatabaseError as error:
        raise NotOursError(f"is not a SQLite database, or is damaged: {error}") from None


def _read(connection: sqlite3.Connection, wanted: Wanted, needed: Wanted, server: str) -> Tables:
    tables: Tables = {}
    listed = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    known = {row["name"] for row in listed}
    for table, names in wanted.items():
        columns = (
            {row["name"] for row in connection.execute(f'PRAGMA table_info("{table}")')} if table in known else set()
        )
        if missing := [name for name in needed.get(table, ()) if name not in columns]:
            what = f"the table {table} with the column {missing[0]}"
            raise NotOursError(f"has not {what}: it is not of {server}, or of a version that is not read")
        picked = ", ".join(f'"{name}"' for name in names if name in columns)
        rows = connection.execute(f'SELECT {picked} FROM "{table}"') if picked else ()  # noqa: S608  names of ours
        tables[table] = [dict(row) for row in rows]
    return tables


READERS: Mapping[str, Callable[[Path], Found]] = {
    "dms": _dms,
    "mailcow": _mailcow,
    "mailu": _mailu,
    "mailinabox": _mailinabox,
}
