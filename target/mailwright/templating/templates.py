"""The one Jinja environment: every variable must be defined, and values are quoted by filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FunctionLoader, StrictUndefined, TemplateSyntaxError
from jinja2.bccache import Bucket

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.core.textfile import CONTROL, TextFile
from mailwright.templating import marks


def one_line(value: object) -> str:
    """``value`` as text on one line; ValueError when it holds a line break or control character."""
    text = str(value)
    if CONTROL.search(text) or "\n" in text:
        raise ValueError("a line break or control character can't be written into a configuration")
    return text


def lines(rows: Sequence[str]) -> str:
    """``rows``, each on a line of its own; ValueError when one holds a line break or control character."""
    text = "\n".join(rows)
    # Checked as one text, because there may be a hundred thousand rows.
    if text.count("\n") >= max(len(rows), 1) or CONTROL.search(text):
        text = "\n".join(one_line(row) for row in rows)
    return text and text + "\n"


def postfix(value: object) -> str:
    """``value`` for main.cf (postconf(5)): $ is doubled, because it begins the name of a parameter."""
    return one_line(value).replace("$", "$$")


def dovecot(value: object) -> str:
    """``value`` as a quoted string of dovecot.conf; % is doubled, because it begins a variable."""
    return '"' + one_line(value).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def ucl(value: object) -> str:
    """``value`` as a quoted string of Rspamd's configuration (UCL), with $ and {, which begin variables, escaped."""
    escaped = one_line(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("$", "\\u0024").replace("{", "\\u007b") + '"'


def lua(value: object) -> str:
    """``value`` as a quoted string of Lua inside Rspamd's configuration."""
    escaped = one_line(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("$", "\\036").replace("{", "\\123") + '"'


def sieve(value: object) -> str:
    """``value`` inside a quoted string of Sieve (RFC 5228, section 2.4.2)."""
    return one_line(value).replace("\\", "\\\\").replace('"', '\\"')


def supervisor(value: object) -> str:
    """``value`` for supervisord.conf (ConfigParser): % is doubled."""
    return one_line(value).replace("%", "%%")


def _source(file: TextFile | None) -> tuple[str, str, Callable[[], bool]] | None:
    return (file.text, file.name, lambda: True) if file else None


class Compiled(FileSystemBytecodeCache):
    """The templates that the image's build compiled, by the hash of their text: compiling takes most of a render.

    A template with another text is compiled at its use; nothing is written.
    """

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing: the folder belongs to the image."""


class Marked(dict[str, TextFile]):
    """Templates whose rendered lines each end with a mark (marks.py) of the template line that they come from."""


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, TextFile], ...], *, marked: bool) -> Environment:
    """environment(), cached: compiling the templates takes longer than the rest of a render."""
    return environment(dict(templates), marked=marked)


def environment(templates: Mapping[str, TextFile], *, marked: bool = False) -> Environment:
    """The Jinja environment over ``templates`` (path → source)."""
    jinja = Environment(
        loader=FunctionLoader(lambda path: _source(templates.get(path))),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  configuration files, not HTML; the filters below quote
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=one_line,
        extensions=[marks.Marks] if marked else [],
        bytecode_cache=None if marked else Compiled(paths.COMPILED_TEMPLATES),
    )
    filters = (postfix, dovecot, supervisor, ucl, lua, sieve)
    jinja.filters |= {quote.__name__: quote for quote in filters}
    return jinja


def _moved_name_hint(error: Exception, context: Mapping[str, object]) -> str:
    """A hint for an undefined name that is an attribute of an object in ``context``, else an empty text."""
    match = re.fullmatch(r"'(\w+)' is undefined", str(error))
    names = [f"{owner}.{match[1]}" for owner, value in context.items() if match and hasattr(value, match[1])]
    return f"did you mean {' or '.join(names)}?" if names else ""


class Templates:
    """The templates of one render (path below templates/ → source). An error names the template's file and line."""

    def __init__(self, sources: Mapping[str, TextFile]) -> None:
        self._sources = sources
        self._marked = isinstance(sources, Marked)
        self._jinja = _environment(tuple(sources.items()), marked=self._marked)

    def render(self, path: str, **context: Any) -> str:
        """The text of template ``path``; ConfigurationError names the template's file and line."""
        try:
            text = self._jinja.get_template(path).render(**context)
        except TemplateSyntaxError as error:
            name = self._sources[error.name or path].name
            raise ConfigurationError([Problem(f"{name}:{error.lineno}", error.message or "broken template")]) from None
        except Exception as error:  # noqa: BLE001  an operator's template can raise any exception
            raise ConfigurationError(
                [Problem(self._place(path, error), str(error), _moved_name_hint(error, context))]
            ) from None
        return marks.at_line_ends(text) if self._marked else text

    def _place(self, path: str, error: Exception) -> str:
        """The file and line of the innermost template that raised ``error``."""
        names = {file.name for file in self._sources.values()}
        place, trace = self._sources[path].name if path in self._sources else path, error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename in names:
                place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
            trace = trace.tb_next
        return place
