export default {
  events: {
    input: "../../../../spec/generated/openapi-3.1.yaml",
    output: { target: "generated/schemas.ts", client: "zod", override: { zod: { generateEachHttpStatus: true } } },
  },
};
