import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  openSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGFLOW, sleep } from "../support/command.ts";

const RECORDS = 60_000;
/** Several copies, each with other content, so that an import takes long enough to be killed. */
const FILES = 6;

let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-import-"));
  // Started by root, the commands are of a user of their own.
  chmodSync(folder, 0o755);
  data = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A capture of so many records; another seed is other content. */
function capture(seed: number, count = RECORDS): string {
  const file = join(folder, `${seed}.pcap`);
  const words = ["--to", file, "--format", "v5", "--count", String(count), "--rate", "max", "--seed", String(seed)];
  must([...NGFLOW, "generate", ...words, "--quiet"]);
  return file;
}

async function serve(): Promise<{ process: Background; rows: () => Promise<number> }> {
  const where = ["--data", data, "--http", "127.0.0.1:0", "--control", join(folder, "none.sock"), "--keep", "forever"];
  const process = new Background([...NGFLOW, "serve", ...where]);
  await process.until("the console", () => process.stdout.includes("console  "), 60_000);
  const url = /console {2}(http:\S+)/.exec(process.stdout)![1]!;
  const rows = async (): Promise<number> => {
    const answer = (await (await fetch(`${url}/api/v1/pipeline`)).json()) as { rowsStored: number };
    return answer.rowsStored;
  };
  return { process, rows };
}

test("a daemon starts during an import, and stores what it reads", { timeout: 120_000 }, async () => {
  const source = capture(1);
  const pipe = join(folder, "pipe");
  must(["mkfifo", pipe]);
  // Open for both, so that the import does not see the end of its input before it has it.
  const held = openSync(pipe, "r+");
  const importing = new Background(["sh", "-c", `exec "$@" < ${pipe}`, "sh", ...NGFLOW, "import", "-", "--data", data]);
  await importing.until("a connected store", () => {
    try {
      return must(["ls", join(data, "import")]).includes("standard-input");
    } catch {
      return false;
    }
  });
  const { process, rows } = await serve();
  const feeding = pipeline(createReadStream(source), createWriteStream(pipe));
  await feeding;
  closeSync(held);
  expect((await importing.ended(60_000)).stdout).toContain(`imported: ${RECORDS} flows`);
  await process.until("the rows", async () => (await rows()) === RECORDS, 30_000);
  expect((await process.stop()).status).toBe(0);
});

test("an import that is killed while a daemon runs has every row once in the end", { timeout: 180_000 }, async () => {
  const sources = Array.from({ length: FILES }, (_, i) => capture(i + 1));
  const { process, rows } = await serve();
  const words = [...NGFLOW, "import", ...sources, "--data", data];
  for (const ms of [400, 700, 1000, 1500]) {
    const importing = new Background(words);
    await sleep(ms);
    await importing.stop("SIGKILL");
  }
  must(words, { timeoutMs: 120_000 });
  const all = FILES * RECORDS;
  await process.until("the rows", async () => (await rows()) >= all, 60_000);
  await sleep(1000);
  expect(await rows()).toBe(all);
  expect((await process.stop()).status).toBe(0);
  // Nobody has it open now: the command stores by itself, and finds that all was imported.
  const other = join(folder, "other name.pcap");
  copyFileSync(sources[0]!, other);
  expect(must([...NGFLOW, "import", other, "--data", data], { timeoutMs: 60_000 })).toContain("already imported");
  const verified = must([...NGFLOW, "store", "verify", "--data", data], { timeoutMs: 60_000 });
  expect(verified).toContain("every stored row is there and can be read");
});

test("without a daemon, the store takes turns while many files are read", { timeout: 120_000 }, () => {
  const count = 200;
  const files = Array.from({ length: 20 }, (_, i) => capture(i + 1, count));
  must([...NGFLOW, "import", ...files, "--data", data], { timeoutMs: 60_000 });
  const words = ["--metric", "flows", "--from", "1970-01-01", "--json", "--data", data];
  const { rows } = JSON.parse(must([...NGFLOW, "query", ...words])) as { rows: unknown };
  expect(rows).toEqual([{ flows: files.length * count }]);
  expect(must(["ls", join(data, "spool")])).not.toContain(".native");
});
