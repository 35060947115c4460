import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { sharedFolder } from "../tools/shared.mjs";

const SOURCE_LOADER = fileURLToPath(new URL("../packages/store/src/testing/source-loader.mjs", import.meta.url));

/** Tests that measure time or flood an interface: no other test runs at the same time. */
const TIMING = [
  "hosts/{clock,console-load,control-flood,export-workers,inline,inline-bypass,inline-frames,pipe,ring,routes,service,systemd,unseen-loss}.test.ts",
];

interface Project {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  /** How many files run at a time; most of their time they wait for what they started. */
  readonly files: number;
  /** What is started once for all files. */
  readonly globalSetup?: string;
}

const PROJECTS: readonly Project[] = [
  { name: "cli", include: ["cli", "docs", "examples"].map((folder) => `${folder}/**/*.test.ts`), files: 2 },
  { name: "extend", include: ["extend/**/*.test.ts"], files: 1 },
  { name: "interop", include: ["interop/**/*.test.ts"], files: 3 },
  { name: "hosts", include: ["hosts/**/*.test.ts"], exclude: TIMING, files: 3 },
  { name: "hosts-timing", include: TIMING, files: 1 },
  { name: "attack", include: ["attack/**/*.test.ts"], files: 2 },
  {
    name: "e2e",
    include: ["e2e/**/*.test.ts"],
    files: 1,
    globalSetup: fileURLToPath(new URL("e2e/shared.ts", import.meta.url)),
  },
];

// What crosses packages: the built commands against each other, against other exporters and collectors, in network
// namespaces, and in a browser.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../node_modules/.vite", import.meta.url)),
  resolve: { conditions: ["@ngflow/source"] },
  ssr: { resolve: { conditions: ["@ngflow/source"], externalConditions: ["@ngflow/source"] } },
  test: {
    env: { NGFLOW_SHARED: sharedFolder },
    // Worker threads that code under test starts run from the sources, too.
    execArgv: ["--conditions=@ngflow/source", "--import", SOURCE_LOADER],
    setupFiles: ["support/setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
    // Kernels, other programs and their timing take part: one more try, and verify names each test that needed it.
    retry: 1,
    projects: PROJECTS.map(({ name, include, exclude = [], files, globalSetup }, order) => ({
      extends: true as const,
      test: {
        name,
        include: [...include],
        exclude: [...exclude],
        maxWorkers: files,
        // Projects that are run together are run one after the other.
        sequence: { groupOrder: order },
        ...(globalSetup === undefined ? {} : { globalSetup }),
      },
    })),
  },
});
