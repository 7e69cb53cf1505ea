import { defineConfig } from "@kubb/core";
import { pluginOas } from "@kubb/plugin-oas";
import { pluginZod } from "@kubb/plugin-zod";

export default defineConfig({
  input: { path: "../../../../spec/generated/openapi-3.1.yaml" },
  output: { path: "generated", barrelType: false, format: false },
  plugins: [pluginOas({ generators: [] }), pluginZod({ output: { path: "schemas.ts", barrelType: false }, version: "4" })],
});
