// @hey-api/openapi-ts with zod: the client, the types and the schemas that it generates, in generated/.
import { createClient, createConfig } from "./generated/client";
import { getEvent, getLatestEvents, listEvents } from "./generated/sdk.gen";
import type { ApiErrorResponse, Event, EventGetResponse } from "./generated/types.gen";
import * as zod from "./generated/zod.gen";
import { type Client, Failure, naming, recordedIn, run, type Task } from "../program";

const name = naming<Event>(true);

const schemas = {
  EventListEnvelope: zod.zEventListEnvelope,
  LatestListEnvelope: zod.zLatestListEnvelope,
  EventGetEnvelope: zod.zEventGetEnvelope,
  EventListResponse: zod.zEventListResponse,
  LatestListResponse: zod.zLatestListResponse,
  EventGetResponse: zod.zEventGetResponse,
  ApiErrorResponse: zod.zApiErrorResponse,
};

/** zod reads int64 as bigint, which JSON.stringify does not write. */
function encode(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? Number(item) : item));
}

function type({ e }: EventGetResponse): string {
  // Compiles only where the kind narrows the union.
  if (e.k === "StartUpgrade") {
    const url: string = e.url;
    if (typeof url !== "string") throw new Error("StartUpgrade without url");
  }
  return name(e.k);
}

function connect(task: Task): Client<EventGetResponse> {
  const client = createClient(createConfig({ baseUrl: task.url, auth: task.token }));
  const path = { account_id: task.account_id, connector_id: task.connector_id };
  return {
    type,
    event: encode,
    sample(model, text) {
      const value = schemas[model].parse(JSON.parse(text));
      return { recorded: recordedIn<EventGetResponse>(value), text: encode(value) };
    },
    async list(cursor) {
      const query = { from: task.from, to: task.to, limit: task.limit, ...(cursor === undefined ? {} : { cursor }) };
      const { data } = await listEvents({ client, path, query, throwOnError: true });
      return { text: encode(data.result), keys: data.result.items, cursor: data.result.cursor };
    },
    async latest() {
      const { data } = await getLatestEvents({ client, path, throwOnError: true });
      return { recorded: data.result.items, text: encode(data.result) };
    },
    async get(event_t, event_n) {
      const { data, error, response } = await getEvent({ client, path: { ...path, event_t, event_n } });
      if (data) return data.result;
      const refused: ApiErrorResponse = error;
      throw new Failure(response!.status, encode(refused));
    },
  };
}

await run(connect);
