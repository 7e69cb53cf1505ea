// A decoder of the events, for `mconn vectors --stream -- node decoder.mjs`. It passes events of unknown kinds on.
import { createInterface } from "node:readline";

const MODELS = { EventListResponse: list, LatestListResponse: latest, EventGetResponse: event };
const OPERATIONS = { listEvents: list, getLatestEvents: latest, getEvent: event };
let kinds = [];

function need(holds, what) {
  if (!holds) throw new Error(what);
}

function is(value, type, what) {
  const found = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  need(found === type, `${what} is no ${type}, but ${found}`);
  return value;
}

function integer(value, what) {
  need(Number.isInteger(value), `${what} is no whole number`);
  return value;
}

function whole(value, what) {
  need(Number.isSafeInteger(value) && value >= 0, `${what} is out of range`);
  return value;
}

function listed(item) {
  const { a, k, n, t } = is(item, "object", "an item");
  kinds.push(is(k, "string", "k"));
  return { a: whole(a, "a"), k, n: whole(n, "n"), t: whole(t, "t") };
}

function event(value) {
  const { e, n, t, v } = is(value, "object", "an event");
  const { k, url } = is(e, "object", "e");
  kinds.push(is(k, "string", "k"));
  const read = { e: k === "StartUpgrade" ? { k, url: is(url, "string", "url") } : e, n: whole(n, "n"), t: whole(t, "t") };
  return "v" in value ? { ...read, v: is(v, "string", "v") } : read;
}

function page(value, read) {
  const { count, items } = is(value, "object", "a page");
  return { count: whole(count, "count"), items: is(items, "array", "items").map(read) };
}

function list(value) {
  const read = page(value, listed);
  return "cursor" in value ? { ...read, cursor: is(value.cursor, "string", "cursor") } : read;
}

function latest(value) {
  return page(value, event);
}

function message(value) {
  const { code, message } = is(value, "object", "a message");
  return { code: integer(code, "code"), message: is(message, "string", "message") };
}

function decode(name, status, body) {
  const value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  if (name in MODELS) return MODELS[name](value);
  const read = { success: is(is(value, "object", "the envelope").success, "boolean", "success") };
  for (const each of ["errors", "messages"]) {
    if (each in value) read[each] = is(value[each], "array", each).map(message);
  }
  return status === 200 ? { ...read, result: OPERATIONS[name](value.result) } : read;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, as, status, body } = JSON.parse(line);
  kinds = [];
  try {
    const value = decode(as, status, Buffer.from(body, "base64"));
    console.log(JSON.stringify({ id, kinds, value }));
  } catch (error) {
    console.log(JSON.stringify({ id, refused: error.message }));
  }
}
