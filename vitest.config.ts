import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { sharedFolder } from "./tools/shared.mjs";

/** What every implementation of an interface must do: run with the real thing behind it, slower than a unit test. */
const CONTRACT = ["packages/store/src/**/*.test.ts", "packages/**/contract.test.ts"];

const SOURCE_LOADER = "packages/store/src/testing/source-loader.mjs";

// Unit and contract tests, beside the source and run from it: no build is needed. What crosses packages is in tests/.
export default defineConfig({
  resolve: { conditions: ["@ngflow/source"] },
  ssr: { resolve: { conditions: ["@ngflow/source"], externalConditions: ["@ngflow/source"] } },
  test: {
    env: { NGFLOW_SHARED: sharedFolder },
    // Worker threads that code under test starts run from the sources, too.
    execArgv: ["--conditions=@ngflow/source", "--import", fileURLToPath(new URL(SOURCE_LOADER, import.meta.url))],
    testTimeout: 20_000,
    // Sockets, worker threads and servers take part: one more try, and verify names each test that needed it, and why.
    retry: 1,
    // What a test waits for may take longer on a busy machine than a second, the default.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // A process for each of 370 files would take more time than half of the tests.
          isolate: false,
          // Many wait for sockets and timers.
          maxWorkers: 2,
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tools/**/*.test.{ts,mjs}"],
          exclude: [...CONTRACT, "**/node_modules/**", "**/dist/**"],
        },
      },
      // After the others: so many run at a time only of those.
      { extends: true, test: { name: "contract", include: CONTRACT, sequence: { groupOrder: 1 } } },
    ],
  },
});
