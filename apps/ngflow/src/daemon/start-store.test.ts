import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createStore, type Store } from "@ngflow/store";
import { createLog } from "./log.ts";
import { startStore } from "./start-store.ts";

/** Nobody listens there. */
const URL_OF_NOBODY = "clickhouse://127.0.0.1:1/ngflow";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-start-store-"));
});

afterEach(() => rm(root, { recursive: true, force: true }));

const storeOf = (): Store => createStore({ directory: root, url: URL_OF_NOBODY });
const log = createLog("test", { quiet: true });

it("ends at once at the very first start: the URL is more likely to be wrong", async () => {
  const started = startStore(storeOf(), root, { log, alive: () => undefined });
  await expect(started).rejects.toMatchObject({ code: "store-unreachable", exit: 71 });
});

it("waits for a server that had the flows before, with signs of life, until it is asked to stop", async () => {
  await writeFile(path.join(root, "store.json"), JSON.stringify({ url: URL_OF_NOBODY, id: "0123456789abcdef" }));
  let signs = 0;
  let stop = (): void => undefined;
  const stopping = new Promise<void>((resolve) => (stop = resolve));
  const started = startStore(storeOf(), root, { log, alive: () => void signs++, stopping });
  started.catch(() => undefined);
  await expect.poll(() => signs).toBeGreaterThan(1);
  stop();
  await expect(started).rejects.toMatchObject({ code: "store-unreachable" });
});
