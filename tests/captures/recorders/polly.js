// Write what Polly.js keeps of packed bodies: node polly.js FOLDER TOKEN URL…
const { Polly } = require("@pollyjs/core");
const Adapter = require("@pollyjs/adapter-node-http");
const Persister = require("@pollyjs/persister-fs");
const fs = require("fs");
const http = require("http");
const path = require("path");
const [, , folder, token, ...urls] = process.argv;

Polly.register(Adapter);
Polly.register(Persister);

function get(url) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "accept-encoding": "gzip" };
    http.get(url, { headers }, (response) => response.resume().on("end", resolve)).on("error", reject);
  });
}

(async () => {
  const options = { fs: { recordingsDir: "recordings" } };
  const polly = new Polly("polly", { adapters: ["node-http"], persister: "fs", persisterOptions: options, recordFailedRequests: true });
  for (const url of urls) await get(url);
  await polly.stop();
  const [written] = fs.readdirSync("recordings");
  fs.copyFileSync(path.join("recordings", written, "recording.har"), path.join(folder, "polly.har"));
})();
