import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, set, template, type TestField } from "@ngflow/wire/testing";
import { afterEach, describe, expect, it } from "vitest";
import { type MemoryCollector, memoryCollector } from "../testing/memory-collector.ts";

const S = 1_700_000_000;
const START = S * 1000;
const FIELDS: TestField[] = [
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [152, 8],
  [153, 8],
  [85, 8],
  [86, 8],
  [136, 1],
];

const ACTIVE = 2;
const ENDED = 3;

/** A report of the flow of a port: its totals `seconds` after its start. */
const report = (seconds: number, octets: number, port = 1000, reason = ACTIVE): Uint8Array =>
  bytes(
    [0xc000020b, 4],
    [0xc6336414, 4],
    [port, 2],
    [443, 2],
    [6, 1],
    [START, 8],
    [START + seconds * 1000, 8],
    [octets, 8],
    [octets / 100, 8],
    [reason, 1],
  );

const running: MemoryCollector[] = [];
const folders: string[] = [];

async function started(stateDir: string, transport: "udp" | "tcp" = "udp"): Promise<MemoryCollector> {
  const m = memoryCollector({ stateDir, listen: [{ host: "127.0.0.1", port: 0, transport }] });
  running.push(m);
  await m.collector.start();
  return m;
}

function directory(): string {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-totals-"));
  folders.push(folder);
  return folder;
}

const totals = (folder: string): string => join(folder, "totals.bin");

async function send(m: MemoryCollector, seconds: number, records: Uint8Array[], from = {}): Promise<void> {
  const { address = "192.0.2.1", port = 5000, connection = 0, domain = 0 } = from as Record<string, never>;
  m.nowMs = (S + seconds) * 1000;
  const message = ipfix(
    { sequence: m.sink.rows.length, seconds: S + seconds, domain },
    set(2, template(256, FIELDS)),
    set(256, ...records),
  );
  await m.receive(message, address, port, connection);
}

const octets = (m: MemoryCollector): unknown[] => m.sink.rows.map((row) => row["Bytes"]);

/** The state directory as a process that is killed now would leave it. */
async function killed(m: MemoryCollector, folder: string, size: number): Promise<string> {
  await expect.poll(() => existsSync(totals(folder)) && statSync(totals(folder)).size).toBe(size);
  const copy = directory();
  writeFileSync(totals(copy), readFileSync(totals(folder)));
  await m.collector.stop();
  return copy;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((m) => m.collector.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const RECORD = 60;

describe("running totals", () => {
  it("go on after the collector was stopped and started", async () => {
    const folder = directory();
    const first = await started(folder);
    await send(first, 60, [report(60, 1000), report(60, 500, 2000)]);
    await send(first, 120, [report(120, 1800)]);
    await first.collector.stop();
    const second = await started(folder);
    await send(second, 180, [report(180, 2000), report(180, 700, 2000)]);
    expect(octets(second)).toEqual([200, 200]);
    const start = (row: Record<string, unknown>): number => (Number(row["TimeStart"]) - START) / 1000;
    expect(second.sink.rows.map(start)).toEqual([120, 60]);
    expect(second.collector.counters()).toMatchObject({ runningFlows: 2, runningFlowsNotSaved: 0 });
  });

  it("go on after it was killed, from the last report", async () => {
    const folder = directory();
    const first = await started(folder);
    await send(first, 60, [report(60, 1000)]);
    await expect.poll(() => existsSync(totals(folder))).toBe(true);
    const { size } = statSync(totals(folder));
    await send(first, 61, [report(61, 1100)]);
    const second = await started(await killed(first, folder, size + RECORD));
    await send(second, 180, [report(180, 2000)]);
    expect(octets(second)).toEqual([900]);
  });

  it("count a flow that is new, or began again, from its beginning", async () => {
    const folder = directory();
    const first = await started(folder);
    await send(first, 60, [report(60, 1000), report(60, 900, 2000, ENDED)]);
    await first.collector.stop();
    const second = await started(folder);
    await send(second, 180, [report(180, 300, 2000), report(180, 200, 3000)]);
    expect(octets(second)).toEqual([300, 200]);
  });

  it("are of one address, port and domain", async () => {
    const folder = directory();
    const first = await started(folder);
    await send(first, 60, [report(60, 1000)]);
    await send(first, 60, [report(60, 2000)], { domain: 7 });
    await send(first, 60, [report(60, 3000)], { port: 5001 });
    await send(first, 60, [report(60, 4000)], { address: "192.0.2.2" });
    await first.collector.stop();
    const second = await started(folder);
    await send(second, 180, [report(180, 10_000)], { port: 5001 });
    await send(second, 180, [report(180, 10_000)]);
    await send(second, 180, [report(180, 10_000)], { domain: 7 });
    await send(second, 180, [report(180, 10_000)], { address: "192.0.2.2" });
    await send(second, 180, [report(180, 10_000)], { address: "192.0.2.3" });
    expect(octets(second)).toEqual([7000, 9000, 8000, 6000, 10_000]);
  });

  it("over TCP go on in the exporter's next connection, before and after a restart", async () => {
    const folder = directory();
    const open = (): Promise<MemoryCollector> => started(folder, "tcp");
    const first = await open();
    await send(first, 60, [report(60, 1000)], { port: 4001, connection: 1 });
    first.collector.endConnection(1);
    await send(first, 120, [report(120, 1500)], { port: 4002, connection: 2 });
    await first.collector.stop();
    const second = await open();
    await send(second, 180, [report(180, 1700)], { port: 4003, connection: 1 });
    expect([...octets(first), ...octets(second)]).toEqual([1000, 500, 200]);
  });

  it("are read up to a record that is not whole, and not from another file", async () => {
    const folder = directory();
    const first = await started(folder);
    await send(first, 60, [report(60, 1000), report(60, 600, 2000)]);
    await first.collector.stop();
    truncateSync(totals(folder), statSync(totals(folder)).size - 1);
    const second = await started(folder);
    await send(second, 180, [report(180, 1400), report(180, 700, 2000)]);
    // Which flow's record is the last one depends on a hash.
    expect([[400, 700].join(), [1400, 100].join()]).toContain(octets(second).join());
    await second.collector.stop();
    writeFileSync(totals(folder), "something else");
    const third = await started(folder);
    expect(third.log.some(({ message }) => message.includes("running totals is not usable"))).toBe(true);
    await send(third, 240, [report(240, 1500)]);
    await third.collector.stop();
    const fourth = await started(folder);
    await send(fourth, 300, [report(300, 1510)]);
    expect([...octets(third), ...octets(fourth)]).toEqual([1500, 10]);
  });

  it("that cannot be written are counted and logged, and nothing stops", async () => {
    const folder = directory();
    const first = await started(folder);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    await send(first, 60, [report(60, 1000)]);
    await send(first, 120, [report(120, 1500)]);
    await expect.poll(() => first.log.some(({ message }) => message.includes("totals of running flows"))).toBe(true);
    expect(octets(first)).toEqual([1000, 500]);
  });
});
