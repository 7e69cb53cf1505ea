export default {
  input: "../../../../spec/generated/openapi-3.1.yaml",
  output: "generated",
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", { name: "@hey-api/sdk", validator: true }, "zod"],
};
