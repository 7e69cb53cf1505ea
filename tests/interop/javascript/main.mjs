// The vendor's npm package: list, get each listed event, latest, and an event that is not there.
// Reads where the server is from the environment, and writes what it saw as one JSON line.
import Cloudflare from "cloudflare";

const { MCONN_URL, MCONN_TOKEN, MCONN_ACCOUNT, MCONN_CONNECTOR, MCONN_END } = process.env;
const requests = [];
const client = new Cloudflare({
  apiToken: MCONN_TOKEN,
  baseURL: MCONN_URL,
  maxRetries: 0,
  fetch(url, init) {
    requests.push(String(url).slice(MCONN_URL.length));
    return fetch(url, init);
  },
});
const events = client.magicTransit.connectors.events;
const place = { account_id: MCONN_ACCOUNT, connector_id: MCONN_CONNECTOR };

const page = await events.list(MCONN_CONNECTOR, { account_id: MCONN_ACCOUNT, from: 0, to: Number(MCONN_END), limit: 100 });
const got = [];
for (const { t, n } of page.items) got.push(await events.get(n, { ...place, event_t: t }));
const latest = await events.latest.list(MCONN_CONNECTOR, { account_id: MCONN_ACCOUNT });
const absent = await events.get(1, { ...place, event_t: 1 }).catch((error) => ({
  type: error.constructor.name,
  status: error.status,
  errors: error.errors,
}));
console.log(JSON.stringify({ requests, page, got, latest, absent }));
