import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";

const headers = { Authorization: `Bearer ${process.env.CLOUDFLARE_API_TOKEN}` };
const client = createClient<paths>({ baseUrl: process.env.CLOUDFLARE_BASE_URL, headers });
const latest = "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events/latest";
const path = { account_id: process.env.CLOUDFLARE_ACCOUNT_ID!, connector_id: process.env.MCONN_CONNECTOR_ID! };
const { data, error, response } = await client.GET(latest, { params: { path } });
if (!data) throw new Error(`${response.status} ${JSON.stringify(error)}`);
for (const { t, e } of data.result.items) {
  console.log(t, e.k, e.k === "StartUpgrade" ? e.url : "");
}
