import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { createStore } from "./create-store.ts";

it.each([
  ["oracle://user:secret@db.example.net/", "oracle:"],
  ["toString:", "tostring:"],
  ["nothing", ":"],
])("%s is not a store: exit 78", (url, start) => {
  expect(() => createStore({ directory: "/nowhere", url })).toThrow(
    expect.objectContaining({
      code: "store-backend",
      exit: 78,
      message: `store: a URL that starts with "${start}" names no known database; it has to start with chdb: or clickhouse: or clickhouse+https:`,
    }),
  );
});

it("chdb: is the embedded store", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-backend-"));
  try {
    const store = createStore({ directory, url: "chdb:" });
    await expect(store.stats()).rejects.toMatchObject({ code: "store-closed", exit: 1 });
    await store.start();
    expect(await store.stats()).toMatchObject({ rowsTotal: 0 });
    await store.stop();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}, 20_000);
