import fc from "fast-check";
import { expect, it } from "vitest";
import { elementById } from "./element/registry.ts";
import { writeIpfixHeader } from "./ipfix/encode.ts";
import { RecordingSink } from "./testing/index.ts";
import { writeV9Header } from "./v9/encode.ts";
import { type TemplateField, writeTemplateSet } from "./v9/template-set.ts";

/** Integer elements of any reduced length, each at most once. */
const fields = fc.uniqueArray(
  fc.record({
    element: fc.integer({ min: 1, max: 491 }).filter((id) => elementById(0, id)?.type === "unsigned64"),
    length: fc.integer({ min: 1, max: 8 }),
  }),
  { minLength: 1, maxLength: 20, selector: (field) => field.element },
);

const records = (template: readonly TemplateField[]): fc.Arbitrary<bigint[][]> =>
  fc.array(fc.tuple(...template.map(({ length }) => fc.bigInt({ min: 0n, max: 2n ** BigInt(8 * length) - 1n }))), {
    maxLength: 8,
  });

it.each([9, 10] as const)("what is encoded as version %i is decoded", (version) => {
  const input = fields.chain((template) => fc.tuple(fc.constant(template), records(template), fc.nat(0xffffffff)));
  fc.assert(
    fc.property(input, ([template, rows, sequence]) => {
      const view = new DataView(new ArrayBuffer(4096));
      let at = writeTemplateSet(view, version === 9 ? 20 : 16, version === 9 ? 0 : 2, [{ id: 256, fields: template }]);
      const set = at;
      at += 4;
      for (const row of rows) {
        for (const [i, { length }] of template.entries()) {
          for (let k = length - 1; k >= 0; k--) view.setUint8(at++, Number((row[i]! >> BigInt(8 * k)) & 0xffn));
        }
      }
      view.setUint16(set, 256);
      view.setUint16(set + 2, at - set);
      if (version === 9) writeV9Header(view, 0, rows.length + 1, 77, 1_700_000_000, sequence, 3);
      else writeIpfixHeader(view, 0, at, 1_700_000_000, sequence, 3);
      const sink = new RecordingSink().decode(new Uint8Array(view.buffer, 0, at));
      expect(sink.errors).toEqual([]);
      expect(sink.headers[0]).toMatchObject({
        protocol: { version },
        sequence,
        domain: 3,
        exportSeconds: 1_700_000_000,
      });
      const expected = rows.map((row) =>
        Object.fromEntries(
          template.map(({ element }, i) => {
            const value = row[i]!;
            const name = elementById(0, element)!.name;
            return [name, value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString()];
          }),
        ),
      );
      expect(sink.fields).toEqual(expected);
    }),
  );
});
