import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, ipfixOptions, set, template, v9 } from "@ngflow/wire/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatagramPrinter } from "./datagram-printer.ts";
import { decodeFile } from "./decode-file.ts";

const TEMPLATES = v9({ sequence: 0 }, set(0, template(256, [[2, 4]])));
const data = (sequence: number): Uint8Array => v9({ sequence }, set(256, bytes([sequence, 4])));

/** An Ethernet frame with an IPv4 or IPv6 UDP packet; VLAN-tagged when `vlan` is given. */
function frame(payload: Uint8Array, options: { ipv6?: boolean; vlan?: number; port?: number } = {}): Uint8Array {
  const udp = bytes([1000, 2], [options.port ?? 2055, 2], [8 + payload.length, 2], [0, 2], payload);
  const ip = options.ipv6
    ? bytes([0x60000000, 4], [udp.length, 2], [17, 1], [64, 1], [0x20010db8, 4], [0, 8], [9, 4], [0, 12], [1, 4], udp)
    : bytes([0x4500, 2], [20 + udp.length, 2], [0, 4], [64, 1], [17, 1], [0, 2], [0x0a000009, 4], [0x0a000001, 4], udp);
  const type = options.ipv6 ? 0x86dd : 0x0800;
  const tag = options.vlan === undefined ? new Uint8Array(0) : bytes([0x8100, 2], [options.vlan, 2]);
  return bytes([0, 12], tag, [type, 2], ip);
}

/** Two Ethernet frames with the fragments of one UDP packet. */
function fragments(payload: Uint8Array, options: { ipv6?: boolean; id: number }): [Uint8Array, Uint8Array] {
  const udp = bytes([1000, 2], [2055, 2], [8 + payload.length, 2], [0, 2], payload);
  const cut = 8 * Math.floor(udp.length / 16);
  const part = (at: number, piece: Uint8Array, more: 0 | 1): Uint8Array =>
    options.ipv6
      ? bytes(
          [0, 12],
          [0x86dd, 2],
          bytes([0x60000000, 4], [8 + piece.length, 2], [44, 1], [64, 1]),
          bytes([0x20010db8, 4], [0, 8], [9, 4], [0, 12], [1, 4]),
          bytes([17, 1], [0, 1], [at | more, 2], [options.id, 4], piece),
        )
      : bytes(
          [0, 12],
          [0x0800, 2],
          bytes([0x4500, 2], [20 + piece.length, 2], [options.id, 2], [(more << 13) | (at / 8), 2]),
          bytes([64, 1], [17, 1], [0, 2], [0x0a000009, 4], [0x0a000001, 4], piece),
        );
  return [part(0, udp.subarray(0, cut), 1), part(cut, udp.subarray(cut), 0)];
}

const le = (value: number, width: number): Uint8Array => bytes([value, width]).reverse();

function pcap(...frames: readonly Uint8Array[]): Uint8Array {
  const header = bytes(le(0xa1b2c3d4, 4), le(2, 2), le(4, 2), [0, 8], le(65535, 4), le(1, 4));
  return bytes(header, ...frames.map((f) => bytes(le(1, 4), le(0, 4), le(f.length, 4), le(f.length, 4), f)));
}

function pcapng(...frames: readonly Uint8Array[]): Uint8Array {
  const block = (type: number, body: Uint8Array): Uint8Array => {
    const padded = bytes(body, new Uint8Array((4 - (body.length % 4)) % 4));
    return bytes(le(type, 4), le(12 + padded.length, 4), padded, le(12 + padded.length, 4));
  };
  return bytes(
    block(0x0a0d0d0a, bytes(le(0x1a2b3c4d, 4), le(1, 2), le(0, 2), [2 ** 32 - 1, 4], [2 ** 32 - 1, 4])),
    block(1, bytes(le(1, 2), [0, 2], le(65535, 4))),
    ...frames.map((f) => block(6, bytes([0, 4], [0, 8], le(f.length, 4), le(f.length, 4), f))),
  );
}

describe("decodeFile", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "decode-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function decode(content: Uint8Array): Promise<{ lines: Record<string, unknown>[]; error: unknown }> {
    const path = join(folder, "input");
    writeFileSync(path, content);
    const lines: string[] = [];
    const printer = new DatagramPrinter((line) => lines.push(line));
    const error = await decodeFile(path, printer, async () => {}).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), error };
  }

  const packets = (lines: Record<string, unknown>[]): unknown[] =>
    lines
      .filter((line) => line["kind"] === "flow")
      .map((line) => (line["fields"] as Record<string, unknown>)["packetDeltaCount"]);

  it.each([
    ["pcap", pcap],
    ["pcapng", pcapng],
  ])(
    "reads the UDP payloads of %s, tagged or not, IPv4 and IPv6, and passes over other traffic",
    async (_name, write) => {
      const { lines, error } = await decode(
        write(
          frame(TEMPLATES),
          frame(bytes([0x1234, 2], [0, 40]), { port: 53 }),
          frame(data(1), { vlan: 7 }),
          frame(TEMPLATES, { ipv6: true }),
          frame(data(2), { ipv6: true }),
        ),
      );
      expect(error).toBeUndefined();
      expect(packets(lines)).toEqual([1, 2]);
      expect(lines.map((line) => line["exporter"])).toEqual(["10.0.0.9", "10.0.0.9", "2001:db8::9", "2001:db8::9"]);
    },
  );

  it.each([{ ipv6: false }, { ipv6: true }])("puts IP fragments together: %o", async ({ ipv6 }) => {
    const [first, second] = fragments(data(1), { ipv6, id: 1 });
    const [alone] = fragments(data(2), { ipv6, id: 2 });
    const { lines, error } = await decode(pcap(frame(TEMPLATES, { ipv6 }), second, first, alone));
    expect(error).toBeUndefined();
    expect(packets(lines)).toEqual([1]);
    expect(lines.at(-1)).toMatchObject({ kind: "error", code: "fragments-incomplete" });
    expect(lines.at(-1)!["message"]).toMatch(/^1 UDP packets in IP fragments could not be read: 1 lack fragments/);
  });

  it("reads bare datagrams one after the other", async () => {
    const { lines, error } = await decode(bytes(TEMPLATES, data(1), data(2), data(3)));
    expect(error).toBeUndefined();
    expect(packets(lines)).toEqual([1, 2, 3]);
  });

  it("an IPFIX file: one message with all kinds of sets, and templates that are sent again, defined again and withdrawn", async () => {
    const flows = template(256, [[2, 4]]);
    const options = set(3, ipfixOptions(300, [[149, 4]], [[34, 4]]), bytes([0, 0]));
    const { lines, error } = await decode(
      bytes(
        ipfix({ sequence: 0 }, set(2, flows), options, set(256, bytes([1, 4])), set(300, bytes([0, 4], [10, 4]))),
        ipfix({ sequence: 2 }, set(2, flows), set(256, bytes([2, 4]))),
        ipfix({ sequence: 3 }, set(2, template(256, [[2, 2]])), set(256, bytes([3, 2], [4, 2]))),
        ipfix({ sequence: 5 }, set(2, bytes([256, 2], [0, 2])), set(256, bytes([9, 4]))),
      ),
    );
    expect(packets(lines)).toEqual([1, 2, 3, 4]);
    expect(lines.filter(({ kind }) => kind === "option")).toHaveLength(1);
    expect(lines.filter(({ withdrawn }) => withdrawn === true)).toHaveLength(1);
    expect(error).toBeUndefined();
  });

  it("an IPFIX file: options about the file are printed by name and hide no flow", async () => {
    const window = ipfixOptions(
      258,
      [[262, 1]],
      [
        [259, 8],
        [265, 8],
      ],
    );
    const session = ipfixOptions(
      259,
      [[263, 1]],
      [
        [130, 4],
        [211, 4],
        [217, 2],
        [216, 2],
        [215, 1],
        [214, 1],
      ],
    );
    const { lines } = await decode(
      ipfix(
        {},
        set(3, window, session),
        set(258, bytes([1, 1], [1_700_000_010_000, 8], [1_700_000_000_000, 8])),
        set(259, bytes([1, 1], [0xc0000201, 4], [0xc0000202, 4], [40000, 2], [4739, 2], [17, 1], [10, 1])),
        set(2, template(256, [[2, 4]])),
        set(256, bytes([7, 4])),
      ),
    );
    const [first, second] = lines.filter(({ kind }) => kind === "option");
    expect(Object.keys(first!["fields"] as object)).toHaveLength(2);
    expect(second).toMatchObject({
      fields: {
        exporterIPv4Address: "192.0.2.1",
        collectorIPv4Address: "192.0.2.2",
        exporterTransportPort: 40000,
        collectorTransportPort: 4739,
        exportTransportProtocol: 17,
        exportProtocolVersion: 10,
      },
    });
    expect(packets(lines)).toEqual([7]);
  });

  it("says where bare datagrams end in garbage, after what came before", async () => {
    const good = bytes(TEMPLATES, data(1));
    const { lines, error } = await decode(bytes(good, data(2).slice(0, 12)));
    expect(packets(lines)).toEqual([1]);
    expect(lines.at(-1)).toMatchObject({ kind: "error", code: "header-short", offset: good.length });
    expect(error).toMatchObject({ exit: 65, message: expect.stringContaining(`offset ${good.length}`) });
  });

  it("a cut at any byte of a capture is damage told with its offset, never a fault of ours", async () => {
    const whole = pcap(frame(TEMPLATES), frame(data(1)));
    for (let cut = 1; cut < whole.length; cut++) {
      const { error } = await decode(whole.slice(0, cut));
      const atRecord = cut === pcap(frame(TEMPLATES)).length;
      if (atRecord) expect(error).toBeUndefined();
      else expect(error, `cut at ${cut}`).toMatchObject({ exit: 65, message: expect.stringMatching(/offset \d+/) });
    }
  });

  it.each([
    ["empty", new Uint8Array(0), 65],
    ["foreign", bytes([0x7f454c46, 4], [0, 40]), 65],
    ["without flows", pcap(frame(bytes([0x1234, 2]), { port: 53 })), 65],
  ])("refuses an input that is %s", async (_name, content, exit) => {
    expect((await decode(content)).error).toMatchObject({ exit });
  });

  it("refuses a file that is not there with exit 66", async () => {
    const printer = new DatagramPrinter(() => {});
    await expect(decodeFile(join(folder, "absent"), printer, async () => {})).rejects.toMatchObject({ exit: 66 });
  });
});
