// Write a collection with saved examples by the library of Postman: node postman.js FOLDER TOKEN URL…
const { Collection } = require("postman-collection");
const fs = require("fs");
const path = require("path");
const [, , folder, token, ...urls] = process.argv;

(async () => {
  const variable = [{ key: "base", value: urls[0].split("/accounts")[0] }, { key: "token", value: token }];
  const collection = new Collection({ info: { name: "events" }, variable });
  for (const url of urls) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const request = {
      method: "GET",
      url: url.replace(variable[0].value, "{{base}}"),
      auth: { type: "bearer", bearer: [{ key: "token", value: "{{token}}" }] },
    };
    const header = [...answer.headers].map(([key, value]) => ({ key, value }));
    const body = await answer.text();
    const response = { name: "example", originalRequest: request, code: answer.status, status: answer.statusText, header, body };
    collection.items.add({ name: url.split("/events")[1], request, response: [response] });
  }
  fs.writeFileSync(path.join(folder, "postman.json"), JSON.stringify(collection.toJSON(), null, 2));
})();
