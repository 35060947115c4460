import { expect, it } from "vitest";
import { argumentCandidates } from "./argument-completion.ts";

const LABEL = "{ delay=uint64 down={ BER=uint64 fifo=uint32 } hosts={ addr=enaddr age=uint16 }[] octets=uint8[6] }";

it.each<[typed: string, candidates: string[]]>([
  ["", ["{ "]],
  ["{ ", ["delay=", "down={ ", "hosts=[ ", "octets=[ ", "} "]],
  ["{ down=", ["down={ "]],
  ["{ down={ ", ["BER=", "fifo=", "} "]],
  ["{ down={ BER=1 ", ["fifo=", "} "]],
  ["{ down={ BER=1 } ", ["delay=", "hosts=[ ", "octets=[ ", "} "]],
  ["{ hosts=[ ", ["{ ", "] "]],
  ["{ hosts=[ { addr=00:00:00:00:00:01 ", ["age=", "} "]],
  ["{ hosts=[ { } ] de", ["delay=", "down={ ", "octets=[ ", "} "]],
  ["{ delay=5 } ", []],
  ["[ ", []],
  ["} } ] = ", []],
])("after %j", (typed, expected) => {
  const words = typed.split(" ");
  const last = words.pop()!;
  expect(argumentCandidates(LABEL, words, last)).toEqual(expected);
});

it("has nothing to say of scalars and of messages without arguments", () => {
  expect(argumentCandidates("uint32", [], "")).toEqual([]);
  expect(argumentCandidates("", [], "")).toEqual([]);
});
