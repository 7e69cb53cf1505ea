// swagger-typescript-api: the client and types that it generates, in generated/api.ts.
import * as api from "./generated/api";
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
  const { accounts } = new api.Api({
    baseUrl: task.url,
    baseApiParams: { format: "json", headers: { Authorization: `Bearer ${task.token}` } },
  });
  const place = [task.account_id, task.connector_id] as const;
  return {
    type,
    event: (event) => JSON.stringify(event),
    sample(model, text) {
      const value: Models[Model] = JSON.parse(text);
      return { recorded: recordedIn<Recorded>(value), text: JSON.stringify(value) };
    },
    async list(cursor) {
      const { data } = await accounts.listEvents(...place, { from: task.from, to: task.to, limit: task.limit, cursor });
      return { text: JSON.stringify(data.result), keys: data.result.items, cursor: data.result.cursor };
    },
    async latest() {
      const { data } = await accounts.getLatestEvents(...place);
      return { recorded: data.result.items, text: JSON.stringify(data.result) };
    },
    async get(t, n) {
      try {
        return (await accounts.getEvent(...place, t, n)).data.result;
      } catch (error) {
        if (!(error instanceof Response)) throw error;
        const { error: refused } = error as api.HttpResponse<api.EventGetEnvelope, api.ApiErrorResponse>;
        throw new Failure(error.status, JSON.stringify(refused));
      }
    },
  };
}

await run(connect);
