import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { sharedFolder } from "../tools/shared.mjs";

const project = (name: string, folders: readonly string[], retry = 0) => ({
  extends: true as const,
  test: { name, include: folders.map((folder) => `${folder}/**/*.test.ts`), retry },
});

// What crosses packages: the built commands against each other, against other exporters and collectors, in network
// namespaces, and in a browser. One file at a time: they measure, and share the machine with what they start.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../node_modules/.vite", import.meta.url)),
  resolve: { conditions: ["@ngflow/source"] },
  ssr: { resolve: { conditions: ["@ngflow/source"], externalConditions: ["@ngflow/source"] } },
  test: {
    env: { NGFLOW_SHARED: sharedFolder },
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
    projects: [
      project("cli", ["cli", "docs", "examples"]),
      project("interop", ["interop"]),
      // Kernels, other programs and their timing take part: one more try, and verify names each test that needed it.
      project("hosts", ["hosts"], 1),
      project("e2e", ["e2e"], 1),
    ],
  },
});
