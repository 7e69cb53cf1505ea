// What the TypeScript programs share: read the task, put it to a client, write what came of it.
import { readFileSync, writeFileSync } from "node:fs";

export type Model =
  | "EventListEnvelope"
  | "LatestListEnvelope"
  | "EventGetEnvelope"
  | "EventListResponse"
  | "LatestListResponse"
  | "EventGetResponse"
  | "ApiErrorResponse";

export interface Task {
  url: string;
  token: string;
  account_id: string;
  connector_id: string;
  from: number;
  to: number;
  limit: number;
  absent: { t: number; n: number };
  samples: { id: string; model: Model; text: string }[];
}

/** The kinds of the document, as keys. */
const KINDS = {
  Init: true,
  Leave: true,
  StartAttestation: true,
  FinishAttestationSuccess: true,
  FinishAttestationFailure: true,
  StartRotateCryptKey: true,
  FinishRotateCryptKeySuccess: true,
  FinishRotateCryptKeyFailure: true,
  StartRotatePki: true,
  FinishRotatePkiSuccess: true,
  FinishRotatePkiFailure: true,
  StartUpgrade: true,
  FinishUpgradeSuccess: true,
  FinishUpgradeFailure: true,
  Reconcile: true,
  ConfigureCloudflaredTunnel: true,
};
type Kind = keyof typeof KINDS;

/** Names the type of an event; does not compile where the union has fewer kinds or more, or cannot tell them apart. */
export function naming<Event extends { k: string }>(
  same: [Event["k"], Kind] extends [Kind, Event["k"]] ? true : false,
): (kind: string) => string {
  if (!same) throw new Error("the union has other kinds");
  return (kind) => (kind in KINDS ? kind : `unknown ${kind}`);
}

/** The server refused: its status, and the JSON of the decoded error model. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(`status ${status}`);
  }
}

/** What a program does with its generated code. Pages and events come without their envelopes. */
export interface Client<Recorded> {
  /** Decodes a body, gives the events in it, and writes it back. */
  sample(model: Model, text: string): { recorded: Recorded[]; text: string };
  /** The name of the union's member that an event holds. */
  type(event: Recorded): string;
  event(event: Recorded): string;
  list(cursor?: string): Promise<{ text: string; keys: { t: number; n: number }[]; cursor?: string }>;
  latest(): Promise<{ recorded: Recorded[]; text: string }>;
  get(t: number, n: number): Promise<Recorded>;
}

export async function run<Recorded>(connect: (task: Task) => Client<Recorded>): Promise<void> {
  const task: Task = JSON.parse(readFileSync(process.env.MCONN_TASK!, "utf-8"));
  const client = connect(task);
  const samples = Object.fromEntries(task.samples.map(({ id, model, text }) => [id, attempt(client, model, text)]));
  const pages: string[] = [];
  const events: { type: string; text: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.list(cursor);
    pages.push(page.text);
    for (const { t, n } of page.keys) {
      const event = await client.get(t, n);
      events.push({ type: client.type(event), text: client.event(event) });
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  const latest = await client.latest();
  const absent = await client.get(task.absent.t, task.absent.n).then(
    () => {
      throw new Error("the absent event was found");
    },
    (error: unknown) => {
      if (error instanceof Failure) return { status: error.status, text: error.text };
      throw error;
    },
  );
  const calls = {
    pages,
    events,
    latest: { types: latest.recorded.map((each) => client.type(each)), text: latest.text },
    absent,
  };
  writeFileSync(process.env.MCONN_RESULT!, JSON.stringify({ samples, calls }));
}

function attempt<Recorded>(client: Client<Recorded>, model: Model, text: string): object {
  try {
    const value = client.sample(model, text);
    return { types: value.recorded.map((each) => client.type(each)), text: value.text };
  } catch (error) {
    return { error: String(error).slice(0, 300) };
  }
}

/** The events of a decoded body, with or without its envelope; a listed event is none. */
export function recordedIn<Recorded>(value: unknown): Recorded[] {
  const body = value as { result?: unknown; success?: boolean };
  const result = ("success" in body ? (body.result ?? {}) : body) as { items?: unknown[]; e?: unknown };
  return (result.items ?? [result]).filter((each) => "e" in (each as object)) as Recorded[];
}

/** A client over fetch, for generators of types or schemas alone: `decode` is what reads a model. */
export function overFetch<Recorded>(
  task: Task,
  decode: (model: Model, text: string) => unknown,
  type: (event: Recorded) => string,
): Client<Recorded> {
  const place = `${task.url}/accounts/${task.account_id}/magic/connectors/${task.connector_id}/telemetry/events`;
  const headers = { Authorization: `Bearer ${task.token}` };
  async function ask<Result>(path: string, envelope: Model): Promise<Result> {
    const response = await fetch(place + path, { headers });
    const text = await response.text();
    if (!response.ok) throw new Failure(response.status, JSON.stringify(decode("ApiErrorResponse", text)));
    return (decode(envelope, text) as { result: Result }).result;
  }
  return {
    type,
    event: (event) => JSON.stringify(event),
    sample(model, text) {
      const value = decode(model, text);
      return { recorded: recordedIn<Recorded>(value), text: JSON.stringify(value) };
    },
    async list(cursor) {
      const query = new URLSearchParams({ from: `${task.from}`, to: `${task.to}`, limit: `${task.limit}` });
      if (cursor !== undefined) query.set("cursor", cursor);
      const page = await ask<{ items: { t: number; n: number }[]; cursor?: string }>(`?${query}`, "EventListEnvelope");
      return { text: JSON.stringify(page), keys: page.items, cursor: page.cursor };
    },
    async latest() {
      const latest = await ask<{ items: Recorded[] }>("/latest", "LatestListEnvelope");
      return { recorded: latest.items, text: JSON.stringify(latest) };
    },
    get: (t, n) => ask<Recorded>(`/${t}.${n}`, "EventGetEnvelope"),
  };
}
