"""Words to systemd, without a library: one datagram to the socket it names."""

import os
import socket


def notify(text: str) -> bool:
    """Tell systemd `text` (sd_notify(3)); False when nobody asked to be told."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(text.encode())
    return True
