// kubb, plugin-ts: the types that it generates, in generated/types.ts, over fetch.
import type {
  ApiErrorResponse,
  Event,
  EventGetEnvelope,
  EventGetResponse,
  EventListEnvelope,
  EventListResponse,
  LatestListEnvelope,
  LatestListResponse,
} from "./generated/types";
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
