from __future__ import annotations

import pytest

from mailwright.render.parameters import parameters

MAIN = "# a = 0\na = 1\n  2\n# c\n\n  3\nb =\n"
MASTER = "# x\nsmtp inet n - n - - smtpd\n  -o a=b=c\n  # no\n  -o { d = e f }\nsmtp unix - - n - - smtp\n  -o a=\n"
DOVECOT = 'a = 1\nservice lmtp {\n  # b = 2\n  unix_listener "x y" {\n    mode = 0\n  }\n  c = {\n}\nd = %{user}\n'
OTHER = "; c\n[program:x]\ncommand = a b\n# no\nkey value\nname: to\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("postfix/main.cf", MAIN, [("a", "1 2 3", 2, 6), ("b", "", 7, 7)]),
        (
            "postfix/master.cf",
            MASTER,
            [
                ("smtp/inet", "n - n - - smtpd", 2, 2),
                ("smtp/inet/a", "b=c", 3, 3),
                ("smtp/inet/d", "e f", 5, 5),
                ("smtp/unix", "- - n - - smtp", 6, 6),
                ("smtp/unix/a", "", 7, 7),
            ],
        ),
        (
            "dovecot/dovecot.conf",
            DOVECOT,
            [
                ("a", "1", 1, 1),
                ("service/lmtp", "{", 2, 2),
                ('service/lmtp/unix_listener/"x/y"', "{", 4, 4),
                ('service/lmtp/unix_listener/"x/y"/mode', "0", 5, 5),
                ("service/lmtp/c", "{", 7, 7),
                ("d", "%{user}", 9, 9),
            ],
        ),
        (
            "supervisor/supervisord.conf",
            OTHER,
            [("program:x/command", "a b", 3, 3), ("program:x/key", "value", 5, 5), ("program:x/name", "to", 6, 6)],
        ),
    ],
)
def test_parameters(path: str, text: str, expected: list[tuple[str, str, int, int]]) -> None:
    assert [(it.name, it.value, it.line, it.last) for it in parameters(path, text)] == expected


def test_a_name_may_leave_out_the_blocks_around_it() -> None:
    [mode] = [it for it in parameters("dovecot/dovecot.conf", "service auth {\n  mode = 1\n}\n") if it.value == "1"]
    assert mode.is_named("mode")
    assert mode.is_named("auth/mode")
    assert not mode.is_named("ode")
