import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStore, spoolDirectory, storeDirectory } from "../create-store.ts";
import { listBlockFiles } from "../spool/block-file.ts";

const testing = fileURLToPath(new URL("../testing/", import.meta.url));
const canTrace = spawnSync("strace", ["-qq", "-e", "trace=none", "true"]).status === 0;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-points-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Kill {
  readonly call: string;
  readonly nth: number;
  /** Only calls that name this file count. */
  readonly file?: string;
}

/** Runs a half of the journey; with a system call named it is killed on entering a thread's `nth` of that name. */
function child(half: "spool" | "store", kill?: Kill): { done: boolean; killed: boolean } {
  const script = path.join(testing, "one-block-process.ts");
  const node = [
    process.execPath,
    "--conditions=@ngflow/source",
    "--import",
    path.join(testing, "source-loader.mjs"),
    script,
    half,
    root,
  ];
  const inject = kill && `inject=${kill.call}:signal=KILL:when=${kill.nth}`;
  const paths = kill?.file === undefined ? [] : ["-P", kill.file];
  const trace = inject && ["strace", "-f", "-qq", "-e", `trace=${kill.call}`, "-e", inject, ...paths];
  const [command, ...args] = [...(trace ? [...trace, "-o", "/dev/null"] : []), ...node] as [string, ...string[]];
  const result = spawnSync(command, args, { encoding: "utf8" });
  return { done: result.stdout === "done\n", killed: result.signal === "SIGKILL" || result.status === 137 };
}

/** Rows and bytes after whatever is in the spool has been stored; every row once is 4 rows and 1111 bytes. */
async function recovered(): Promise<unknown> {
  const store = createStore({ directory: root, retentionDays: 0, ingest: false });
  await store.start();
  await store.drain();
  const range = { fromMs: 0, toMs: 1000, by: [] };
  const { rows: bytes } = await store.query({ ...range, metric: "bytes" });
  const stats = await store.stats();
  const { rowsTotal } = stats;
  await store.stop();
  expect(stats).toMatchObject({
    blocksDamaged: 0,
    ledgerAcknowledged: rowsTotal,
    ledgerStored: rowsTotal,
    ledgerDamaged: 0,
    ledgerWaiting: 0,
    rowsMissing: 0,
    rowsUnexpected: 0,
  });
  return { rowsTotal, ...bytes[0] };
}

describe.skipIf(!canTrace)(
  `killed at a system call${canTrace ? "" : " (skipped: strace is not here or may not trace)"}`,
  () => {
    it("the journey works without a kill", async () => {
      expect(child("spool")).toEqual({ done: true, killed: false });
      expect(child("store")).toEqual({ done: true, killed: false });
      expect(await recovered()).toEqual({ rowsTotal: 4, bytes: 1111 });
    }, 60_000);

    it.each([
      ["before the block file is synced", { call: "fsync", nth: 1 }],
      ["before the block file has its name", { call: "rename", nth: 1 }],
    ])(
      "spooling, %s: nothing was acknowledged, nothing is half there",
      async (_, kill) => {
        expect(child("spool", kill)).toEqual({ done: false, killed: true });
        expect(await recovered()).toEqual({ rowsTotal: 0, bytes: 0 });
      },
      60_000,
    );

    it.each([
      ["in the middle of syncing a part", { call: "fdatasync", nth: 4 }, "", 0],
      ["before the first day's part has its name", { call: "rename", nth: 1 }, "", 0],
      ["between the parts of two days", { call: "rename", nth: 2 }, "", 1],
      ["before the ledger is synced", { call: "fsync", nth: 1 }, "ledger.json.tmp", 2],
      ["before the ledger has its name", { call: "rename", nth: 1 }, "ledger.json.tmp", 2],
      ["before the stored block file is deleted", { call: "unlink", nth: 1 }, "block", 2],
    ])(
      "storing, %s: every row is there once",
      async (_, kill, at, parts) => {
        const empty = createStore({ directory: root, retentionDays: 0 });
        await empty.start();
        await empty.stop();
        expect(child("spool")).toEqual({ done: true, killed: false });
        const [block] = await listBlockFiles(spoolDirectory(root));
        const file = at === "block" ? block!.file : path.join(root, at);
        expect(child("store", at === "" ? kill : { ...kill, file })).toEqual({ done: false, killed: true });
        const files = await readdir(storeDirectory(root), { recursive: true });
        expect(files.filter((file) => /^store\/.*\/\d{8}_\d+_\d+_\d+$/.test(file))).toHaveLength(parts);
        expect(await recovered()).toEqual({ rowsTotal: 4, bytes: 1111 });
      },
      60_000,
    );
  },
);
