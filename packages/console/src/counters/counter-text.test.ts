import { afterEach, expect, test } from "vitest";
import { setReader } from "../format/reader.ts";
import { counterText, isGauge, isLoss } from "./counter-text.ts";
import { SENTENCES } from "./sentences.gen.ts";
import japanese from "./sentences-ja.json" with { type: "json" };

afterEach(() => setReader({ language: "en", zone: "utc" }));

test("a hop of a node is explained by its type", () => {
  expect(counterText("ring:em0", "packetsDropped")).toBe("Frames the kernel dropped because the ring was full.");
  expect(counterText("netflow:ended", "flowsEvicted")).toBe("Flows ended because the cache was full.");
  expect(counterText("threads:serve", "storeStalls")).toBe("Times that store stood still.");
  expect(counterText("something:new", "packets")).toBeUndefined();
  setReader({ language: "ja", zone: "utc" });
  expect(counterText("store", "rowsTotal")).toBe("ストアの行。");
  expect(counterText("threads:serve", "storeLongestStallMs")).toContain("store");
});

test("Japanese explains every counter, none that does not exist, and is shown", () => {
  const keys = (table: Readonly<Record<string, object>>): string[] =>
    Object.entries(table).flatMap(([hop, sentences]) => Object.keys(sentences).map((counter) => `${hop}.${counter}`));
  const [english, translated] = [new Set(keys(SENTENCES)), new Set(keys(japanese))];
  expect([...english].filter((key) => !translated.has(key))).toEqual([]);
  expect([...translated].filter((key) => !english.has(key))).toEqual([]);
  setReader({ language: "ja", zone: "utc" });
  for (const key of keys(japanese)) {
    const [hop, counter] = key.split(".") as [string, string];
    expect(counterText(hop, counter)).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  }
});

test("losses and gauges", () => {
  expect(["packetsDropped", "recordsLost", "rowsRefused", "kernelDrops", "malformed"].every(isLoss)).toBe(true);
  expect(["packetsSeen", "discardedInObserveMode", "templatesWithdrawn", "rowsStored"].some(isLoss)).toBe(false);
  expect([isGauge("netflow:netflow", "flowsActive"), isGauge("store", "bytesTotal")]).toEqual([true, true]);
  expect([isGauge("collector", "recordsDecoded"), isGauge("store", "rowsStored")]).toEqual([false, false]);
});
