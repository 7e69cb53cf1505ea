// Write HAR as Playwright does, by Chromium: bodies in files beside it, in a zip, and in the HAR: node playwright.js FOLDER TOKEN URL…
const { chromium } = require("playwright-core");
const fs = require("fs");
const path = require("path");
const [, , folder, token, ...urls] = process.argv;

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  const attached = path.join(folder, "playwright-attached");
  fs.rmSync(attached, { recursive: true, force: true });
  for (const [name, content] of [["playwright-attached/session.har", "attach"], ["playwright-attached.har.zip", "attach"], ["playwright-embedded.har", "embed"]]) {
    const context = await browser.newContext({ recordHar: { path: path.join(folder, name), content, urlFilter: "**/accounts/**" } });
    const page = await context.newPage();
    await page.goto(new URL("/", urls[0]).href);
    const ask = (all) => Promise.all(all.urls.map((url) => fetch(url, { headers: { authorization: `Bearer ${all.token}` } }).then((x) => x.text())));
    await page.evaluate(ask, { urls, token });
    await context.close();
  }
  await browser.close();
})();
