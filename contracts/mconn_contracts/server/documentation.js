"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
// The viewer has dark colors under this class only.
const recolor = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", recolor);
recolor();

const form = document.getElementById("preferences");
// A browser keeps what was chosen when a page is loaded again, and shows it too late.
form?.reset();
const preferred = () =>
  [...new FormData(form ?? undefined)].filter(([, value]) => value).map(([name, value]) => `${name}=${value}`).join(", ");
const show = () => {
  form.querySelector("output").value = preferred() && `Prefer: ${preferred()}`;
};
form?.addEventListener("input", show);
form?.addEventListener("reset", () => setTimeout(show));

SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  dom_id: "#viewer",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  // The badge would ask a server of Swagger's.
  validatorUrl: null,
  queryConfigEnabled: false,
  requestInterceptor: (request) => {
    if (!request.loadSpec && preferred()) {
      request.headers.Prefer = preferred();
    }
    return request;
  },
});
