// kubb, plugin-zod: the schemas that it generates, in generated/schemas.ts, over fetch.
import type { z } from "zod";
import * as generated from "./generated/schemas";
import { naming, overFetch, run } from "../program";

const schemas = {
  EventListEnvelope: generated.eventListEnvelopeSchema,
  LatestListEnvelope: generated.latestListEnvelopeSchema,
  EventGetEnvelope: generated.eventGetEnvelopeSchema,
  EventListResponse: generated.eventListResponseSchema,
  LatestListResponse: generated.latestListResponseSchema,
  EventGetResponse: generated.eventGetResponseSchema,
  ApiErrorResponse: generated.apiErrorResponseSchema,
};

type Recorded = z.infer<typeof schemas.EventGetResponse>;
const name = naming<Recorded["e"]>(true);

function type({ e }: Recorded): string {
  // Compiles only where the kind narrows the union.
  if (e.k === "StartUpgrade") {
    const url: string = e.url;
    if (typeof url !== "string") throw new Error("StartUpgrade without url");
  }
  return name(e.k);
}

await run<Recorded>((task) => overFetch(task, (model, text) => schemas[model].parse(JSON.parse(text)), type));
