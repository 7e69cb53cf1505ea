// The vendor's npm package in a small program: walk the list, get each event of it, and the latest.
// It checks nothing itself: what makes it fail is the package's doing. Run under scenarios by `benchmarks/clients_assume.py`.
import Cloudflare from "cloudflare";

const { CLOUDFLARE_BASE_URL, CLOUDFLARE_ACCOUNT_ID, MCONN_CONNECTOR_ID } = process.env;
const events = new Cloudflare({ baseURL: CLOUDFLARE_BASE_URL }).magicTransit.connectors.events;
const place = { account_id: CLOUDFLARE_ACCOUNT_ID };
const window = { ...place, from: 0, to: 2_000_000_000, limit: 100 };

const listed = [];
let page = await events.list(MCONN_CONNECTOR_ID, window);
for (;;) {
  listed.push(...page.items);
  if (!page.cursor) break;
  page = await events.list(MCONN_CONNECTOR_ID, { ...window, cursor: page.cursor });
}
const got = [];
for (const { t, n } of listed) {
  got.push(await events.get(n, { ...place, connector_id: MCONN_CONNECTOR_ID, event_t: t }));
}
const latest = await events.latest.list(MCONN_CONNECTOR_ID, place);
console.log(listed.length, new Set(got.map((event) => event.e.k)).size, latest.items.length);
