import type { ApiAnswer, ApiParams } from "@ngflow/server/client";
import { expect, test } from "vitest";
import type { Round } from "../../state/round.ts";
import { spanOf } from "../../state/span.ts";
import type { Get } from "../chart.ts";
import { binsOf, hasRoom } from "./bins.ts";

const HOUR_MS = 3_600_000;
const TO = Date.parse("2026-01-02T00:00:00Z");

/** What so many hours before `TO` are asked for; `aboutMs` is what bins of a width would take. */
async function binsOfHours(hours: number, chosen: number | null, aboutMs: (stepSeconds: number) => number) {
  const span = spanOf({ fromMs: TO - hours * HOUR_MS, toMs: TO }, 180);
  const asked: unknown[] = [];
  const get = ((path: string, params: ApiParams<"/cost">) => {
    asked.push(params);
    expect(path).toBe("/cost");
    return Promise.resolve({ aboutMs: aboutMs(Number(params.step)), rows: 1000 } as ApiAnswer<"/cost">);
  }) as Get;
  return { ...(await binsOf({ span } as Round, chosen, { by: ["SrcAddr"], metric: "bytes" }, get)), asked };
}

test("a range of some hours, and one whose bins are hours already, is asked for as it is", async () => {
  for (const hours of [1, 5, 24 * 30]) {
    const { finer, asked } = await binsOfHours(hours, null, () => 60_000);
    expect([finer, asked]).toEqual([null, []]);
  }
});

test("what is answered soon has the narrow bins", async () => {
  const { span, finer, asked } = await binsOfHours(24, null, () => 200);
  expect([span.stepMs, finer, asked.length]).toEqual([600_000, null, 1]);
});

test("hours are taken where they have sums, and what finer bins would cost is told", async () => {
  const { span, finer } = await binsOfHours(24, null, (step) => (step === 3600 ? 100 : 20_000));
  expect(span).toEqual({ from: TO - 24 * HOUR_MS, to: TO, stepMs: HOUR_MS });
  expect(finer).toEqual({ stepMs: 600_000, rows: 1000, aboutMs: 20_000 });
});

test("hours that have no sums are not taken", async () => {
  const { span, finer } = await binsOfHours(24, null, () => 20_000);
  expect([span.stepMs, finer]).toEqual([600_000, null]);
});

test("a server that cannot tell what a question costs is asked as it is", async () => {
  const span = spanOf({ fromMs: TO - 24 * HOUR_MS, toMs: TO }, 180);
  const none = (() => Promise.reject(new Error("no such route"))) as Get;
  expect(await binsOf({ span } as Round, null, { by: ["SrcAddr"], metric: "bytes" }, none)).toEqual({
    span,
    finer: null,
  });
});

test("bins that were chosen are those, over whole ones; without room for them the range decides", async () => {
  const { span, asked } = await binsOfHours(24, 10_800, () => 20_000);
  expect([span.stepMs, span.from % 10_800_000, span.to % 10_800_000, asked]).toEqual([10_800_000, 0, 0, []]);
  expect((await binsOfHours(24 * 30, 60, () => 0)).span.stepMs).toBeGreaterThan(60_000);
  expect([hasRoom({ from: 0, to: HOUR_MS }, 3600), hasRoom({ from: 0, to: 2 * HOUR_MS }, 3600)]).toEqual([false, true]);
});
