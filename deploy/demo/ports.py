"""TCP ports for the demo's programs."""

import socket


def first_free(wanted: int) -> int:
    """The wanted port where nobody listens on it, else the next free one of the ten after it. Raises OSError."""
    for port in range(wanted, wanted + 10):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"the ports {wanted} to {wanted + 9} are all taken")
