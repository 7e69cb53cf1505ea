// orval, fetch: the functions and types that it generates, in generated/client.ts.
import * as api from "./generated/client";
import { server } from "./fetching";
import { type Client, Failure, type Model, naming, recordedIn, run, type Task } from "../program";

type Recorded = api.EventGetResponse;
interface Models {
  EventListEnvelope: api.EventListEnvelope;
  LatestListEnvelope: api.LatestListEnvelope;
  EventGetEnvelope: api.EventGetEnvelope;
  EventListResponse: api.EventListResponse;
  LatestListResponse: api.LatestListResponse;
  EventGetResponse: api.EventGetResponse;
  ApiErrorResponse: api.ApiErrorResponse;
}

const name = naming<api.Event>(true);

function type({ e }: Recorded): string {
  // Compiles only where the kind narrows the union.
  if (e.k === "StartUpgrade") {
    const url: string = e.url;
    if (typeof url !== "string") throw new Error("StartUpgrade without url");
  }
  return name(e.k);
}

function connect(task: Task): Client<Recorded> {
  server.url = task.url;
  server.token = task.token;
  const place = [task.account_id, task.connector_id] as const;
  return {
    type,
    event: (event) => JSON.stringify(event),
    sample(model, text) {
      const value: Models[Model] = JSON.parse(text);
      return { recorded: recordedIn<Recorded>(value), text: JSON.stringify(value) };
    },
    async list(cursor) {
      const query = { from: task.from, to: task.to, limit: task.limit, cursor };
      const { status, data } = await api.listEvents(...place, query);
      if (status !== 200) throw new Failure(status, JSON.stringify(data));
      return { text: JSON.stringify(data.result), keys: data.result.items, cursor: data.result.cursor };
    },
    async latest() {
      const { status, data } = await api.getLatestEvents(...place);
      if (status !== 200) throw new Failure(status, JSON.stringify(data));
      return { recorded: data.result.items, text: JSON.stringify(data.result) };
    },
    async get(t, n) {
      const { status, data } = await api.getEvent(...place, t, n);
      if (status !== 200) throw new Failure(status, JSON.stringify(data));
      return data.result;
    },
  };
}

await run(connect);
