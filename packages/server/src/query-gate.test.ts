import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueryGate } from "./query-gate.ts";

/** Work that ends when `end` or `fail` is called. */
function work() {
  let end = (_: string): void => {};
  let fail = (_: Error): void => {};
  const promise = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { run: () => promise, end, fail };
}

const make = (maxRunning: number, maxWaiting: number, timeoutMs = 60_000) =>
  new QueryGate({ maxRunning, maxWaiting, timeoutMs });
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("turns", () => {
  test("those who wait run in the order they came", async () => {
    const gate = make(1, 5);
    const first = work();
    const order: number[] = [];
    const all = [gate.run(first.run)];
    for (let i = 0; i < 3; i++) all.push(gate.run(async () => String(order.push(i))));
    await settle();
    expect([gate.running, gate.waiting]).toEqual([1, 3]);
    first.end("done");
    expect(await Promise.all(all)).toEqual(["done", "1", "2", "3"]);
    expect(order).toEqual([0, 1, 2]);
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });

  test("a caller who leaves the line loses its turn, and its work is not done", async () => {
    const gate = make(1, 5);
    const first = work();
    const running = gate.run(first.run);
    const caller = new AbortController();
    let ran = false;
    const waiting = gate.run(async () => (ran = true), caller.signal);
    await settle();
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "client-gone" });
    expect(gate.waiting).toBe(0);
    const gone = gate.run(async () => (ran = true), AbortSignal.abort());
    await expect(gone).rejects.toMatchObject({ code: "client-gone" });
    first.end("done");
    await running;
    expect([ran, gate.running, gate.waiting]).toEqual([false, 0, 0]);
  });

  test("after a timeout the place stays taken until the reader is done", async () => {
    const gate = make(1, 5, 20);
    const slow = work();
    await expect(gate.run(slow.run)).rejects.toMatchObject({ code: "query-timeout" });
    expect(gate.running).toBe(1);
    await expect(gate.run(async () => "no")).rejects.toMatchObject({ code: "query-timeout" });
    slow.fail(new Error("interrupted"));
    await settle();
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
    expect(await gate.run(async () => "yes")).toBe("yes");
  });
});

test("whatever happens, the bounds hold and every place comes back", async () => {
  const action = fc.constantFrom("run", "end", "fail", "leave", "throw", "throw at once");
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const gate = make(2, 3);
      const works: ReturnType<typeof work>[] = [];
      const callers: AbortController[] = [];
      const answers: Promise<unknown>[] = [];
      for (const what of actions) {
        if (what === "run") {
          const next = work();
          const caller = new AbortController();
          works.push(next);
          callers.push(caller);
          answers.push(gate.run(next.run, caller.signal).catch(() => {}));
        } else if (what === "throw") {
          answers.push(gate.run(() => Promise.reject(new Error("no"))).catch(() => {}));
        } else if (what === "throw at once") {
          const broken = (): never => {
            throw new Error("at once");
          };
          answers.push(gate.run(broken).catch(() => {}));
        } else if (what === "leave") callers.shift()?.abort();
        else if (what === "end") works.shift()?.end("done");
        else works.shift()?.fail(new Error("failed"));
        await settle();
        expect(gate.running).toBeLessThanOrEqual(2);
        expect(gate.waiting).toBeLessThanOrEqual(3);
      }
      for (const one of works) one.end("done");
      await Promise.all(answers);
      await settle();
      expect([gate.running, gate.waiting]).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
});
