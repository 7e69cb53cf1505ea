"use strict";
SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  dom_id: "#viewer",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  // The badge would ask a server of Swagger's.
  validatorUrl: null,
  queryConfigEnabled: false,
});
