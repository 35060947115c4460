import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SQL_LIMITS } from "../clickhouse/sql-client.ts";
import { type ChdbEngine, findHolder, openChdb } from "./engine.ts";

let root: string;
let engine: ChdbEngine | undefined;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-engine-"));
});

afterEach(async () => {
  await engine?.close();
  engine = undefined;
  await rm(root, { recursive: true, force: true });
});

describe("chdb engine", () => {
  it("knows who holds a directory", async () => {
    expect(await findHolder(root)).toBeUndefined();
    engine = await openChdb(root, SQL_LIMITS);
    expect(await findHolder(root)).toBe(process.pid);
    await engine.close();
    engine = undefined;
    expect(await findHolder(root)).toBeUndefined();
    // What a killed process leaves: the file names a living process (this one), but nobody has it locked.
    await writeFile(path.join(root, "status"), `PID: ${process.pid}\n`);
    expect(await findHolder(root)).toBeUndefined();
  });

  it("reads nothing in the working directory: neither config.xml nor files as tables", async () => {
    const before = process.cwd();
    await writeFile(path.join(root, "config.xml"), "<clickhouse><not-closed></clickhouse>");
    await writeFile(path.join(root, "flows"), "");
    process.chdir(root);
    try {
      engine = await openChdb(path.join(root, "store"), SQL_LIMITS);
      expect(process.cwd()).toBe(root);
      const exists = await engine.writer.queryAsync("EXISTS TABLE flows", { format: "TSV" });
      expect(exists.text().trim()).toBe("0");
    } finally {
      process.chdir(before);
    }
  });

  it("refuses a directory that cannot be made: exit 73", async () => {
    await writeFile(path.join(root, "file"), "");
    await expect(openChdb(path.join(root, "file", "store"), SQL_LIMITS)).rejects.toMatchObject({
      code: "store-directory",
      exit: 73,
    });
  });
});
