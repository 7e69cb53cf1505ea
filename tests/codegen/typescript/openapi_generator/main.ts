// openapi-generator typescript-fetch: the client that it generates, in generated/.
import * as api from "./generated";
import { type Client, Failure, naming, recordedIn, run, type Task } from "../program";

type Event = api.Event;
type Recorded = api.EventGetResponse;

const name = naming<Event>(true);

const codecs = {
  EventListEnvelope: [api.EventListEnvelopeFromJSON, api.EventListEnvelopeToJSON],
  LatestListEnvelope: [api.LatestListEnvelopeFromJSON, api.LatestListEnvelopeToJSON],
  EventGetEnvelope: [api.EventGetEnvelopeFromJSON, api.EventGetEnvelopeToJSON],
  EventListResponse: [api.EventListResponseFromJSON, api.EventListResponseToJSON],
  LatestListResponse: [api.LatestListResponseFromJSON, api.LatestListResponseToJSON],
  EventGetResponse: [api.EventGetResponseFromJSON, api.EventGetResponseToJSON],
  ApiErrorResponse: [api.ApiErrorResponseFromJSON, api.ApiErrorResponseToJSON],
} as const;

function type({ e }: Recorded): string {
  // Compiles only where the kind narrows the union.
  if (e.k === "StartUpgrade") {
    const url: string = e.url;
    if (typeof url !== "string") throw new Error("StartUpgrade without url");
  }
  return name(e.k);
}

function connect(task: Task): Client<Recorded> {
  const events = new api.EventsApi(new api.Configuration({ basePath: task.url, accessToken: task.token }));
  const place = { accountId: task.account_id, connectorId: task.connector_id };
  return {
    type,
    event: (event) => JSON.stringify(api.EventGetResponseToJSON(event)),
    sample(model, text) {
      const [fromJSON, toJSON] = codecs[model];
      const value = fromJSON(JSON.parse(text));
      return { recorded: recordedIn<Recorded>(value), text: JSON.stringify(toJSON(value as never)) };
    },
    async list(cursor) {
      const { result } = await events.listEvents({ ...place, from: task.from, to: task.to, limit: task.limit, cursor });
      return { text: JSON.stringify(api.EventListResponseToJSON(result)), keys: result.items, cursor: result.cursor };
    },
    async latest() {
      const { result } = await events.getLatestEvents(place);
      return { recorded: result.items, text: JSON.stringify(api.LatestListResponseToJSON(result)) };
    },
    async get(eventT, eventN) {
      try {
        return (await events.getEvent({ ...place, eventT, eventN })).result;
      } catch (error) {
        if (!(error instanceof api.ResponseError)) throw error;
        const refused = api.ApiErrorResponseFromJSON(await error.response.json());
        throw new Failure(error.response.status, JSON.stringify(api.ApiErrorResponseToJSON(refused)));
      }
    },
  };
}

await run(connect);
