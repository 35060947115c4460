import { describe, expect, it } from "vitest";
import { ipfix, set, template, RecordingSink, bytes, v9 } from "../../testing/index.ts";
import { IANA_ELEMENTS } from "../iana.gen.ts";
import { elementById, elementByName } from "../registry.ts";
import { elementLength } from "./element-table.ts";
import { ELEMENT_TABLES } from "./index.ts";

const LAST_IANA = Math.max(...IANA_ELEMENTS.map(([id]) => id));
const iana = new Map(IANA_ELEMENTS.map(([id, name, type]) => [name, { id, type }]));

describe.each(ELEMENT_TABLES.map((table) => [table.vendor, table] as const))("%s", (_, { pen, source, rows }) => {
  it("names a source", () => expect(source).toMatch(/^https:\/\/[\w.-]+\/\S+$/));

  it("has ids that fit: 15 bits next to an enterprise bit, v9 types above IANA's without one", () => {
    for (const [id] of rows) {
      expect(id).toBeGreaterThan(pen === 0 ? LAST_IANA : 0);
      expect(id).toBeLessThan(pen === 0 ? 0x10000 : 0x8000);
    }
    expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
  });

  it("round-trips every name", () => {
    for (const [id, name, type] of rows) {
      expect(elementById(pen, id)).toEqual({ pen, id, name, type });
      // A name of IANA's is that of another id for the same thing.
      const known = iana.get(name);
      if (known === undefined) expect(elementByName(name)).toEqual({ pen, id, name, type });
      else {
        expect(elementByName(name)).toMatchObject({ pen: 0, id: known.id });
        expect(type).toBe(known.type);
      }
    }
  });

  it("is named in decoded records", () => {
    for (const row of rows) {
      const length = elementLength(row) ?? 5;
      const [id, name, type] = row;
      // Lists are tested with the records they hold.
      if (type.endsWith("List")) continue;
      const value = new Uint8Array(length).fill(1);
      const sink = new RecordingSink().decode(
        pen === 0
          ? v9({}, set(0, template(256, [[id, length]])), set(256, bytes(value)))
          : ipfix({}, set(2, template(256, [[id, length, pen]])), set(256, bytes(value))),
      );
      expect(sink.errors).toEqual([]);
      if (name === "reversePaddingOctets") continue;
      expect(Object.keys(sink.fields[0]!)).toEqual([name]);
    }
  });
});

it("has no name twice, but for those of IANA's elements", () => {
  const names = ELEMENT_TABLES.flatMap(({ rows }) => rows.map(([, name]) => name)).filter((name) => !iana.has(name));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
