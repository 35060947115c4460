import fc from "fast-check";
import { expect, test } from "vitest";
import { FILTER_OPERATORS } from "../query/filter-operators.ts";
import { parseFilter } from "../query/filter.ts";
import type { LearnedName } from "../learned-name.ts";
import { completeFilter } from "./complete-filter.ts";
import type { CompletionSources } from "./completion.ts";
import { MAX_COMPLETIONS } from "./completion.ts";

const SEEN: Readonly<Record<string, readonly (string | number)[]>> = {
  SrcAddr: ["10.0.0.1", "10.0.0.2", "2001:db8::1"],
  DstAddr: ["192.0.2.1", "10.0.0.1"],
  DstPort: [443, 53],
  InIf: [3, 7],
  TcpFlags: [0x12, 0],
};
const name = (id: string, text: string, to: string | null = null): LearnedName => ({
  kind: "interface",
  exporter: "192.0.2.9",
  domain: 0,
  id,
  name: text,
  description: "",
  from: "2026-01-02T00:00:00.000Z",
  to,
});
const sources: CompletionSources = {
  seen: async (column) => SEEN[column] ?? [],
  names: async () => [name("3", "Gi0/1"), name("4", "Gi0/2"), name("7", "old", "2026-01-02T00:01:00.000Z")],
};

/** Completions at the bar of a text. */
async function complete(marked: string, limit = 50, from = sources) {
  const at = marked.indexOf("|");
  const text = marked.replace("|", "");
  const answer = await completeFilter({ text, at, limit }, from);
  return {
    ...answer,
    texts: answer.completions.map((completion) => completion.text),
    replaced: text.slice(answer.from, answer.to),
  };
}

test("values of the store have the numbers that others with a name have", async () => {
  const seen = async () => ["delete", "0"];
  const { completions } = await complete("FirewallEvent = |", 50, { ...sources, seen });
  expect(completions.slice(0, 3)).toEqual([
    { text: "delete", kind: "value", detail: "2" },
    { text: "0", kind: "value" },
    { text: "create", kind: "value", detail: "1" },
  ]);
});

test("a value that would begin a comment is in quotes", async () => {
  const seen = async () => ["--", "/*x", "a--b"];
  const { texts } = await complete("App = |", 50, { ...sources, seen });
  expect(texts.slice(0, 3)).toEqual(['"--"', '"/*x"', "a--b"]);
});

test.each([
  ["|", ["SrcAddr", "src port", "not"], ""],
  ["SrcA|", ["SrcAddr", "SrcAS"], "SrcA"],
  ["proto tcp |", ["and", "or"], ""],
  ["proto tcp an|", ["and", "any"], "an"],
  ["proto tcp and src po|", ["src port"], "src po"],
  ["proto tcp and src |", ["src port", "src net"], "src "],
  ["Proto |", ["=", "in", "~", "tcp"], ""],
  ["Proto = t|", ["tcp"], "t"],
  ["proto in (tcp, u|", ["udp"], "u"],
  ["(SrcAddr |", ["=", "<<", "10.0.0.1"], ""],
  ["SrcPort <|", ["<", "<="], "<"],
  ["host 10.|", ["10.0.0.1", "10.0.0.2"], "10."],
  ["host |", ["10.0.0.1", "192.0.2.1"], ""],
  ["src or dst host 19|", ["192.0.2.1"], "19"],
  ["dst port |", ["443", "53", "ssh"], ""],
  ["InIfName |", ["=", "!=", "in", "~", "Gi0/1"], ""],
  ["InIfName = gi|", ["Gi0/1", "Gi0/2"], "gi"],
  ["if name in (Gi0/1, G|", ["Gi0/2"], "G"],
  ["dst port 4|", ["443"], "4"],
  ["dst port htt|", ["http", "https"], "htt"],
  ["if Gi|", ["3", "4"], "Gi"],
  ["flags |", ["has", "SA", "0"], ""],
  ["SrcA| = 10.0.0.1", ["SrcAddr"], "SrcA"],
  ["Src|Addr = 10.0.0.1", ["SrcAddr", "SrcPort"], "SrcAddr"],
  ['Proto = "t|', ["tcp"], '"t'],
  ["proto tcp # not th|", [], ""],
  ["proto tcp /* not |", [], ""],
])("%s", async (marked, some, replaced) => {
  const answer = await complete(marked, MAX_COMPLETIONS);
  expect(answer.texts).toEqual(expect.arrayContaining(some));
  expect(answer.replaced).toBe(replaced);
  if (some.length === 0) expect(answer.texts).toEqual([]);
});

test("values with most traffic are first, with what exporters and services call them", async () => {
  const { completions } = await complete("InIf = |");
  expect(completions.slice(0, 3)).toEqual([
    { text: "3", kind: "value", detail: "Gi0/1 (192.0.2.9)" },
    // The name of 7 does not hold any more.
    { text: "7", kind: "value" },
    { text: "4", kind: "value", detail: "Gi0/2 (192.0.2.9)" },
  ]);
  expect((await complete("dst port |")).completions.find(({ text }) => text === "443")?.detail).toBe("https");
});

test("the answer has no more than the limit, and says when values are missing", async () => {
  expect((await complete("|", 5)).completions).toHaveLength(5);
  expect((await complete("host |")).partial).toBe(false);
  const late = await complete("host |", 50, { ...sources, seen: async () => undefined });
  expect(late).toMatchObject({ partial: true, texts: expect.arrayContaining(["="]) });
});

test("tokens have the colour of what they are; the problem is that of the parser", async () => {
  const { tokens, problem } = await complete("src port in [80, http] and not SrcAdr << 10/8 -- end|");
  const kinds = tokens.map(({ kind }) => kind).join(" ");
  expect(kinds).toBe(
    "column column operator punctuation value punctuation value punctuation keyword keyword unknown unknown value comment",
  );
  expect(problem).toMatchObject({ position: 31, message: expect.stringContaining('did you mean "srcaddr"?') });
  expect((await complete("Proto = tcp|")).problem).toBeNull();
});

test("what is offered after a column is what the language takes there", async () => {
  for (const column of ["SrcAddr", "SrcPort", "Proto", "TcpFlags", "Bytes", "TimeEnd", "Extra.x", "Duration"]) {
    const { completions } = await complete(`${column} |`);
    for (const { text, kind } of completions) {
      if (kind !== "operator") continue;
      expect([...FILTER_OPERATORS, "not in"]).toContain(text);
      const value = { SrcAddr: "10.0.0.1", TimeEnd: "2026-01-02", Proto: "tcp", Duration: "1s" }[column] ?? "1";
      expect(
        () => parseFilter(`${column} ${text} ${text.includes("~") ? '"t*"' : value}`),
        `${column} ${text}`,
      ).not.toThrow();
    }
  }
});

test("no text and no place makes it fail; tokens are in order and inside the text", async () => {
  const piece = fc.constantFrom(
    "src",
    "port",
    "(",
    ")",
    "[",
    "and",
    "=",
    "<<",
    "'",
    '"',
    "/*",
    "*/",
    "#",
    "--",
    "\n",
    " ",
    ",",
    "\0",
    "é",
    "!",
    "Extra.a",
    "10.0.0.1",
    "not",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.nat(), async (pieces, place) => {
      const text = pieces.join(pieces.length % 2 ? " " : "");
      const { from, to, tokens } = await completeFilter({ text, at: place % (text.length + 1), limit: 10 }, sources);
      expect(from >= 0 && from <= to && to <= text.length).toBe(true);
      let end = 0;
      for (const token of tokens) {
        expect(token.from >= end && token.to > token.from && token.to <= text.length).toBe(true);
        end = token.to;
      }
    }),
  );
});
