// Write definitions of nock's recorder, with bodies that are packed: node nock.js FOLDER TOKEN URL…
const fs = require("fs");
const http = require("http");
const nock = require("nock");
const path = require("path");
const [, , folder, token, ...urls] = process.argv;

function get(url) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "accept-encoding": "gzip" };
    http.get(url, { headers }, (response) => response.resume().on("end", resolve)).on("error", reject);
  });
}

(async () => {
  nock.recorder.rec({ dont_print: true, output_objects: true, enable_reqheaders_recording: true });
  for (const url of urls) await get(url);
  fs.writeFileSync(path.join(folder, "nock-packed.json"), JSON.stringify(nock.recorder.play(), null, 2));
})();
