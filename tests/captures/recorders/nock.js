// Write `nock-packed.json` as nock's recorder has it, with bodies that are packed: npm i nock, then
// mconn serve --style gzip, and node nock.js URL TOKEN > nock-packed.json, with the URL of a connector's events.
const http = require("http");
const nock = require("nock");
const [, , base, token] = process.argv;

function get(url) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "accept-encoding": "gzip" };
    http.get(url, { headers }, (response) => response.resume().on("end", resolve)).on("error", reject);
  });
}

(async () => {
  nock.recorder.rec({ dont_print: true, output_objects: true, enable_reqheaders_recording: true });
  for (const target of ["?from=0&to=4000000000&limit=3", "/1.1"]) await get(base + target);
  console.log(JSON.stringify(nock.recorder.play(), null, 2));
})();
