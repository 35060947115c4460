import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { NGFLOW, run } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-formats-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Link types with the header that stands before an IPv4 packet. */
const LINKS = {
  ethernet: [1, "0200000000020200000000010800"],
  raw: [101, ""],
  "raw, as OpenBSD numbers it": [12, ""],
  "Linux cooked v1": [113, "00000001000602000000000100000800"],
  "Linux cooked v2": [276, "0800000000000002000100060200000000010000"],
  null: [0, "02000000"],
  loop: [108, "00000002"],
} as const;

const START_S = 1_700_000_000;
const PACKETS = 5;

/** Packet `i`: 10.0.0.1 to 10.0.0.2, UDP, 100 bytes, `i` seconds and 250 ms after the start. */
function packet(header: string): Buffer {
  const ip = Buffer.alloc(100);
  ip.set([0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x0f, 0xa0, 0, 53, 0, 80]);
  return Buffer.concat([Buffer.from(header, "hex"), ip]);
}

class Writer {
  readonly #parts: Buffer[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  u32(...values: readonly number[]): this {
    for (const value of values) {
      const b = Buffer.alloc(4);
      if (this.#little) b.writeUInt32LE(value);
      else b.writeUInt32BE(value);
      this.#parts.push(b);
    }
    return this;
  }

  u16(...values: readonly number[]): this {
    for (const value of values) {
      const b = Buffer.alloc(2);
      if (this.#little) b.writeUInt16LE(value);
      else b.writeUInt16BE(value);
      this.#parts.push(b);
    }
    return this;
  }

  bytes(content: Buffer): this {
    this.#parts.push(content);
    return this;
  }

  /** A pcapng block: type, length, body, length. */
  block(type: number, body: Buffer): this {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    return this.u32(type, padded.length + 12)
      .bytes(padded)
      .u32(padded.length + 12);
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function pcap(little: boolean, nano: boolean, link: number, header: string): Buffer {
  const out = new Writer(little)
    .u32(nano ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2, 4)
    .u32(0, 0, 65_535, link);
  const content = packet(header);
  for (let i = 0; i < PACKETS; i++) {
    out.u32(START_S + i, nano ? 250_000_000 : 250_000, content.length, content.length).bytes(content);
  }
  return out.done();
}

function pcapng(little: boolean, nano: boolean, link: number, header: string): Buffer {
  const body = (): Writer => new Writer(little);
  const out = body().block(0x0a0d0d0a, body().u32(0x1a2b3c4d).u16(1, 0).u32(0xffff_ffff, 0xffff_ffff).done());
  // if_tsresol (option 9) of 10^-9; 10^-6 is the default.
  const resolution = nano
    ? body()
        .u16(9, 1)
        .bytes(Buffer.from([9, 0, 0, 0]))
        .u16(0, 0)
        .done()
    : Buffer.alloc(0);
  out.block(1, body().u16(link, 0).u32(65_535).bytes(resolution).done());
  const content = packet(header);
  for (let i = 0; i < PACKETS; i++) {
    const time = (BigInt(START_S + i) * 1000n + 250n) * (nano ? 1_000_000n : 1000n);
    const times = [Number(time >> 32n), Number(time & 0xffff_ffffn)];
    out.block(
      6,
      body()
        .u32(0, ...times, content.length, content.length)
        .bytes(content)
        .done(),
    );
  }
  return out.done();
}

interface Line {
  readonly kind: string;
  readonly fields: Record<string, unknown>;
}

describe.each([
  ["pcap", pcap],
  ["pcapng", pcapng],
] as const)("ngflow export of %s", (name, write) => {
  test.each(Object.entries(LINKS))(
    "%s, both byte orders and resolutions, from a file and from standard input",
    (_, [link, header]) => {
      const results = new Set<string>();
      for (const little of [true, false]) {
        for (const nano of [true, false]) {
          const content = write(little, nano, link, header);
          const file = join(folder, `${name}.cap`);
          writeFileSync(file, content);
          for (const input of [undefined, content]) {
            const words = [
              "export",
              "-r",
              input === undefined ? file : "-",
              "--format",
              "ipfix",
              "--to",
              "-",
              "--quiet",
            ];
            const [command, ...args] = [...NGFLOW, ...words];
            const exported = spawnSync(command!, args, { timeout: 30_000, ...(input === undefined ? {} : { input }) });
            expect([exported.status, exported.stderr.toString()]).toEqual([0, ""]);
            results.add(exported.stdout.toString("hex"));
          }
        }
      }
      // The same packets at the same times: the same bytes, whatever they came in.
      expect(results.size).toBe(1);
      const flows = join(folder, "flows.pcap");
      writeFileSync(flows, Buffer.from([...results][0]!, "hex"));
      const lines = run([...NGFLOW, "decode", flows])
        .stdout.trim()
        .split("\n");
      const [flow, ...others] = lines.map((line) => JSON.parse(line) as Line).filter(({ kind }) => kind === "flow");
      expect(others).toEqual([]);
      expect(flow!.fields).toMatchObject({
        sourceIPv4Address: "10.0.0.1",
        destinationTransportPort: 53,
        packetDeltaCount: PACKETS,
        octetDeltaCount: PACKETS * 100,
        flowStartMilliseconds: "2023-11-14T22:13:20.250Z",
        flowEndMilliseconds: "2023-11-14T22:13:24.250Z",
      });
    },
  );

  test("one conversation in two VLANs of a Linux cooked capture is two flows, with the sender's address", () => {
    const file = join(folder, `${name}-vlans.cap`);
    // The first packets are in VLAN 10 and the last in VLAN 20.
    const content = write(true, false, 113, "00000001000602000000000100008100000a0800");
    content[content.lastIndexOf(Buffer.from("8100000a", "hex")) + 3] = 20;
    writeFileSync(file, content);
    const words = ["export", "-r", file, "--format", "ipfix", "--fields", "vlan,mac", "--to", "-", "--quiet"];
    const [command, ...args] = [...NGFLOW, ...words];
    const exported = spawnSync(command!, args, { timeout: 30_000 });
    expect([exported.status, exported.stderr.toString()]).toEqual([0, ""]);
    const flows = join(folder, `${name}-vlans.pcap`);
    writeFileSync(flows, exported.stdout);
    const decoded = run([...NGFLOW, "decode", flows])
      .stdout.trim()
      .split("\n");
    const found = decoded.map((line) => JSON.parse(line) as Line).filter(({ kind }) => kind === "flow");
    expect(
      found.map(({ fields }) => [fields["vlanId"], fields["packetDeltaCount"], fields["sourceMacAddress"]]),
    ).toEqual([
      [10, PACKETS - 1, "02:00:00:00:00:01"],
      [20, 1, "02:00:00:00:00:01"],
    ]);
  });
});
