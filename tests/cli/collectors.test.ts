import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, must, NGFLOW, ROOT, SAME_USER } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const testing = (name: string): string => join(ROOT, "packages/store/src/testing", name);
const SOON = { timeout: 60_000, interval: 200 };
const RECORDS = 20;

let folder = "";
let database: Background;
let url = "";
/** An exporter behind a load balancer: to whichever collector a datagram goes, it is from one address and port. */
const exporter = createSocket("udp4");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-collectors-"));
  const loader = ["--conditions=@ngflow/source", "--import", testing("source-loader.mjs")];
  database = new Background([process.execPath, ...loader, testing("sql-server.ts"), join(folder, "db"), "0"]);
  await database.until("the database", () => database.stdout.includes("\n"));
  url = `clickhouse://default@${database.stdout.trim()}/default`;
}, 60_000);

afterAll(async () => {
  exporter.close();
  await database.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

interface Collector {
  readonly process: Background;
  readonly data: string;
  send(datagram: Buffer): Promise<void>;
  /** Rows of a query over all times. */
  ask(question: string): Promise<unknown>;
  counter(name: string): Promise<unknown>;
}

async function start(name: string): Promise<Collector> {
  const own = join(folder, name);
  mkdirSync(own);
  const [http, port] = [`127.0.0.1:${await freeTcpPort()}`, await freeUdpPort()];
  const data = join(own, "data");
  const where = ["--data", data, "--http", http, "--listen", `127.0.0.1:${port}`];
  const words = ["up", "--no-capture", ...where, "--store", url, "--store-collector", name, ...SAME_USER];
  const process = new Background([...NGFLOW, ...words], { env: { XDG_RUNTIME_DIR: own } });
  await process.until(name, () => process.stdout.includes(`http://${http}\n`), 60_000);
  const get = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`http://${http}/api/v1/${path}`)).json()) as Record<string, unknown>;
  return {
    process,
    data,
    send: (datagram) =>
      new Promise((resolve, reject) => {
        exporter.send(datagram, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
      }),
    ask: async (question) => (await get(`query?${question}&from=1970-01-01`))["rows"],
    async counter(named) {
      const { hops } = (await get("pipeline")) as { hops: { id: string; counters: Record<string, number> }[] };
      return hops.find(({ counters }) => counters[named] !== undefined)?.counters[named];
    },
  };
}

let sequence = 0;

/** A datagram of NetFlow v9: 16-bit words of one set, as of now. */
function v9(set: readonly number[]): Buffer {
  const seconds = Math.floor(Date.now() / 1000);
  sequence++;
  const header = [9, 1, 0, 0, seconds >>> 16, seconds & 0xffff, 0, sequence, 0, 7];
  return Buffer.from([...header, ...set].flatMap((word) => [(word >>> 8) & 255, word & 255]));
}

/** Template 256: source address, packets, bytes. */
const template = (): Buffer => v9([0, 20, 256, 3, 8, 4, 2, 4, 1, 4]);
/** Records of it, of 100 bytes each. */
const records = (): Buffer =>
  v9([256, 4 + RECORDS * 12, ...Array.from({ length: RECORDS }, (_, i) => [0x0a00, i + 1, 0, 1, 0, 100]).flat()]);

test("data goes to one collector, its template to another: both consoles have it, also when one is killed", async () => {
  const [tokyo, osaka] = await Promise.all([start("tokyo"), start("osaka")]);
  await tokyo.send(records());
  await expect.poll(() => tokyo.counter("setsHeld"), SOON).toBe(1);
  await osaka.send(template());
  const total = [{ bytes: RECORDS * 100 }];
  await expect.poll(() => tokyo.ask("metric=bytes"), SOON).toEqual(total);
  await expect.poll(() => osaka.ask("metric=bytes"), SOON).toEqual(total);
  expect(await tokyo.counter("templatesShared")).toBe(1);

  // Each has some: the same answers.
  await osaka.send(records());
  const both = [{ bytes: 2 * RECORDS * 100 }];
  await expect.poll(() => tokyo.ask("metric=bytes"), SOON).toEqual(both);
  await expect.poll(() => osaka.ask("metric=bytes"), SOON).toEqual(both);
  for (const question of ["by=SrcAddr&metric=bytes&top=50", "by=ExporterAddr,Domain&metric=packets"])
    expect(await osaka.ask(question)).toEqual(await tokyo.ask(question));

  await osaka.process.stop("SIGKILL");
  await tokyo.send(records());
  const all = [{ bytes: 3 * RECORDS * 100 }];
  await expect.poll(() => tokyo.ask("metric=bytes"), SOON).toEqual(all);
  const status = must([...NGFLOW, "store", "status", "--data", tokyo.data], {
    env: { XDG_RUNTIME_DIR: join(folder, "tokyo") },
  });
  expect(status).toMatch(/collectors +2 write .*\n.*\n +osaka +[0-9a-f]{16} +\d+ s ago +0 .*\n +tokyo +[0-9a-f]{16} /);
  await tokyo.process.stop("SIGTERM");
}, 180_000);
