import { AUDIT_STEPS } from "@ngflow/flows";
import { expect, it } from "vitest";
import { TRANSLATED } from "./audit.ts";

it("has Japanese for every hop of an audit, and for everything that it counts", () => {
  const names = AUDIT_STEPS.map(({ name }) => name);
  expect(Object.keys(TRANSLATED.hops)).toEqual(names);
  expect(Object.keys(TRANSLATED.reasons)).toEqual(names);
  expect(Object.keys(TRANSLATED.units)).toEqual([...new Set(AUDIT_STEPS.map(({ unit }) => unit))]);
  const terms = AUDIT_STEPS.flatMap(({ out, apart = [], lost = [], besides = [], waiting }) =>
    [out, ...apart, ...lost, ...besides, ...(waiting === undefined ? [] : [waiting])].map(({ term }) => term),
  );
  const rests = names.flatMap((name) => [`${name}.missing`, `${name}.surplus`]);
  expect(Object.keys(TRANSLATED.parts).toSorted()).toEqual([...new Set([...terms, ...rests, "onTheWay"])].toSorted());
});
