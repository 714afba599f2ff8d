"""The network ends at this machine in every Python that has this folder on its path.

Python imports a module of this name as it starts. tests/conftest.py puts the folder on PYTHONPATH, so
that what tests start is closed as well: workers, schedulers, commands. Not closed are what is no
Python, and a Python that is told to ignore the environment (-E, -I) or its site (-S).
"""

from __future__ import annotations

import socket
import sys

SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
ASKING = {"socket.getaddrinfo", "socket.gethostbyname"}
HERE = {"", "localhost", "0.0.0.0", "::", "::1", socket.gethostname()}  # noqa: S104 - nothing is bound


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Raise where a socket would reach out; names of other machines are not even asked for.

    Raises:
        PermissionError: it would.
    """
    if event in SENDING:
        address = arguments[1]
        if not isinstance(address, tuple):  # a Unix socket's, or a connected one's
            return
        host = address[0]
    elif event in ASKING:
        host = arguments[0]
    else:
        return
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
    if name not in HERE and not name.startswith("127."):
        raise PermissionError(f"tests run with the network closed, and this one asked for {name!r}")


sys.addaudithook(refuse)
