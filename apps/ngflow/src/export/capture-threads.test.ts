import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { meterCaptureThreads } from "./capture-threads.ts";
import { meterCapture } from "./meter-capture.ts";
import type { MeterSettings } from "./meter-settings.ts";
import type { ExportStats, MeterStats } from "./meter-stats.ts";
import { exportTo, summed } from "./outcome.ts";
import { CollectedRecords } from "./testing/collected-records.ts";
import { captureOfRandom, randomPackets } from "./testing/random-capture.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-shares-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GOLDEN = fileURLToPath(new URL("../../../../tests/golden/freebsd/", import.meta.url));
const THREAD = new URL("./capture-thread.ts", import.meta.url);

const SETTINGS: MeterSettings = {
  file: "",
  hook: "export9",
  profile: "modern",
  activeSeconds: 60,
  inactiveSeconds: 15,
  maxFlows: 10_000,
  progress: false,
};

interface Metered {
  readonly stats: Omit<MeterStats, "datagrams">;
  readonly records: readonly string[];
}

/** Totals and records of `count` shares of a capture, one after the other. */
async function metered(settings: MeterSettings, count: number): Promise<Metered & { readonly sizes: number[] }> {
  const all: { stats: ExportStats; largest: []; records: string[] }[] = [];
  for (let index = 0; index < count; index++) {
    const collected = new CollectedRecords();
    const own = count === 1 ? settings : { ...settings, share: { index, count } };
    const { stats } = await exportTo(collected, false, (destination) => meterCapture(own, destination));
    if (collected.records.length > 0) expect([...collected.domains]).toEqual([index]);
    all.push({ stats, largest: [], records: collected.records });
  }
  const { datagrams: _, ...stats } = summed(all).stats;
  const records = all.flatMap((each) => each.records).toSorted();
  return { stats, records, sizes: all.map((each) => each.stats.packets) };
}

async function expectEqualShares(settings: MeterSettings): Promise<void> {
  const { sizes: _, ...one } = await metered(settings, 1);
  // With so many flows each share has a WebAssembly meter, which takes its packets from the file itself.
  const ways = [
    [settings.maxFlows, 2],
    [settings.maxFlows, 3],
    [65_536, 1],
    [65_536, 3],
  ] as const;
  for (const [maxFlows, count] of ways) {
    const { sizes: __, ...several } = await metered({ ...settings, maxFlows }, count);
    expect(several).toEqual(one);
  }
}

describe("the shares of a capture have together what one run has: totals and every record", () => {
  const captures = readdirSync(GOLDEN, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(captures.map(({ name }) => [name]))("%s", async (name) => {
    await expectEqualShares({ ...SETTINGS, file: join(GOLDEN, name, "in.pcap") });
  });

  it.each([
    ["v9", {}],
    ["IPFIX, with VLAN and both directions", { hook: "export10", fields: "vlan,biflow" }],
    ["timeouts of seconds", { inactiveSeconds: 1, activeSeconds: 2 }],
    ["timeouts of hours", { inactiveSeconds: 7200, activeSeconds: 7200 }],
  ] as const)(
    "any packets, fragments among them: %s",
    async (_name, more) => {
      const file = join(folder, "random.pcap");
      await fc.assert(
        fc.asyncProperty(randomPackets, async (packets) => {
          writeFileSync(file, captureOfRandom(packets));
          await expectEqualShares({ ...SETTINGS, ...more, file });
        }),
        { numRuns: 15 },
      );
    },
    60_000,
  );
});

describe("packets that are not in order at the end of a capture", () => {
  // Flows whose timeout is between the time of the latest packet and that of the last one.
  it.each([151, 242, 336, 437, 464, 539])("ends the flows of every share at the same time (seed %i)", async (seed) => {
    const file = join(folder, "late.pcap");
    writeFileSync(file, captureOfRandom(fc.sample(randomPackets, { seed, numRuns: 1 })[0]!));
    await expectEqualShares({ ...SETTINGS, hook: "export10", fields: "vlan,biflow", file });
  });
});

describe("meterCaptureThreads", () => {
  it("runs the shares in threads, and adds them up", async () => {
    const file = join(GOLDEN, "many-flows-5k", "in.pcap");
    const { stats: one } = await metered({ ...SETTINGS, file }, 1);
    const { stats, workers, damage, largest } = await meterCaptureThreads(
      { ...SETTINGS, file },
      undefined,
      true,
      3,
      THREAD,
    );
    expect(stats).toMatchObject(one);
    expect(damage).toBeNull();
    expect(workers).toHaveLength(3);
    for (const each of workers) expect(each.packets).toBeGreaterThan(one.packets / 5);
    expect(largest).toHaveLength(5);
  });

  it("says once where a capture is damaged, and exports what comes before", async () => {
    const packets = fc.sample(randomPackets, { seed: 5, numRuns: 1 })[0]!;
    const whole = captureOfRandom(packets);
    const file = join(folder, "cut.pcap");
    writeFileSync(file, whole.subarray(0, whole.length - 3));
    const one = await meterCapture({ ...SETTINGS, file }, new CollectedRecords());
    const { stats, damage } = await meterCaptureThreads({ ...SETTINGS, file }, undefined, false, 2, THREAD);
    expect(one.damage).not.toBeNull();
    expect(damage?.message).toBe(one.damage!.message);
    expect({ ...stats, datagrams: 0 }).toMatchObject({ ...one.stats, datagrams: 0 });
  });

  it("ends every thread when one cannot go on", async () => {
    const file = join(folder, "absent.pcap");
    await expect(meterCaptureThreads({ ...SETTINGS, file }, undefined, false, 2, THREAD)).rejects.toThrow(
      "no such file",
    );
  });
});
