import { parseFilter } from "@ngflow/flows";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addTerm, conjuncts, dropMark, keepMark, keepOthers, removeTerm } from "./predicate.ts";

test("a mark keeps, drops, and leaves the others", () => {
  const mark = { SrcAddr: "10.0.0.1", DstPort: 443 };
  expect(keepMark(mark)).toBe("SrcAddr = 10.0.0.1 and DstPort = 443");
  expect(dropMark(mark)).toBe("not (SrcAddr = 10.0.0.1 and DstPort = 443)");
  expect(dropMark({ Proto: "tcp" })).toBe("Proto != tcp");
  expect(keepMark({ Proto: null })).toBeNull();
  expect(keepOthers([{ Proto: "tcp" }, { Proto: "udp" }])).toBe("Proto not in (tcp, udp)");
  expect(keepOthers([mark, { SrcAddr: "::1", DstPort: 53 }])).toBe(
    "not ((SrcAddr = 10.0.0.1 and DstPort = 443) or (SrcAddr = ::1 and DstPort = 53))",
  );
});

test.each([
  ["", []],
  ["Proto = tcp", ["Proto = tcp"]],
  ["Proto = tcp AND DstPort in (1, 2) && src 10.0.0.0/8", ["Proto = tcp", "DstPort in (1, 2)", "src 10.0.0.0/8"]],
  ["not (a = 1 and b = 2) and c = 3", ["not (a = 1 and b = 2)", "c = 3"]],
  ["a = 1 or b = 2 and c = 3", ["a = 1 or b = 2 and c = 3"]],
  [`a = "x and y" and b = 2`, [`a = "x and y"`, "b = 2"]],
])("terms of %j", (filter, terms) => {
  expect(conjuncts(filter)).toEqual(terms);
});

test("adding a term narrows, once", () => {
  expect(addTerm("", "Proto = tcp")).toBe("Proto = tcp");
  expect(addTerm("Proto = tcp", "Proto = tcp")).toBe("Proto = tcp");
  expect(addTerm("Proto = tcp or Proto = udp", "DstPort = 53")).toBe("(Proto = tcp or Proto = udp) and DstPort = 53");
  expect(removeTerm("Proto = tcp and DstPort = 53", "Proto = tcp")).toBe("DstPort = 53");
});

test("whatever is clicked, the filter parses", () => {
  const value = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(
      fc.array(fc.record({ SrcAddr: value, DstPort: fc.nat(65_535) }), { minLength: 1, maxLength: 5 }),
      (marks) => {
        let filter = "";
        for (const mark of marks) {
          filter = addTerm(filter, keepMark(mark)!);
          filter = addTerm(filter, dropMark(mark)!);
        }
        filter = addTerm(filter, keepOthers(marks)!);
        expect(() => parseFilter(filter)).not.toThrow();
        for (const term of conjuncts(filter)) filter = removeTerm(filter, term);
        expect(filter).toBe("");
      },
    ),
  );
});
