import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { meterCapture } from "./meter-capture.ts";
import type { MeterSettings } from "./meter-settings.ts";
import { CollectedRecords } from "./testing/collected-records.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-pieces-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PACKETS = 3000;
const RECORD_HEADER = 16;

/** UDP datagrams of one flow, of all lengths up to 1514 bytes; a few are longer than a piece that is read at once. */
function capture(): { readonly bytes: Buffer; readonly ipBytes: number } {
  const parts = [Buffer.alloc(24)];
  parts[0]!.writeUInt32LE(0xa1b2c3d4, 0);
  parts[0]!.writeUInt32LE(1, 20);
  let ipBytes = 0;
  for (let i = 0; i < PACKETS; i++) {
    const length = i % 1000 === 999 ? 0x40000 - (i % 7) : 42 + ((i * 37) % 1473);
    const record = Buffer.alloc(RECORD_HEADER + length);
    const total = Math.min(length - 14, 1500);
    ipBytes += total;
    record.writeUInt32LE(1_700_000_000 + Math.floor(i / 1000), 0);
    record.writeUInt32LE((i % 1000) * 1000, 4);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    const ip = RECORD_HEADER + 14;
    record.writeUInt16BE(0x0800, ip - 2);
    record.writeUInt16BE(0x4500, ip);
    record.writeUInt16BE(total, ip + 2);
    record.writeUInt16BE(0x4011, ip + 8);
    record.write("c0000201c6336407", ip + 12, "hex");
    record.write("0035ffff", ip + 20, "hex");
    parts.push(record);
  }
  return { bytes: Buffer.concat(parts), ipBytes };
}

const SETTINGS: MeterSettings = {
  file: join(folder, "pieces.pcap"),
  hook: "export9",
  profile: "modern",
  activeSeconds: 60,
  inactiveSeconds: 15,
  maxFlows: 0,
  progress: false,
};

describe("a file that is read in pieces", () => {
  const { bytes, ipBytes } = capture();

  // With so many flows there is a WebAssembly meter, which takes packets from the file itself, or there is none.
  it.each([100, 65_536])("has every packet, across the pieces that are read (%s flows)", async (maxFlows) => {
    writeFileSync(SETTINGS.file, bytes);
    const { stats, damage } = await meterCapture({ ...SETTINGS, maxFlows }, new CollectedRecords());
    expect(damage).toBeNull();
    expect(stats).toMatchObject({ packets: PACKETS, bytes: ipBytes, records: 1 });
  });

  it.each([100, 65_536])("names the offset of a record that is cut (%s flows)", async (maxFlows) => {
    const last = bytes.length - 5;
    writeFileSync(SETTINGS.file, bytes.subarray(0, last));
    const { stats, damage } = await meterCapture({ ...SETTINGS, maxFlows }, new CollectedRecords());
    const record = bytes.length - RECORD_HEADER - (0x40000 - ((PACKETS - 1) % 7));
    expect(damage?.message).toContain(`is cut inside a packet record that begins at offset ${record};`);
    expect(stats.packets).toBe(PACKETS - 1);
  });
});
