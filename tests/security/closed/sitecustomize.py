"""Block network access beyond this machine in every Python process with this folder on its path.

Python imports a module of this name at start. tests/conftest.py puts the folder on PYTHONPATH, so that
processes started by tests are blocked too: workers, schedulers, commands. Not blocked are programs other
than Python, and Python with -E, -I or -S.
"""

from __future__ import annotations

import socket
import sys

SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
ASKING = {"socket.getaddrinfo", "socket.gethostbyname"}
HERE = {"", "localhost", "0.0.0.0", "::", "::1", socket.gethostname()}  # noqa: S104 - nothing is bound


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections to other machines, and look-ups of their names.

    Raises:
        PermissionError: the event names another machine.
    """
    if event in SENDING:
        address = arguments[1]
        if not isinstance(address, tuple):  # a Unix socket, or a socket that is connected
            return
        host = address[0]
    elif event in ASKING:
        host = arguments[0]
    else:
        return
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
    if name not in HERE and not name.startswith("127."):
        raise PermissionError(f"tests run without a network; this one asked for {name!r}")


sys.addaudithook(refuse)
