import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, ipfix, set, template, v5, v9 } from "@ngflow/wire/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DatagramPrinter } from "../../apps/ngflow/src/decode/datagram-printer.ts";
import { readSets } from "./corpus.mjs";
import { outdated, runCase } from "./run.mjs";

const SECONDS = 1_700_000_000;
const HEADER = { seconds: SECONDS, upTimeMs: 1_000_000, sequence: 7, domain: 3 };

const V5 = v5({ ...HEADER, sampling: 0x4000 | 100 }, [
  {
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    packets: 3,
    octets: 300,
    first: 998_500,
    last: 999_000,
    sourcePort: 1000,
    destinationPort: 53,
    protocol: 17,
  },
]);
const FIELDS = [
  [8, 4],
  [12, 4],
  [1, 8],
  [70, 3],
  [71, 3],
  [72, 3],
];
const LABELS = bytes([(24_002 << 4) | 0, 3], [(17 << 4) | 1, 3], [0, 3]);
const RECORD = bytes(Uint8Array.of(10, 0, 0, 1, 10, 0, 0, 2), [2n ** 60n, 8], LABELS);
const V9_TEMPLATE = v9(HEADER, set(0, template(256, FIELDS)));
const V9_DATA = v9({ ...HEADER, sequence: 8 }, set(256, RECORD));
const VENDOR_FIELDS = [
  [8, 4],
  [12, 4],
  [999, 2, 32_473],
];
const VENDOR = bytes(Uint8Array.of(10, 0, 0, 1, 10, 0, 0, 2), [0xbeef, 2]);
const IPFIX = ipfix(HEADER, set(2, template(257, VENDOR_FIELDS)), set(257, VENDOR));

/** UDP payloads in a classic pcap file: Ethernet, IPv4 from 10.1.1.1, UDP to the port. */
function pcapOf(payloads) {
  const u = (...values) => bytes(...values.map((value) => [value, 4]));
  const packets = payloads.map(({ payload, port }) => {
    const udp = bytes([2055, 2], [port, 2], [8 + payload.length, 2], [0, 2], payload);
    const ip = bytes(
      [0x4500, 2],
      [20 + udp.length, 2],
      [0, 4],
      [64, 1],
      [17, 1],
      [0, 2],
      [0x0a010101, 4],
      [0x0a010102, 4],
    );
    const frame = bytes(new Uint8Array(12), [0x0800, 2], ip, udp);
    return bytes(u(SECONDS, 0, frame.length, frame.length), frame);
  });
  return bytes(u(0xa1b2c3d4), [2, 2], [4, 2], u(0, 0, 65_535, 1), ...packets);
}

const FILES = {
  "v5.bin": V5,
  "two.bin": bytes(V9_DATA, V9_TEMPLATE),
  "flows.pcap": pcapOf([
    { payload: V5, port: 2055 },
    { payload: V5, port: 9 },
  ]),
  "vendor.bin": IPFIX,
};
const V5_INPUT = [{ file: "v5.bin", exporter: "192.0.2.9" }];
const V5_FLOW = {
  "@record": 0,
  "@version": 5,
  "@count": 1,
  "@sequence": 7,
  "@sysUpTime": 1_000_000,
  "@exportTime": "2023-11-14T22:13:20.250Z",
  "@exporter": "192.0.2.9",
  sourceIPv4Address: "10.0.0.1",
  octetDeltaCount: 300,
  flowStartMilliseconds: "2023-11-14T22:13:18.750Z",
  flowEndMilliseconds: "2023-11-14T22:13:19.249Z",
  samplingInterval: 100,
  vlanId: null,
};
/** What another exporter makes of the frames of `meter`: one record of both directions. */
const BIFLOW = {
  ...{ sourceIPv4Address: "10.0.0.1", destinationIPv4Address: "10.0.0.2", protocolIdentifier: 6 },
  ...{ sourceTransportPort: 1000, destinationTransportPort: 80, packetDeltaCount: 3, octetDeltaCount: 160 },
  ...{ tcpControlBits: 26, reversePacketDeltaCount: 2, reverseOctetDeltaCount: 400, reverseTcpControlBits: 18 },
  ...{ flowStartMicroseconds: "2023-11-14T22:13:20.000700Z", flowEndMicroseconds: "2023-11-14T22:13:20.012100Z" },
};
const CASES = {
  v5: { inputs: V5_INPUT, expect: { counts: { flows: 1, options: 0 }, flows: [V5_FLOW], partial: false } },
  // Data before its template, both in one file.
  held: {
    inputs: [{ file: "two.bin", kind: "datagrams", split: [V9_DATA.length, V9_TEMPLATE.length] }],
    expect: {
      counts: { records: 1, templates: 1, optionsTemplates: 0 },
      flows: [
        {
          ...{ "@setId": 256, "@sequence": 8, "@domain": 3, octetDeltaCount: "1152921504606846976" },
          ...{ mplsTopLabelStackSection: "05dc20", mplsLabels: [24_002, 17] },
        },
      ],
      templates: [{ templateId: 256, fields: FIELDS }],
      sums: { octetDeltaCount: "1152921504606846976" },
    },
  },
  pcap: {
    inputs: [{ file: "flows.pcap", kind: "pcap", udpPort: 2055 }],
    expect: {
      counts: { flows: 1, groups: 1 },
      flows: [{ "@exporter": "10.1.1.1" }],
      groupBy: ["sourceIPv4Address"],
      groups: [{ sourceIPv4Address: "10.0.0.1", octetDeltaCount: 300, packetDeltaCount: 3 }],
      partial: false,
    },
  },
  // An element that has no name here is found by its number.
  vendor: { inputs: [{ file: "vendor.bin" }], expect: { flows: [{ exampleElement: "beef" }], partial: false } },
  frames: {
    inputs: [{ file: "flows.pcap", kind: "frames" }],
    expect: { counts: { flows: 1 }, flows: [BIFLOW], partial: false },
    derived: { packets: 5, octets: 560 },
  },
};

/** Stands for `ngflow export`: a flow in two parts, and its answer. */
function meter(file) {
  expect(file).toMatch(/flows[.]pcap$/);
  const part = {
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    sourcePort: 1000,
    destinationPort: 80,
    protocol: 6,
  };
  const answer = {
    source: part.destination,
    destination: part.source,
    sourcePort: 80,
    destinationPort: 1000,
    protocol: 6,
  };
  const fields = [8, 12, 7, 11, 4, 2, 1, 6, 152, 153].map((id) => [id, { 8: 4, 12: 4, 4: 1, 6: 1 }[id] ?? 8]);
  const row = ({ source, destination, sourcePort, destinationPort, protocol }, packets, octets, flags, first, last) =>
    bytes(
      Uint8Array.from([...source, ...destination]),
      ...[
        [sourcePort, 8],
        [destinationPort, 8],
        [protocol, 1],
        [packets, 8],
        [octets, 8],
        [flags, 1],
      ],
      ...[
        [SECONDS * 1000 + first, 8],
        [SECONDS * 1000 + last, 8],
      ],
    );
  const rows = [row(part, 1, 60, 2, 0, 0), row(part, 2, 100, 24, 5, 9), row(answer, 2, 400, 18, 1, 12)];
  return [{ bytes: ipfix(HEADER, set(2, template(256, fields)), set(256, ...rows)), exporter: "192.0.2.1" }];
}

describe("the conformance run", () => {
  let corpus = "";
  beforeAll(() => {
    corpus = mkdtempSync(join(tmpdir(), "ngflow-conformance-"));
    mkdirSync(join(corpus, "small"));
    for (const [name, content] of Object.entries(FILES)) writeFileSync(join(corpus, "small", name), content);
    const cases = Object.entries(CASES).map(([name, rest]) => ({ id: `small/${name}`, ...rest }));
    const elements = { exampleElement: { pen: 32_473, id: 999, type: "octetArray" } };
    const text = JSON.stringify({ format: "flow-corpus/1", set: "small", elements, cases });
    writeFileSync(join(corpus, "small", "expected.json"), text);
  });
  afterAll(() => rmSync(corpus, { recursive: true, force: true }));

  const set0 = () => readSets(corpus)[0];
  const caseOf = (name) => set0().cases.find(({ id }) => id === `small/${name}`);
  const run = (changed, known) => runCase({ DatagramPrinter, meter }, set0(), changed, known);
  /** The fields that differ when `change` is made to what a case expects. */
  const fieldsThatDiffer = async (name, change) => {
    const changed = caseOf(name);
    change(changed.expect);
    return (await run(changed)).differences.map(({ field }) => field);
  };

  test.each(["v5", "held", "pcap", "vendor", "frames"])("%s agrees", async (name) => {
    expect(set0().name).toBe("small");
    expect((await run(caseOf(name))).differences).toEqual([]);
  });

  test.each([
    ["octetDeltaCount", 161],
    ["reverseOctetDeltaCount", 401, "octetDeltaCount"],
    ["tcpControlBits", 24],
    ["sourceMacAddress", "02:00:00:00:00:01"],
    ["vlanId", 7],
    ["flowStartMicroseconds", "2023-11-14T22:13:20.001100Z", "flowStartMilliseconds"],
    ["flowEndMicroseconds", "2023-11-14T22:13:20.011100Z", "flowEndMilliseconds"],
  ])("a conversation that should have %s %j differs", async (field, value, shown = field) => {
    expect(await fieldsThatDiffer("frames", ({ flows }) => (flows[0] = { ...BIFLOW, [field]: value }))).toContain(
      shown,
    );
  });

  test("of frames whose flows are not all stated, the totals are compared", async () => {
    const partial = caseOf("frames");
    partial.expect = { flows: [{ ...BIFLOW, octetDeltaCount: 1 }], partial: true };
    expect(await run(partial)).toMatchObject({ differences: [], skipped: expect.stringContaining("octets agree") });
    partial.derived.octets = 561;
    expect((await run(partial)).differences).toMatchObject([{ field: "derived octets", expected: 561, got: 560 }]);
    expect(await run(partial)).not.toHaveProperty("skipped");
  });

  test.each([
    ["octetDeltaCount", 301],
    ["octetDeltaCount", null],
    ["sourceIPv4Address", "10.0.0.3"],
    ["@sequence", 8],
    ["@exportTime", "2023-11-14T22:13:20.251Z"],
    ["flowStartMilliseconds", "2023-11-14T22:13:18.752Z"],
    ["samplingInterval", 101],
    ["samplingInterval", null],
    ["applicationName", "dns"],
  ])("a flow that should have %s %j differs", async (field, value) => {
    expect(await fieldsThatDiffer("v5", ({ flows }) => (flows[0][field] = value))).toEqual([field]);
  });

  test("counts, lists that are too short, sums, templates, labels and groups differ", async () => {
    expect(await fieldsThatDiffer("v5", (expected) => (expected.counts.flows = 2))).toEqual(["flows"]);
    expect(await fieldsThatDiffer("v5", (expected) => (expected.flows = []))).toEqual(["flows"]);
    expect(await fieldsThatDiffer("v5", ({ flows }) => (flows[0]["@record"] = 1))).toEqual(["record"]);
    expect(await fieldsThatDiffer("held", ({ sums }) => (sums.octetDeltaCount = 1))).toEqual([
      "sum of octetDeltaCount",
    ]);
    expect(await fieldsThatDiffer("held", ({ templates }) => (templates[0].fields = [[8, 4]]))).toEqual(["fields"]);
    expect(await fieldsThatDiffer("held", ({ flows }) => (flows[0].mplsLabels = [17]))).toEqual(["mplsLabels"]);
    expect(await fieldsThatDiffer("pcap", ({ groups }) => (groups[0].packetDeltaCount = 4))).toEqual([
      "packetDeltaCount",
    ]);
    expect(await fieldsThatDiffer("pcap", ({ counts }) => (counts.groups = 2))).toEqual(["groups"]);
  });

  test("a case that needs settings is skipped with a reason", async () => {
    const result = await run({ ...caseOf("v5"), settings: { decapsulate: true } });
    expect(result).toMatchObject({ skipped: expect.stringContaining("decapsulate"), differences: [] });
  });

  test("a file that is absent is a difference", async () => {
    const absent = { id: "small/absent", inputs: [{ file: "absent.bin" }], expect: { survive: true } };
    expect((await run(absent)).differences).toMatchObject([{ expected: "no exception" }]);
  });

  test("a known difference has its reason, and one that is gone is reported", async () => {
    const wrong = caseOf("v5");
    wrong.expect.flows[0].octetDeltaCount = 301;
    const known = ["octetDeltaCount", "vlanId"].map((field) => ({ case: "small/v5", field, got: 300, reason: "why" }));
    const result = await run(wrong, known);
    expect(result.differences).toMatchObject([{ field: "octetDeltaCount", got: 300, reason: "why" }]);
    expect(outdated([result], known)).toEqual([known[1]]);
    const other = await run(wrong, [{ ...known[0], got: 299 }]);
    expect(other.differences).toMatchObject([{ field: "octetDeltaCount", got: 300, reason: undefined }]);
  });
});
