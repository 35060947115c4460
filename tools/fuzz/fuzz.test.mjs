import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { CheckedDecoder } from "./checked-decoder.mjs";
import { randomOf, ROUNDS } from "./in-process.mjs";
import { mutated } from "./mutate.mjs";
import { Random } from "./random.mjs";
import { ingredients } from "./seeds.mjs";

let parts;
beforeAll(async () => {
  parts = {
    PROTOCOLS: (await import("@ngflow/wire")).PROTOCOLS,
    FlowDecoder: (await import("../../packages/collector/src/flow-decoder.ts")).FlowDecoder,
    collectorSettings: (await import("../../packages/collector/src/config.ts")).collectorSettings,
    work: await import("../../packages/collector/src/work.ts"),
    DatagramPrinter: (await import("../../apps/ngflow/src/decode/datagram-printer.ts")).DatagramPrinter,
    messages: await import("../../packages/wire/src/testing/messages.ts"),
  };
});

/** A datagram of one record, in the memory of its own. */
function record() {
  const { v9, set, template, bytes } = parts.messages;
  return v9({}, set(0, template(256, [[1, 4]])), set(256, bytes([1, 4])));
}

const decode = (checked, bytes) => checked.decode(bytes, 0, bytes.length, "10.0.0.1", 2055);

/** What a run of a seed is made of, and the sum of it. */
function madeOf(seed) {
  const { whole, hostile } = ingredients(parts, seed);
  const random = new Random(seed);
  const made = [...hostile, ...Array.from({ length: 200 }, () => mutated(random.pick(whole), random, whole))];
  const hash = createHash("sha256");
  for (const bytes of made) hash.update(bytes);
  return { sum: hash.digest("hex"), longest: Math.max(...made.map(({ length }) => length)) };
}

test("the same seed gives the same datagrams, and none is longer than UDP carries", () => {
  const [first, again, other] = [1, 1, 2].map(madeOf);
  expect(again).toEqual(first);
  expect(other.sum).not.toBe(first.sum);
  expect(Math.max(first.longest, other.longest)).toBeLessThanOrEqual(65_507);
});

test("a flood passes", () => {
  const { datagrams } = ROUNDS.flood(ingredients(parts, 7), randomOf(7, 3));
  expect(datagrams).toBeGreaterThan(10);
});

describe("a broken promise is found", () => {
  test("an error in the decoder", () => {
    const checked = new CheckedDecoder(parts);
    checked.decoder.templates.current = () => {
      throw new Error("planted");
    };
    expect(() => decode(checked, record())).toThrow("planted");
  });

  test("a datagram that costs more than its bound", () => {
    const checked = new CheckedDecoder({ ...parts, work: { ...parts.work, MESSAGE_WORK: 100 } });
    expect(() => decode(checked, record())).not.toThrow();
    const { v9, set } = parts.messages;
    expect(() => decode(checked, v9({}, set(256, new Uint8Array(400))))).toThrow(/units of work; at most 100/);
  });

  test("more than a bound allows", () => {
    const checked = new CheckedDecoder(parts);
    decode(checked, record());
    checked.settings = { ...checked.settings, maxSessions: 1 };
    expect(() => checked.check()).toThrow("2 sessions; at most 1");
  });

  test("an honest exporter that loses records", () => {
    const checked = new CheckedDecoder(parts);
    checked.check();
    for (const session of checked.decoder.sessions.values()) session.records--;
    expect(() => checked.check()).toThrow("of the honest exporter 239 records came of 240");
  });
});
