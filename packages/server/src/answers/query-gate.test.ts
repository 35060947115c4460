import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueryGate, type QueryGateConfig } from "./query-gate.ts";

interface Answer {
  readonly text: string;
  readonly bytes: number;
}

/** Work that ends when `end` or `fail` is called. */
function work() {
  let end = (_: Answer): void => {};
  let fail = (_: Error): void => {};
  let signal: AbortSignal | undefined;
  const promise = new Promise<Answer>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // Work that fails before its turn comes, which may never be, is nobody's failure.
  promise.catch(() => {});
  const run = (ending: AbortSignal): Promise<Answer> => {
    signal = ending;
    return promise;
  };
  return { run, end: (text: string, bytes = 0) => end({ text, bytes }), fail, signal: () => signal };
}

const make = (config: Partial<QueryGateConfig> = {}, nowMs?: () => number) =>
  new QueryGate(
    { maxRunning: 1, maxWaiting: 5, timeoutMs: 60_000, maxBytes: 1e9, stalledMs: 0, shortMs: 0, ...config },
    nowMs,
  );
const ONE = { caller: "a", rows: 1 };
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("turns", () => {
  test("those who wait run in the order they came", async () => {
    const gate = make();
    const first = work();
    const order: number[] = [];
    const all = [gate.run(ONE, first.run)];
    for (let i = 0; i < 3; i++) all.push(gate.run(ONE, async () => ({ text: String(order.push(i)), bytes: 0 })));
    await settle();
    expect([gate.running, gate.waiting]).toEqual([1, 3]);
    first.end("done");
    expect((await Promise.all(all)).map(({ answer }) => answer.text)).toEqual(["done", "1", "2", "3"]);
    expect(order).toEqual([0, 1, 2]);
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });

  test("a caller who leaves the line loses its turn, and its work is not done", async () => {
    const gate = make();
    const first = work();
    const running = gate.run(ONE, first.run);
    const caller = new AbortController();
    let ran = false;
    const never = async (): Promise<Answer> => ((ran = true), { text: "", bytes: 0 });
    const waiting = gate.run({ ...ONE, signal: caller.signal }, never);
    await settle();
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "client-gone" });
    expect(gate.waiting).toBe(0);
    const gone = gate.run({ ...ONE, signal: AbortSignal.abort() }, never);
    await expect(gone).rejects.toMatchObject({ code: "client-gone" });
    first.end("done");
    await running;
    expect([ran, gate.running, gate.waiting, gate.counters.left]).toEqual([false, 0, 0, 2]);
  });

  test("a caller who leaves while its query runs ends the work, and the next one runs when it has ended", async () => {
    const gate = make();
    const slow = work();
    const caller = new AbortController();
    const running = gate.run({ ...ONE, rows: 10, signal: caller.signal }, slow.run);
    const next = gate.run(ONE, async () => ({ text: "next", bytes: 0 }));
    await settle();
    caller.abort();
    await expect(running).rejects.toMatchObject({ code: "client-gone" });
    expect(slow.signal()?.aborted).toBe(true);
    expect([gate.running, gate.waiting]).toEqual([1, 1]);
    slow.fail(new Error("cancelled"));
    expect((await next).answer.text).toBe("next");
    expect([gate.running, gate.bytes, gate.counters.failed]).toEqual([0, 0, 0]);
  });

  test("after a timeout the work is told to end, and its place stays taken until it has", async () => {
    const gate = make({ timeoutMs: 20 });
    const slow = work();
    await expect(gate.run(ONE, slow.run)).rejects.toMatchObject({ code: "query-timeout" });
    expect([gate.running, slow.signal()?.aborted]).toEqual([1, true]);
    await expect(gate.run(ONE, async () => ({ text: "no", bytes: 0 }))).rejects.toMatchObject({
      code: "too-many-queries",
    });
    slow.end("late", 1000);
    await settle();
    expect([gate.running, gate.waiting, gate.bytes]).toEqual([0, 0, 0]);
    expect((await gate.run(ONE, async () => ({ text: "yes", bytes: 0 }))).answer.text).toBe("yes");
  });
});

describe("room", () => {
  const answer = (bytes: number) => async () => ({ text: "", bytes });

  test("an answer takes room until it is released", async () => {
    const gate = make({ maxRunning: 4, maxBytes: 1000, stalledMs: 60_000 });
    const first = await gate.run(ONE, answer(900));
    expect([gate.running, gate.bytes]).toEqual([0, 900]);
    const second = gate.run(ONE, answer(100));
    await settle();
    expect(gate.waiting).toBe(1);
    first.release();
    first.release();
    (await second).release();
    expect([gate.bytes, gate.counters.cut]).toEqual([0, 0]);
  });

  test("what a query may need counts before it runs, and one that needs more than there is runs alone", async () => {
    const gate = make({ maxRunning: 4, maxBytes: 100_000, stalledMs: 60_000 });
    const large = work();
    const running = gate.run({ ...ONE, rows: 1_000_000 }, large.run);
    const small = gate.run(ONE, answer(1));
    await settle();
    expect([gate.running, gate.waiting]).toEqual([1, 1]);
    large.end("", 50);
    await running;
    await small;
    expect(gate.bytes).toBe(51);
  });

  test("the answer that made no progress for longest gives way to a query that waits", async () => {
    let nowMs = 0;
    const gate = make({ maxRunning: 4, maxBytes: 1000, stalledMs: 500 }, () => nowMs);
    const cut: string[] = [];
    const held = new Map<string, Awaited<ReturnType<typeof gate.run>>>();
    for (const name of ["a", "b"]) {
      const one = await gate.run(ONE, answer(450));
      one.onCut(() => cut.push(name));
      held.set(name, one);
      nowMs += 100;
    }
    nowMs = 900;
    held.get("a")!.progress();
    const third = gate.run(ONE, answer(400));
    await third;
    expect(cut).toEqual(["b"]);
    expect([gate.bytes, gate.counters.cut]).toEqual([850, 1]);
    // What was cut is not given back twice.
    held.get("b")!.release();
    expect(gate.bytes).toBe(850);
    // An answer that is being read is not cut: the query waits until it stops.
    const fourth = gate.run(ONE, answer(1));
    await settle();
    expect([gate.waiting, cut]).toEqual([1, ["b"]]);
    nowMs = 1400;
    await fourth;
    expect(cut).toEqual(["b", "a"]);
  });
});

test("whatever happens, the bounds hold and every place comes back", async () => {
  const action = fc.constantFrom("run", "end", "fail", "leave", "throw", "throw at once", "release");
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const gate = make({ maxRunning: 2, maxWaiting: 3, maxBytes: 500, stalledMs: 60_000 });
      const works: ReturnType<typeof work>[] = [];
      const callers: AbortController[] = [];
      const held: { release: () => void }[] = [];
      const answers: Promise<unknown>[] = [];
      for (const what of actions) {
        if (what === "run") {
          const next = work();
          const caller = new AbortController();
          works.push(next);
          callers.push(caller);
          answers.push(
            gate
              .run({ ...ONE, signal: caller.signal }, next.run)
              .then((one) => held.push(one))
              .catch(() => {}),
          );
        } else if (what === "throw") {
          answers.push(gate.run(ONE, () => Promise.reject(new Error("no"))).catch(() => {}));
        } else if (what === "throw at once") {
          const broken = (): never => {
            throw new Error("at once");
          };
          answers.push(gate.run(ONE, broken).catch(() => {}));
        } else if (what === "leave") callers.shift()?.abort();
        else if (what === "end") works.shift()?.end("done", 300);
        else if (what === "release") held.shift()?.release();
        else works.shift()?.fail(new Error("failed"));
        await settle();
        expect(gate.running).toBeLessThanOrEqual(2);
        expect(gate.waiting).toBeLessThanOrEqual(3);
        expect(gate.bytes).toBeLessThanOrEqual(800);
      }
      for (let rest = works.length + actions.length; rest > 0; rest--) {
        for (const one of works.splice(0)) one.end("done", 300);
        for (const one of held.splice(0)) one.release();
        await settle();
      }
      await Promise.all(answers);
      expect([gate.running, gate.waiting, gate.bytes]).toEqual([0, 0, 0]);
    }),
    { numRuns: 60 },
  );
});
