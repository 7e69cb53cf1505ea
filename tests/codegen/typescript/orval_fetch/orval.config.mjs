export default {
  events: {
    input: "../../../../spec/generated/openapi-3.1.yaml",
    output: {
      target: "generated/client.ts",
      client: "fetch",
      override: { mutator: { path: "fetching.ts", name: "fetching" } },
    },
  },
};
