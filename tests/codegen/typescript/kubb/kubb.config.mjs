import { defineConfig } from "@kubb/core";
import { pluginOas } from "@kubb/plugin-oas";
import { pluginTs } from "@kubb/plugin-ts";

export default defineConfig({
  input: { path: "../../../../spec/generated/openapi-3.1.yaml" },
  output: { path: "generated", barrelType: false, format: false },
  plugins: [pluginOas({ generators: [] }), pluginTs({ output: { path: "types.ts", barrelType: false } })],
});
