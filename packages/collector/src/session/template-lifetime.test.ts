import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, ipfixOptions, set, template, type TestField } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { type MemoryCollector, memoryCollector } from "../testing/memory-collector.ts";

const FIELDS: TestField[] = [
  [8, 4],
  [2, 4],
];
const TEMPLATES = [set(2, template(256, FIELDS), template(257, FIELDS))];
const OPTIONS = set(3, ipfixOptions(300, [[149, 4]], [[34, 4]]));
const row = (packets: number): Uint8Array => bytes([1, 4], [packets, 4]);
const withdrawal = (id: number, setId = 2): Uint8Array => set(setId, bytes([id, 2], [0, 2]));

/** Feeds IPFIX messages of one exporter. */
function exporter(m: MemoryCollector, ordered = false) {
  return (...sets: Uint8Array[]): Promise<object[]> =>
    m.receive(ipfix({}, ...sets), "192.0.2.1", 5000, ordered ? 1 : 0);
}

describe("template withdrawals", () => {
  it("over UDP are ignored and counted", async () => {
    const m = memoryCollector();
    const send = exporter(m);
    await send(...TEMPLATES, OPTIONS);
    const rows = await send(withdrawal(256), withdrawal(2), withdrawal(3, 3), set(256, row(1)), set(257, row(2)));
    expect(rows).toHaveLength(2);
    expect(m.collector.counters()).toMatchObject({
      templateWithdrawalsIgnored: 3,
      templatesWithdrawn: 0,
      templatesKnown: 3,
      setsHeld: 0,
    });
  });

  it.each([
    ["of one", [withdrawal(256)], 1],
    ["of all templates", [withdrawal(2)], 2],
    ["of all options templates", [withdrawal(3, 3)], 1],
    ["of all", [withdrawal(2), withdrawal(3, 3)], 3],
  ])("over a connection: %s", async (_name, sets, withdrawn) => {
    const m = memoryCollector();
    const send = exporter(m, true);
    await send(...TEMPLATES, OPTIONS);
    await send(...sets);
    expect(m.collector.counters()).toMatchObject({ templatesWithdrawn: withdrawn, templatesKnown: 3 - withdrawn });
  });

  it("of a template that is not known change nothing, and the rest of the message is read", async () => {
    const m = memoryCollector();
    const send = exporter(m, true);
    await send(...TEMPLATES);
    expect(await send(withdrawal(999), set(256, row(1)))).toHaveLength(1);
    expect(m.collector.counters()).toMatchObject({ templatesWithdrawn: 0, templatesKnown: 2, malformed: 0 });
  });

  it("then data waits for the next definition of the id, and is read by that", async () => {
    const m = memoryCollector();
    const send = exporter(m, true);
    await send(...TEMPLATES);
    expect(await send(withdrawal(256), set(256, row(7)))).toHaveLength(0);
    const swapped: TestField[] = [
      [2, 4],
      [1, 4],
    ];
    expect(await send(set(2, template(256, swapped)))).toMatchObject([{ Packets: 1, Bytes: 7 }]);
  });
});

describe("a template's lifetime", () => {
  const LIFETIME_MS = 60_000;

  it("ends when the exporter does not send it again; data then waits for it", async () => {
    const m = memoryCollector({ templateLifetimeMs: LIFETIME_MS });
    const send = exporter(m);
    await send(...TEMPLATES);
    m.nowMs += LIFETIME_MS;
    expect(await send(set(256, row(1)))).toHaveLength(1);
    m.nowMs += 1;
    expect(await send(set(256, row(2)))).toHaveLength(1);
    expect(m.collector.counters()).toMatchObject({ templatesExpired: 1, templatesKnown: 1, setsHeld: 1 });
    expect(await send(set(2, template(256, FIELDS)))).toHaveLength(2);
  });

  it("begins again each time it is sent", async () => {
    const m = memoryCollector({ templateLifetimeMs: LIFETIME_MS });
    const send = exporter(m);
    for (let i = 0; i < 5; i++) {
      await send(...TEMPLATES);
      m.nowMs += LIFETIME_MS - 1;
    }
    expect(await send(set(256, row(1)))).toHaveLength(1);
    expect(m.collector.counters()).toMatchObject({ templatesExpired: 0, templatesKnown: 2 });
  });

  it("has no end over a connection, nor by default", async () => {
    for (const [config, ordered] of [
      [{ templateLifetimeMs: LIFETIME_MS }, true],
      [{}, false],
    ] as const) {
      const m = memoryCollector(config);
      const send = exporter(m, ordered);
      await send(...TEMPLATES);
      m.nowMs += 1000 * LIFETIME_MS;
      expect(await send(set(256, row(1)))).toHaveLength(1);
    }
  });

  it("goes on across a restart, from the last time it was sent", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "ngflow-lifetime-"));
    try {
      const config = { templateLifetimeMs: LIFETIME_MS, stateDir, listen: [] };
      const before = memoryCollector(config);
      await before.collector.start();
      await exporter(before)(...TEMPLATES);
      await before.collector.stop();
      for (const [laterMs, rows] of [
        [LIFETIME_MS, 1],
        [LIFETIME_MS + 1, 0],
      ] as const) {
        const m = memoryCollector(config);
        m.nowMs += laterMs;
        await m.collector.start();
        expect(await exporter(m)(set(256, row(1)))).toHaveLength(rows);
        await m.collector.stop();
      }
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });

  it("gives the room of templates back without data of them", async () => {
    const m = memoryCollector({ templateLifetimeMs: LIFETIME_MS, listen: [] });
    await m.collector.start();
    await exporter(m)(...TEMPLATES);
    m.nowMs += LIFETIME_MS + 1;
    await expect.poll(() => m.collector.counters().templatesKnown, { timeout: 5000 }).toBe(0);
    expect(m.collector.counters().templatesExpired).toBe(2);
    await m.collector.stop();
  });
});
