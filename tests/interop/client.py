"""The vendor's Python SDK in a small program: walk the list, get each event of it, and the latest.

It checks nothing itself: what makes it fail is the SDK's doing. Run under scenarios by `benchmarks/clients_assume.py`.
"""

from __future__ import annotations

import os
import sys

import cloudflare

END = 2_000_000_000


def main() -> None:
    """Say how many events were seen."""
    account, connector = os.environ["CLOUDFLARE_ACCOUNT_ID"], os.environ["MCONN_CONNECTOR_ID"]
    events = cloudflare.Cloudflare().magic_transit.connectors.events
    listed = []
    page = events.list(connector, account_id=account, from_=0, to=END, limit=100)
    while True:
        listed += page.items
        if not page.cursor:
            break
        page = events.list(connector, account_id=account, from_=0, to=END, limit=100, cursor=page.cursor)
    # As they come, `t` and `n` are floats, and the SDK would ask for 1700000000.0.3.0.
    got = [events.get(int(item.n), account_id=account, connector_id=connector, event_t=int(item.t)) for item in listed]
    latest = events.latest.list(connector, account_id=account)
    sys.stdout.write(f"{len(listed)} {len({event.e.k for event in got})} {len(latest.items)}\n")


if __name__ == "__main__":
    main()
