import os

from events_client import AuthenticatedClient
from events_client.api.events import get_latest_events
from events_client.models import LatestListEnvelope, StartUpgrade

client = AuthenticatedClient(base_url="https://api.cloudflare.com/client/v4", token=os.environ["CLOUDFLARE_API_TOKEN"])
answer = get_latest_events.sync(os.environ["ACCOUNT_ID"], os.environ["CONNECTOR_ID"], client=client)
if isinstance(answer, LatestListEnvelope):
    for event in answer.result.items:
        print(event.t, event.e.k, event.e.url if isinstance(event.e, StartUpgrade) else "")
