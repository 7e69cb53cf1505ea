// quicktype: the types and their checks that it generates, in generated/models.ts, over fetch. An event is one object.
import { Convert, type EventGetResponse } from "./generated/models";
import { overFetch, run } from "../program";

const decoders = {
  EventListEnvelope: Convert.toEventListEnvelope,
  LatestListEnvelope: Convert.toLatestListEnvelope,
  EventGetEnvelope: Convert.toEventGetEnvelope,
  EventListResponse: Convert.toEventListResponse,
  LatestListResponse: Convert.toLatestListResponse,
  EventGetResponse: Convert.toEventGetResponse,
  ApiErrorResponse: Convert.toAPIErrorResponse,
};

await run<EventGetResponse>((task) => overFetch(task, (model, text) => decoders[model](text), ({ e }) => e.k));
