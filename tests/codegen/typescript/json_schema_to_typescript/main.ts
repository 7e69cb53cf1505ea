// json-schema-to-typescript: the types that it generates, a file for each schema in generated/, over fetch.
import type { ApiErrorResponse } from "./generated/ApiErrorResponse";
import type { EventGetEnvelope } from "./generated/EventGetEnvelope";
import type { Event, EventGetResponse } from "./generated/EventGetResponse";
import type { EventListEnvelope } from "./generated/EventListEnvelope";
import type { EventListResponse } from "./generated/EventListResponse";
import type { LatestListEnvelope } from "./generated/LatestListEnvelope";
import type { LatestListResponse } from "./generated/LatestListResponse";
import { type Model, naming, overFetch, run } from "../program";

interface Models {
  EventListEnvelope: EventListEnvelope;
  LatestListEnvelope: LatestListEnvelope;
  EventGetEnvelope: EventGetEnvelope;
  EventListResponse: EventListResponse;
  LatestListResponse: LatestListResponse;
  EventGetResponse: EventGetResponse;
  ApiErrorResponse: ApiErrorResponse;
}

const name = naming<Event>(true);

function type({ e }: EventGetResponse): string {
  // Compiles only where the kind narrows the union.
  if (e.k === "StartUpgrade") {
    const url: string = e.url;
    if (typeof url !== "string") throw new Error("StartUpgrade without url");
  }
  return name(e.k);
}

await run<EventGetResponse>((task) => overFetch(task, (model, text): Models[Model] => JSON.parse(text), type));
