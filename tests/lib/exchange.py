# SPDX-License-Identifier: BSD-3-Clause
"""One order from a client to a server, and what both programs saw of it."""
import time

ORDER = "ORDER 1000 pairs, size 42"
CONFIRMATION = "CONFIRMED 1000 pairs"
PATIENCE = 6.0      # seconds for an answer, an alert or a reset to arrive


def watch(client, server, asked, answer, patience=PATIENCE):
    """Waits until both ends have got through, or seen why not; (client saw, server saw)."""
    deadline = time.monotonic() + patience
    while True:
        ended = client.process.poll() is not None
        saw = client.saw([("confirmed", answer)]), server.saw([("order", asked)])
        if "nothing" not in saw or time.monotonic() > deadline:
            return saw
        if ended and saw == ("nothing", "nothing"):
            # Without a connection there is nothing that the server could still see.
            deadline = min(deadline, time.monotonic() + 0.3)
        time.sleep(0.02)


def converse(client, server, patience=PATIENCE):
    """The client's user types an order, the server's operator a confirmation."""
    client.say(ORDER)
    if server.hears(ORDER, patience, unless=lambda: client.saw() != "nothing"):
        server.say(CONFIRMATION)
    return watch(client, server, ORDER, CONFIRMATION, patience)
