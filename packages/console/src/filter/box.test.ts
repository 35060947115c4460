import { completeFilter } from "@ngflow/flows";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HISTORY_MAX, remembered, storedTexts } from "./history.ts";
import { completed, faultText, piecesOf } from "./pieces.ts";

const NOTHING = { seen: async () => [], names: async () => [] };
const complete = (text: string) => completeFilter({ text, at: text.length, limit: 5 }, NOTHING);

test("the pieces are the whole text, whatever it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("src port in [80, x")), async (text) => {
      const { tokens, problem } = await complete(text);
      const pieces = piecesOf(text, tokens, problem?.position ?? null);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    }),
  );
});

test("the word at which the parser fails is marked, and the message is without the whole filter", async () => {
  const text = "Proto = tcp and SrcAdr = 10.0.0.1";
  const { tokens, problem } = await complete(text);
  const bad = piecesOf(text, tokens, problem!.position).filter(({ isBad }) => isBad);
  expect(bad.map((piece) => piece.text)).toEqual(["SrcAdr"]);
  expect(faultText(problem!.message)).toBe('unknown column "SrcAdr"; did you mean "srcaddr"?');
});

test("a completion replaces its part, and the next word can be typed", () => {
  expect(completed("src po", { from: 0, to: 6 }, "src port")).toEqual({ text: "src port ", at: 9 });
  expect(completed("(SrcA)", { from: 1, to: 5 }, "SrcAddr")).toEqual({ text: "(SrcAddr)", at: 8 });
  expect(completed("SrcA = 1", { from: 0, to: 4 }, "SrcAddr")).toEqual({ text: "SrcAddr = 1", at: 8 });
});

test("the history has each filter once, newest first, and a bound; a foreign text in the storage is none", () => {
  expect(remembered(["a", "b"], " b ")).toEqual(["b", "a"]);
  expect(remembered(["a"], "  ")).toEqual(["a"]);
  const many = Array.from({ length: 50 }, (_, i) => String(i)).reduce<readonly string[]>(remembered, []);
  expect([many.length, many[0]]).toEqual([HISTORY_MAX, "49"]);
  expect([storedTexts("{"), storedTexts('{"a":1}'), storedTexts('["a",1,"b"]'), storedTexts(null)]).toEqual([
    [],
    [],
    ["a", "b"],
    [],
  ]);
});
