"""start: the container's command. A child prepares the configuration; then this process is supervisord.

What supervisord needs is imported meanwhile, which a start would else wait for. The child takes everything with it that
it has imported and read. This process has the number that the container's init sends signals to.
"""

from __future__ import annotations

import os
import socket

LONGEST = 1 << 16  # bytes of the variables


def main() -> int:
    """Runs the mail server; the exit code of a start that is refused."""
    ours, given = socket.socketpair()
    child = os.fork()
    if not child:
        ours.close()
        from mailwright.programs.boot import boot

        return boot(given)
    given.close()
    from mailwright.programs import supervisord

    variables, handles, _, _ = socket.recv_fds(ours, LONGEST, 1)  # nothing when the child ends without a word
    ours.close()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code or not variables:
        return code if code >= 0 else 128 - code
    for handle in handles:
        os.set_inheritable(handle, False)  # the lock on the state is ours, not the daemons'
    os.environ.clear()
    for name, _, text in (row.partition(b"=") for row in variables.split(b"\0")):
        os.environb[name] = text
    return supervisord.run()
