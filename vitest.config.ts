import { defineConfig } from "vitest/config";

// Unit and contract tests, beside the source and run from it: no build is needed. What crosses packages is in tests/.
export default defineConfig({
  resolve: { conditions: ["@ngflow/source"] },
  ssr: { resolve: { conditions: ["@ngflow/source"], externalConditions: ["@ngflow/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tools/**/*.test.{ts,mjs}"],
    testTimeout: 20_000,
  },
});
