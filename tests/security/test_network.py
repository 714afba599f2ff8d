"""Tests reach only this machine, and so do the processes they start.

The outside addresses are reserved for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import warnings

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.conftest import CLOSED

PATIENCE = 60
OUTSIDE = [("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6)]
REACHES = """
import socket, sys
outside = ("192.0.2.1", 9)
def attempt(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        print(type(error).__name__, str(error).split()[-1])
    else:
        print("reached")
with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
    stream.settimeout(0.1)
    attempt(stream.connect, outside)
    attempt(stream.connect_ex, outside)
    attempt(datagram.sendto, b"", outside)
    attempt(datagram.sendmsg, [b""], [], 0, outside)
    attempt(socket.getaddrinfo, "example.org", 80)
    attempt(socket.gethostbyname, b"example.org")
    attempt(stream.connect, ("127.0.0.1", int(sys.argv[1])))
    attempt(datagram.sendto, b"", ("127.0.0.1", int(sys.argv[1])))
    attempt(socket.getaddrinfo, "localhost", 80)
    attempt(socket.getaddrinfo, None, 80)
left, right = socket.socketpair()
attempt(left.sendmsg, [b"x"])
left.close(), right.close()
"""


@pytest.mark.parametrize(("host", "family"), OUTSIDE)
def test_a_connection_outside_fails(host: str, family: socket.AddressFamily) -> None:
    with socket.socket(family) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the warning before the error
        stream.settimeout(0.1)
        with pytest.raises(SocketConnectBlockedError, match=host):
            stream.connect((host, 9))


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=PATIENCE).close()


def test_child_processes_are_blocked_too() -> None:
    assert str(CLOSED) in os.environ["PYTHONPATH"].split(os.pathsep)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-c", REACHES, port],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    refused = [f"PermissionError {host!r}" for host in ["192.0.2.1"] * 4 + ["example.org"] * 2]
    assert done.stdout.splitlines() == [*refused, *["reached"] * 5]
