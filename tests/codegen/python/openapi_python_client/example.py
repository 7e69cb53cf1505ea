import os
import sys

from events_client import AuthenticatedClient
from events_client.api.events import get_latest_events
from events_client.models import LatestListEnvelope, StartUpgrade

client = AuthenticatedClient(base_url=os.environ["CLOUDFLARE_BASE_URL"], token=os.environ["CLOUDFLARE_API_TOKEN"])
answer = get_latest_events.sync_detailed(os.environ["CLOUDFLARE_ACCOUNT_ID"], os.environ["MCONN_CONNECTOR_ID"], client=client)
if not isinstance(answer.parsed, LatestListEnvelope):
    sys.exit(f"{answer.status_code} {answer.content.decode()}")
for event in answer.parsed.result.items:
    print(event.t, event.e.k, event.e.url if isinstance(event.e, StartUpgrade) else "")
