import { describe, expect, it } from "vitest";
import { bytes, ipfix, ipfixOptions, RecordingSink, set, template, v9, v9Options } from "../testing/index.ts";

const many = (count: number, length: number): [number, number][] => Array.from({ length: count }, () => [1, length]);

describe("fields of length 0", () => {
  it("are left out of a template and counted, and do not move its records", () => {
    const sink = new RecordingSink().decode(
      v9(
        {},
        set(0, template(256, [...many(900, 0), [8, 4], [7, 0], [2, 4]])),
        set(256, bytes([0x0a000001, 4], [5, 4])),
      ),
    );
    expect(sink.errors).toEqual([]);
    expect(sink.templates[0]).toMatchObject({ minLength: 8, emptyFields: 901 });
    expect(sink.templates[0]!.fields).toHaveLength(2);
    expect(sink.fields).toEqual([{ sourceIPv4Address: "10.0.0.1", packetDeltaCount: 5 }]);
  });

  it("are left out of the scope", () => {
    const scope = [
      [1, 0],
      [2, 4],
    ] as const;
    const sink = new RecordingSink().decode(
      v9({}, set(1, v9Options(257, scope, [[34, 4]])), set(257, bytes([3, 4], [100, 4]))),
    );
    expect(sink.templates[0]).toMatchObject({ scopeCount: 1, emptyFields: 1, options: true });
    expect(sink.readings[0]).toMatchObject({ scope: { interface: 3 }, fields: { samplingInterval: 100 } });
  });

  it("alone make no template", () => {
    for (const datagram of [
      v9({}, set(0, template(256, many(3, 0)))),
      ipfix({}, set(2, template(256, many(3, 0)))),
      ipfix({}, set(3, ipfixOptions(256, [[1, 0]], [[2, 0]]))),
    ]) {
      expect(new RecordingSink().decode(datagram).errors.map(({ code }) => code)).toEqual(["template-empty"]);
    }
  });
});

it("a template of more than 512 fields is refused, and the next one is read", () => {
  for (const message of [v9({}, set(0, template(256, many(513, 1)), template(257, many(512, 1))))]) {
    const sink = new RecordingSink().decode(message);
    expect(sink.errors.map(({ code }) => code)).toEqual(["template-fields"]);
    expect(sink.templates.map(({ id, fields }) => [id, fields.length])).toEqual([[257, 512]]);
  }
});

it("zeroes before the last template are not padding, zeroes after it are", () => {
  for (const zeroes of [4, 8, 60_000]) {
    const sink = new RecordingSink().decode(v9({}, set(0, new Uint8Array(zeroes), template(256, [[8, 4]]))));
    expect(sink.errors).toHaveLength(zeroes / 4);
    expect(sink.errors[0]!.code).toBe("template-id");
    expect(sink.templates).toHaveLength(1);
    const padded = new RecordingSink().decode(v9({}, set(0, template(256, [[8, 4]]), new Uint8Array(zeroes))));
    expect(padded.errors).toEqual([]);
    expect(padded.templates).toHaveLength(1);
  }
});
