import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FlowBatch, type FlowReader, type FlowsSpec, type Pipeline, type QuerySpec } from "@ngflow/flows";
import { createServer } from "@ngflow/server";
import { createSpool, createStore, spoolDirectory } from "@ngflow/store";
import { serveFile } from "../../daemon/run-files.ts";
import { type SourceDeps, sourcesOf } from "../../daemon/sources.ts";
import { createFlowTail } from "./flow-tail.ts";
import { openStoredFlows } from "./stored-flows.ts";

/** The start of yesterday: older rows would fall to the default retention. */
const T0 = (Math.floor(Date.now() / 86_400_000) - 1) * 86_400_000;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-stored-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Flows received one a second from `firstMs` on, with source ports from 1; TCP and UDP in turn. */
async function collect(count: number, firstMs = T0): Promise<void> {
  const batch = new FlowBatch(count);
  const { columns } = batch;
  for (let i = 0; i < count; i++) {
    for (const name of ["TimeReceived", "TimeStart", "TimeEnd"] as const) {
      const ms = firstMs + i * 1000;
      columns[name][2 * i] = ms >>> 0;
      columns[name][2 * i + 1] = Math.floor(ms / 2 ** 32);
    }
    columns.SrcPort[i] = i + 1;
    columns.Proto[i] = i % 2 === 0 ? 6 : 17;
    columns.Bytes[2 * i] = 100;
  }
  batch.rows = count;
  const spool = createSpool({ directory: spoolDirectory(root) });
  await spool.start();
  spool.write(batch);
  await spool.stop();
}

const emptyPipeline: Pipeline = {
  packetsSeen: 0,
  packetsDropped: 0,
  packetsAccounted: 0,
  recordsExported: 0,
  datagramsReceived: 0,
  recordsLost: 0,
  recordsDecoded: 0,
  rowsStored: 0,
  hops: [],
};

/** The parts of a daemon that are asked for the completeness of an answer; nothing else is. */
const NO_PARTS = {
  pipeline: () => Promise.resolve(emptyPipeline),
  exporters: () => Promise.resolve([]),
} as Partial<SourceDeps> as SourceDeps;

describe("flows of a data directory", () => {
  it("are the same from the store and from the daemon that holds it", async () => {
    await collect(9);
    const query: QuerySpec = {
      by: ["Proto"],
      metric: "bytes",
      fromMs: 0,
      toMs: T0 + 60_000,
      filter: "SrcPort > 2",
      top: 1,
    };
    const series: QuerySpec = { ...query, fromMs: T0, stepMs: 2000 };
    const flows: FlowsSpec = { fromMs: 0, toMs: T0 + 60_000, limit: 3, filter: "proto tcp" };
    const ask = async (reader: FlowReader): Promise<unknown> => {
      const answers = [
        ...[await reader.query(query), await reader.query(series), await reader.flows(flows)],
        await reader.flows({ ...flows, sort: { column: "SrcPort", largestFirst: false } }),
        await reader.query({ ...query, by: ["Hour"], zone: "Asia/Kolkata" }),
      ];
      return answers.map(({ elapsedMs, completeness, ...answer }) => {
        expect(elapsedMs).toBeGreaterThan(0);
        // The daemon watches what is lost; the command reads what it kept.
        expect(completeness).toMatchObject({ lost: [], underWayFrom: null });
        return answer;
      });
    };

    const direct = await openStoredFlows(root);
    const wanted = await ask(direct.reader);
    const parquet = await direct.file("Parquet", { columns: ["Proto", "bytes"], rows: [{ Proto: "tcp", bytes: 400 }] });
    expect(Buffer.from(parquet.subarray(0, 4)).toString()).toBe("PAR1");
    await direct.close();
    expect(wanted).toMatchObject([
      {
        rows: [
          { Proto: "tcp", bytes: 400 },
          { Proto: null, bytes: 300 },
        ],
      },
      { step: 2 },
      { rows: [{ SrcPort: 9 }, { SrcPort: 7 }, { SrcPort: 5 }] },
      { rows: [{ SrcPort: 1 }, { SrcPort: 3 }, { SrcPort: 5 }] },
      { rows: [{ Hour: new Date(T0 + 5.5 * 3_600_000).getUTCHours(), bytes: 700 }] },
    ]);

    const store = createStore({ directory: root });
    await store.start();
    const server = createServer(
      { host: "127.0.0.1", port: 0, staticDir: null },
      {
        reader: store,
        hostNames: () => new Map([["::", "nobody"]]),
        sources: sourcesOf(NO_PARTS),
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      },
    );
    const { url } = await server.start();
    serveFile(root).write({ pid: process.pid, url, cert: null, token: null });
    try {
      const daemon = await openStoredFlows(root);
      expect(daemon.source).toBe(url);
      expect(await ask(daemon.reader)).toEqual(wanted);
      const rows = Array.from({ length: 150 }, (_, i) => ({ SrcAddr: i === 149 ? "::" : `10.0.0.${i}` }));
      expect(await daemon.namesOf!(["SrcAddr"], rows)).toEqual({ hosts: { "::": "nobody" }, interfaces: {} });
      await expect(daemon.reader.flows({ ...flows, filter: "port foo" })).rejects.toMatchObject({
        exit: 64,
        message: 'filter: "foo" is not a port number or service name, at character 6 of "port foo"',
      });
    } finally {
      await server.stop();
      await store.stop();
    }
  }, 60_000);

  it("are read from the store when the daemon named there is gone", async () => {
    await collect(2);
    // Its number belongs to another process now (this one), and nobody listens.
    serveFile(root).write({ pid: process.pid, url: "http://127.0.0.1:1", cert: null, token: null });
    const stored = await openStoredFlows(root);
    expect(stored.source).toBe(root);
    expect((await stored.reader.flows({ fromMs: 0, toMs: T0 + 60_000 })).rows).toHaveLength(2);
    await stored.close();
  }, 60_000);

  it("are not there: exit 66", async () => {
    await expect(openStoredFlows(path.join(root, "none"))).rejects.toMatchObject({
      exit: 66,
      message: expect.stringContaining(root),
    });
  });

  it("can be followed without repeating or missing any", async () => {
    await collect(30);
    const stored = await openStoredFlows(root, { follow: true });
    const tail = createFlowTail(stored.reader, { filter: "proto tcp" }, 2);
    const ports = async (): Promise<unknown[]> => (await tail.next(T0 + 86_400_000)).rows.map((row) => row["SrcPort"]);
    expect(await ports()).toEqual([27, 29]);
    expect(await ports()).toEqual([]);
    // Rows that became visible late, received before the newest one shown, and equal to rows shown.
    await collect(3, T0 + 27_000);
    const late: unknown[] = [];
    await expect
      .poll(
        async () => {
          late.push(...(await ports()));
          return late;
        },
        { timeout: 15_000 },
      )
      .toEqual([1, 3]);
    expect(await ports()).toEqual([]);
    await stored.close();
  }, 60_000);
});
