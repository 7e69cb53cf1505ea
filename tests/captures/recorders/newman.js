// Write the JSON report of Newman: node newman.js FOLDER TOKEN URL…
const newman = require("newman");
const path = require("path");
const [, , folder, token, ...urls] = process.argv;

const auth = { type: "bearer", bearer: [{ key: "token", value: token, type: "string" }] };
const item = urls.map((url) => ({ name: url, request: { method: "GET", url, auth } }));
const schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const reporter = { json: { export: path.join(folder, "newman.json") } };
newman.run({ collection: { info: { name: "events", schema }, item }, reporters: ["json"], reporter }, (error) => {
  if (error) throw error;
});
