import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { removeAtEnd } from "../support/cleanup.ts";
import { must, sleep } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";
import { attacks } from "./support/attack.ts";
import {
  counter,
  honest,
  pipeline,
  send,
  sender,
  startApart,
  startCollect,
  startServe,
  storedHonest,
  untilStored,
} from "./support/target.ts";

const GIB = 2 ** 30;

/** The name of a block file that sorts before every real one of today. */
function blockName(number: number, content: string | Buffer, rows = 5): string {
  const sum = crc32(content).toString(16).padStart(8, "0");
  return `1000000000000-${String(number).padStart(6, "0")}-aaaaaaaaaaaaaaa${number.toString(16)}-${rows}-${sum}.native`;
}

const NOT_NATIVE = "not native at all";

/** Strange entries of a spool directory, each made at a path. */
const STRANGE: Readonly<Record<string, (path: string) => unknown>> = {
  "content that is no block, with the right checksum": (path) => writeFileSync(path, NOT_NATIVE),
  "an empty file": (path) => writeFileSync(path, ""),
  "another checksum": (path) => writeFileSync(path, "something else"),
  "a directory": (path) => mkdirSync(path),
  "a named pipe": (path) => must(["mkfifo", path]),
  "a device": (path) => must(["mknod", path, "c", "1", "5"]),
  "a link to a device": (path) => symlinkSync("/dev/zero", path),
  "a link to nothing": (path) => symlinkSync("/nowhere", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a socket": (path) => {
    const server = createServer().listen(path);
    removeAtEnd(() => server.close());
  },
};

const RECORDS = 3000;
/** Longest time in which good rows are stored next to something strange. */
const STORED_MS = 20_000;
const STOP_MS = 10_000;

/** Good rows in the spool of a folder. */
async function fillSpool(folder: string): Promise<void> {
  const port = await freeUdpPort();
  const collect = await startCollect(folder, port);
  await send(honest(port, 1, RECORDS));
  await sleep(500);
  await collect.stop();
}

/** Whether the good rows of a spool are stored, and the daemon ends when it is asked to. */
async function stores(folder: string): Promise<boolean> {
  const { process: serve, url } = await startServe(folder);
  let stored = 0;
  for (const endMs = Date.now() + STORED_MS; stored < RECORDS && Date.now() < endMs; await sleep(250)) {
    stored = (await pipeline(url))["rowsStored"]!;
  }
  const endMs = Date.now() + STOP_MS;
  await serve.stop();
  return stored >= RECORDS && Date.now() < endMs;
}

/** Changes a byte of every other block of a spool, each at another place. Returns the rows of those blocks. */
function flipBlocks(spool: string): { readonly rows: number; readonly blocks: number } {
  let rows = 0;
  const flipped = readdirSync(spool)
    .filter((name) => name.endsWith(".native"))
    .filter((_, n) => n % 2 === 0);
  for (const [n, name] of flipped.entries()) {
    const file = join(spool, name);
    const bytes = readFileSync(file);
    const at = Math.floor(((bytes.length - 1) * n) / Math.max(1, flipped.length - 1));
    bytes[at]! ^= 1 << (n % 8);
    writeFileSync(file, bytes);
    rows += Number(name.split("-")[3]);
  }
  return { rows, blocks: flipped.length };
}

attacks("spool", [
  {
    name: "full",
    does: "the spool directory is at its bound, then empty",
    unit: "s until rows are taken again",
    before: Number.POSITIVE_INFINITY,
    bar: 5,
    async run({ folder }) {
      const { port, serve, url } = await startApart(folder);
      const sending = sender([honest(port, 60, 1000)]);
      const stats = async (name: string): Promise<number> => counter(await pipeline(url), "spool", name) ?? 0;
      await serve.until("the first rows", async () => (await stats("rowsAcknowledged")) > 0);
      // The size of a real block of so many rows, most of which is a hole in the file.
      const block = join(folder, "data/spool", blockName(1, "", 40_000_000));
      writeFileSync(block, "");
      truncateSync(block, 6 * GIB);
      await serve.until("refused rows", async () => (await stats("rowsRefusedDirectory")) > 0);
      await sleep(1000);
      rmSync(block, { force: true });
      rmSync(`${block}.damaged`, { force: true });
      const before = await stats("rowsAcknowledged");
      const fromMs = Date.now();
      while ((await stats("rowsAcknowledged")) === before) {
        if (Date.now() - fromMs > 30_000) return Number.POSITIVE_INFINITY;
        await sleep(200);
      }
      await sending.stop("SIGKILL");
      return (Date.now() - fromMs) / 1000;
    },
  },
  {
    name: "flipped",
    does: "a bit is changed in every other block of the spool",
    unit: "rows neither stored nor counted, and blocks without a line",
    before: 0,
    bar: 0,
    async run({ folder }) {
      const port = await freeUdpPort();
      const collect = await startCollect(folder, port);
      const [exporter] = await send(honest(port, 6, RECORDS));
      await collect.stop();
      const { rows, blocks } = flipBlocks(join(folder, "data/spool"));
      const { process: serve, url } = await startServe(folder);
      await untilStored(url);
      const told = await pipeline(url);
      await serve.stop();
      const stored = storedHonest(folder);
      const counted = counter(told, "store", "rowsDamaged") ?? 0;
      const lines = serve.stderr.split("\n").filter((line) => line.includes("a damaged block was set aside"));
      return (
        Math.abs(exporter!.records - stored.rows - counted) +
        Math.abs(counted - rows) +
        (stored.rows - stored.ids) +
        Math.abs(blocks - lines.length) +
        (blocks < 3 ? 1 : 0)
      );
    },
  },
  {
    name: "strange",
    does: "entries of ten kinds in the spool that are no blocks, good rows behind them",
    unit: "kinds that stop storing",
    before: 4,
    bar: 0,
    // In the short form all of them are there at once.
    rounds: { short: 1, long: Object.keys(STRANGE).length },
    seconds: 500,
    async run({ folder, rounds, say }) {
      await fillSpool(join(folder, "good"));
      const kinds = Object.entries(STRANGE);
      const groups = rounds === 1 ? [kinds] : kinds.map((kind) => [kind]);
      let stopped = 0;
      for (const [i, group] of groups.entries()) {
        const copy = join(folder, String(i));
        must(["cp", "-a", join(folder, "good"), copy]);
        group.forEach(([, make], n) => make(join(copy, "data/spool", blockName(n, NOT_NATIVE))));
        if (!(await stores(copy))) {
          stopped += 1;
          say(`stops storing: ${group.map(([name]) => name).join(", ")}`);
        }
        rmSync(copy, { recursive: true, force: true });
      }
      return stopped;
    },
  },
]);
