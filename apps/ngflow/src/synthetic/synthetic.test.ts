import { formatIp, type PacketBatch, silentLog } from "@ngflow/base";
import { createCollector } from "@ngflow/collector";
import type { FlowBatch } from "@ngflow/flows";
import { describe, expect, it } from "vitest";
import { fleetSettings, type GenerateOptions, paceOf } from "../commands/ngflow/generate-options.ts";
import { DIALECTS } from "./dialects/index.ts";
import { createFleet, exporterAddress, GENERATED_FORMATS } from "./fleet.ts";
import { runFleet } from "./run-fleet.ts";
import type { FleetSender } from "./senders/fleet-sender.ts";
import { sentReport } from "./summary.ts";

const DEFAULTS: GenerateOptions = {
  to: "test.pcap",
  seed: 7,
  start: Date.parse("2026-01-01T00:00:00Z"),
  rate: 1000,
  count: 2000,
  exporters: 1,
  domains: 1,
  mtu: 1400,
  clockOff: 0,
};

interface Received {
  readonly bytes: Uint8Array;
  readonly exporter: number;
  readonly timeMs: number;
}

/** Runs the command's own parts into memory. */
async function generate(given: Partial<GenerateOptions>) {
  const options = { ...DEFAULTS, ...given };
  const datagrams: Received[] = [];
  const sender: FleetSender = {
    send(batch: PacketBatch, exporter: number): void {
      for (let i = 0; i < batch.count; i++) {
        datagrams.push({ bytes: batch.packet(i).slice(), exporter, timeMs: batch.timesUs[i]! / 1000 });
      }
    },
    ready: () => undefined,
    close: async () => {},
    discard: () => {},
    addressOf: (exporter) => formatIp(exporterAddress(exporter), 0),
    sendErrors: 0,
    refused: 0,
  };
  const settings = fleetSettings(options, options.start!);
  const fleet = createFleet(settings);
  await runFleet(fleet, sender, paceOf(options, options.start!), new Promise(() => {}));
  const facts = { format: settings.format, to: options.to, sendErrors: 0, milliseconds: 0 };
  const addressOf = (exporter: number): string => exporterAddress(exporter).join(".");
  const report = sentReport(fleet.sums(), { ...facts, sampling: settings.stream.sampling, addressOf });
  return { datagrams, report };
}

/** What the collector makes of datagrams: sums by exporter, and its counters. */
async function collect(datagrams: readonly Received[]) {
  const sums = new Map<string, { rows: number; packets: number; bytes: number }>();
  const rates = new Set<number>();
  const times = { startMs: Infinity, endMs: 0 };
  let [nowMs, ipv6Rows] = [0, 0];
  const sink = {
    write(batch: FlowBatch): number {
      const { ExporterAddr, SrcAddr, Bytes, Packets, SamplingRate, TimeStart, TimeEnd } = batch.columns;
      const u64 = (column: Uint32Array, i: number): number => column[2 * i]! + column[2 * i + 1]! * 2 ** 32;
      for (let i = 0; i < batch.rows; i++) {
        const address = formatIp(ExporterAddr, 16 * i);
        const sum = sums.get(address) ?? { rows: 0, packets: 0, bytes: 0 };
        sum.rows++;
        sum.packets += u64(Packets, i);
        sum.bytes += u64(Bytes, i);
        sums.set(address, sum);
        if (formatIp(SrcAddr, 16 * i).includes(":")) ipv6Rows++;
        rates.add(SamplingRate[i]!);
        times.startMs = Math.min(times.startMs, u64(TimeStart, i));
        times.endMs = Math.max(times.endMs, u64(TimeEnd, i));
      }
      return batch.rows;
    },
  };
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const collector = createCollector({ listen: [] }, { sink, clock, log: silentLog });
  for (const { bytes, exporter, timeMs } of datagrams) {
    nowMs = timeMs;
    collector.receive(bytes, exporterAddress(exporter).join("."), 50_000);
  }
  await collector.drain();
  return { sums, rates, times, ipv6Rows, counters: collector.counters() };
}

/** The collector has exactly what was sent, without a loss or a gap. */
async function expectAllThere(given: Partial<GenerateOptions>) {
  const { datagrams, report } = await generate(given);
  const { sums, rates, counters, times } = await collect(datagrams);
  for (const { exporter, packets, bytes, replyBytes } of report.exporters) {
    const got = sums.get(exporter);
    expect({ exporter, packets: got?.packets, bytes: got?.bytes }).toEqual({
      exporter,
      packets,
      bytes: bytes + replyBytes,
    });
  }
  expect(report.records).toBe(given.count ?? DEFAULTS.count);
  expect(counters.recordsDecoded + counters.recordsWithoutKey).toBe(report.records);
  expect(counters).toMatchObject({
    datagramsReceived: report.datagrams,
    bytesReceived: report.datagramBytes,
    malformed: 0,
    sequenceGaps: 0,
    sequenceResets: 0,
    datagramsReordered: 0,
    recordsLost: 0,
    setsHeld: 0,
    internalErrors: 0,
  });
  expect(times.startMs).toBeGreaterThan(DEFAULTS.start! - 2_000_000);
  expect(times.endMs).toBeLessThanOrEqual(DEFAULTS.start! + report.records);
  return { rates, counters, report, datagrams };
}

describe("generated datagrams", () => {
  it.each(GENERATED_FORMATS)("of %s arrive in full at the collector", async (format) => {
    await expectAllThere({ format });
  });

  it.each(Object.keys(DIALECTS))("like %s arrive in full at the collector", async (like) => {
    await expectAllThere({ like });
  });

  it.each([
    ["v5", 100],
    ["v9", 1000],
    ["ipfix", 1000],
    ["sflow", 4096],
  ] as const)("of %s say that one packet in %i is sampled", async (format, sampling) => {
    expect((await expectAllThere({ format, sampling })).rates).toEqual(new Set([sampling]));
  });

  it.each(["cisco", "fortigate", "juniper"])("like %s say their sampling in their own options", async (like) => {
    expect((await expectAllThere({ like, sampling: 64 })).rates).toEqual(new Set([64]));
  });

  it("come from many exporters with many templates and several domains", async () => {
    const { counters } = await expectAllThere({ exporters: 20, templates: 50, domains: 2, count: 60_000 });
    expect(counters.templatesKnown).toBe(20 * 50 * 2);
  });

  it("are decoded if templates come after data, and if the uptime wraps", async () => {
    const { counters } = await expectAllThere({ format: "v9", lateTemplates: 5, uptime: 4_294_966 });
    expect(counters.setsRecovered).toBe(5);
  });

  it("have the share of IPv6 that is asked for", async () => {
    for (const format of ["v9", "sflow"] as const) {
      for (const [ipv6, least, most] of [
        [0, 0, 0],
        [50, 4900, 5100],
        [100, 10_000, 10_000],
      ] as const) {
        const { ipv6Rows } = await collect((await generate({ format, ipv6, count: 10_000 })).datagrams);
        expect(ipv6Rows).toBeGreaterThanOrEqual(least);
        expect(ipv6Rows).toBeLessThanOrEqual(most);
      }
    }
  });

  it("are the same bytes for the same seed, and others for another", async () => {
    for (const format of GENERATED_FORMATS) {
      const options = { format, exporters: 3, count: 500 };
      const first = await generate(options);
      expect(await generate(options)).toEqual(first);
      expect((await generate({ ...options, seed: 8 })).datagrams).not.toEqual(first.datagrams);
    }
  });

  it.each([
    [{ format: "v5", templates: 3 }, "--templates: v5 has no templates; use --format v9 or ipfix"],
    [{ format: "v5", ipv6: 10 }, "--ipv6: v5 has no IPv6; use v9, ipfix or sflow"],
    [{ format: "v7", sampling: 2 }, "--sampling: v7 cannot say it"],
    [{ like: "asa", format: "ipfix" }, "--like asa sends v9; leave out --format ipfix"],
    [{ like: "huawei", ipv6: 20 }, "--ipv6: huawei has no template for IPv6"],
  ] as const)("options that do not fit are refused: %o", (given, message) => {
    expect(() => fleetSettings({ ...DEFAULTS, ...given }, 0)).toThrow(message);
  });

  it("a file without an end is refused", () => {
    const { count: _, ...endless } = DEFAULTS;
    expect(() => paceOf(endless, 0)).toThrow("--to test.pcap: a file needs --count or --duration");
  });
});
