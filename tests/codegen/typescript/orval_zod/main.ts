// orval, zod: the schemas that it generates, in generated/schemas.ts, over fetch. It makes one for each response.
import type { z } from "zod";
import { GetEvent200Response, GetEvent404Response, GetLatestEvents200Response, ListEvents200Response } from "./generated/schemas";
import { naming, overFetch, run } from "../program";

const schemas = {
  EventListEnvelope: ListEvents200Response,
  LatestListEnvelope: GetLatestEvents200Response,
  EventGetEnvelope: GetEvent200Response,
  EventListResponse: ListEvents200Response.shape.result,
  LatestListResponse: GetLatestEvents200Response.shape.result,
  EventGetResponse: GetEvent200Response.shape.result,
  ApiErrorResponse: GetEvent404Response,
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
