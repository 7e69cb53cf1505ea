// openapi-typescript with openapi-fetch: the types that it generates, in generated/schema.ts.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";
import { type Client, Failure, type Model, naming, recordedIn, run, type Task } from "../program";

type Schemas = components["schemas"];
type Event = Schemas["Event"];
type Recorded = Schemas["EventGetResponse"];

const name = naming<Event>(true);

function type({ e }: Recorded): string {
  // Compiles only where the kind narrows the union.
  if (e.k === "StartUpgrade") {
    const url: string = e.url;
    if (typeof url !== "string") throw new Error("StartUpgrade without url");
  }
  return name(e.k);
}

function connect(task: Task): Client<Recorded> {
  const client = createClient<paths>({ baseUrl: task.url, headers: { Authorization: `Bearer ${task.token}` } });
  const path = { account_id: task.account_id, connector_id: task.connector_id };
  return {
    type,
    event: (event) => JSON.stringify(event),
    sample(model: Model, text: string) {
      const value: Schemas[Model] = JSON.parse(text);
      return { recorded: recordedIn<Recorded>(value), text: JSON.stringify(value) };
    },
    async list(cursor) {
      const query = { from: task.from, to: task.to, limit: task.limit, cursor };
      const { data, error, response } = await client.GET(
        "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events",
        { params: { path, query } },
      );
      if (error) throw new Failure(response.status, JSON.stringify(error));
      return { text: JSON.stringify(data.result), keys: data.result.items, cursor: data.result.cursor };
    },
    async latest() {
      const { data, error, response } = await client.GET(
        "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events/latest",
        { params: { path } },
      );
      if (error) throw new Failure(response.status, JSON.stringify(error));
      return { recorded: data.result.items, text: JSON.stringify(data.result) };
    },
    async get(event_t, event_n) {
      const { data, error, response } = await client.GET(
        "/accounts/{account_id}/magic/connectors/{connector_id}/telemetry/events/{event_t}.{event_n}",
        { params: { path: { ...path, event_t, event_n } } },
      );
      if (error) {
        const refused: Schemas["ApiErrorResponse"] = error;
        throw new Failure(response.status, JSON.stringify(refused));
      }
      return data.result;
    },
  };
}

await run(connect);
