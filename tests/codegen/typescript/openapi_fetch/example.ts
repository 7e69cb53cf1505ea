import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";

const headers = { Authorization: `Bearer ${process.env.CLOUDFLARE_API_TOKEN}` };
const client = createClient<paths>({ baseUrl: "https://api.cloudflare.com/client/v4", headers });
const latest = "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events/latest";
const path = { account_id: process.env.ACCOUNT_ID!, connector_id: process.env.CONNECTOR_ID! };
const { data } = await client.GET(latest, { params: { path } });
for (const { t, e } of data?.result.items ?? []) {
  console.log(t, e.k, e.k === "StartUpgrade" ? e.url : "");
}
