import { bytes, ipfix, ipfixOptions, set, template, type TestField, v9, v9Options } from "@ngflow/wire/testing";
import { RecordingSink } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { memoryCollector } from "../testing/memory-collector.ts";

const FIELDS: TestField[] = [
  [8, 4],
  [2, 4],
];
const SWAPPED: TestField[] = [
  [2, 4],
  [8, 4],
];
const row = (packets: number): Uint8Array => bytes([1, 4], [packets, 4]);

/** A message of version 9 or 10, and the ids of its sets for templates. */
const VERSIONS = [
  ["v9", v9, 0, 1],
  ["ipfix", ipfix, 2, 3],
] as const;

describe.each(VERSIONS)("templates of %s", (_name, message, templates, options) => {
  const optionsOf = (id: number): Uint8Array =>
    options === 1 ? v9Options(id, [[1, 4]], [[34, 4]]) : ipfixOptions(id, [[149, 4]], [[34, 4]]);

  it("ids may come in any order", async () => {
    const m = memoryCollector();
    const ids = [65_535, 256, 40_000, 257];
    await m.receive(message({}, ...ids.map((id) => set(templates, template(id, FIELDS)))));
    const rows = await m.receive(message({ sequence: 1 }, ...ids.map((id, i) => set(id, row(i + 1)))));
    expect(rows.map((each) => each["Packets"])).toEqual([1, 2, 3, 4]);
  });

  it("an id of flows may become one of options, and back", async () => {
    const m = memoryCollector();
    await m.receive(message({}, set(templates, template(256, FIELDS)), set(256, row(1))));
    await m.receive(message({ sequence: 1 }, set(options, optionsOf(256)), set(256, bytes([0, 4], [10, 4]))));
    expect(m.collector.counters()).toMatchObject({ optionRecords: 1, recordsDecoded: 1 });
    const rows = await m.receive(
      message({ sequence: 2 }, set(templates, template(256, SWAPPED)), set(256, bytes([5, 4], [1, 4]))),
    );
    expect(rows.map((each) => each["Packets"])).toEqual([1, 5]);
    expect(m.collector.counters()).toMatchObject({ templatesKnown: 1, internalErrors: 0, malformed: 0 });
  });

  it("a datagram may have several template sets, before and after data", async () => {
    const m = memoryCollector();
    const rows = await m.receive(
      message(
        {},
        set(templates, template(256, FIELDS)),
        set(256, row(1)),
        set(257, row(2)),
        set(templates, template(257, FIELDS)),
        set(templates, template(258, FIELDS)),
        set(258, row(3)),
      ),
    );
    expect(rows.map((each) => each["Packets"]).sort()).toEqual([1, 2, 3]);
    expect(m.collector.counters()).toMatchObject({ templatesKnown: 3, setsHeld: 0, malformed: 0 });
  });

  it.each([0, 0xff])("padding is passed over, of zeros or not", async (value) => {
    const pad = new Uint8Array(3).fill(value);
    const padded = (id: number, ...body: Uint8Array[]): Uint8Array => {
      const content = bytes(...body, pad);
      return bytes([id, 2], [4 + content.length, 2], content);
    };
    const m = memoryCollector();
    const rows = await m.receive(
      message(
        {},
        padded(templates, template(256, FIELDS)),
        padded(options, optionsOf(300)),
        padded(256, row(1), row(2)),
        padded(300, bytes([0, 4], [10, 4])),
        padded(256, row(3)),
      ),
    );
    expect(rows.map((each) => each["Packets"])).toEqual([1, 2, 3]);
    expect(m.collector.counters()).toMatchObject({ optionRecords: 1, malformed: 0 });
  });

  it("an element may be in a template several times", async () => {
    const labels: TestField[] = [...FIELDS, [70, 3], [70, 3], [5, 1], [5, 1]];
    const datagram = message(
      {},
      set(templates, template(256, labels)),
      set(256, bytes(row(1), [0x000011, 3], [0x000021, 3], [1, 1], [2, 1])),
    );
    const { fields, errors } = new RecordingSink().decode(datagram);
    expect(errors).toEqual([]);
    expect(fields[0]).toMatchObject({ packetDeltaCount: 1, ipClassOfService: [1, 2] });
    const m = memoryCollector();
    expect(await m.receive(datagram)).toMatchObject([{ Packets: 1, Tos: 1 }]);
  });
});

it("a variable length may be of one byte or of three", async () => {
  const variable = template(256, [...FIELDS, [82, 65535]]);
  const { fields, errors } = new RecordingSink().decode(
    ipfix(
      {},
      set(2, variable),
      bytes(
        [256, 2],
        [4 + 2 * 8 + 2 + 4, 2],
        bytes(row(1), [1, 1], [0x61, 1]),
        bytes(row(2), [255, 1], [1, 2], [0x62, 1]),
      ),
    ),
  );
  expect(errors).toEqual([]);
  expect(fields).toMatchObject([{ interfaceName: "a" }, { interfaceName: "b" }]);
});
