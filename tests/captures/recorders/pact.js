// Write Pact files of versions 3 and 4, with a mock server that answers as the API did: node pact.js FOLDER TOKEN URL…
const { PactV3, PactV4 } = require("@pact-foundation/pact");
const fs = require("fs");
const path = require("path");
const [, , folder, token, ...urls] = process.argv;

async function answers() {
  const found = [];
  for (const each of urls) {
    const url = new URL(each);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    found.push({ url, query: Object.fromEntries(url.searchParams), status: answer.status, body: await answer.json() });
  }
  return found;
}

const headers = { Authorization: `Bearer ${token}` };
const received = { "Content-Type": "application/json" };
const ask = (server, url) => fetch(server.url + url.pathname + url.search, { headers });

(async () => {
  const found = await answers();
  const options = { consumer: "c", provider: "mconn", dir: folder, logLevel: "error" };
  const v3 = new PactV3({ ...options, consumer: "pact-3" });
  const v4 = new PactV4({ ...options, consumer: "pact-4" });
  for (const [index, { url, query, status, body }] of found.entries()) {
    await v3
      .uponReceiving(`request ${index}`)
      .withRequest({ method: "GET", path: url.pathname, query, headers })
      .willRespondWith({ status, headers: received, body })
      .executeTest((server) => ask(server, url));
    await v4
      .addInteraction()
      .uponReceiving(`request ${index}`)
      .withRequest("GET", url.pathname, (request) => request.query(query).headers(headers))
      .willRespondWith(status, (response) => response.headers(received).jsonBody(body))
      .executeTest((server) => ask(server, url));
  }
  for (const name of ["pact-3", "pact-4"]) fs.renameSync(path.join(folder, `${name}-mconn.json`), path.join(folder, `${name}.json`));
})();
