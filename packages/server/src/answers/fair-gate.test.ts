import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueryGate, type QueryGateConfig } from "./query-gate.ts";

/** How a QueryGate shares turns, line and room among callers. */

interface Asked {
  readonly caller: string;
  /** Times that its work began. */
  began: number;
  /** Ends the work, with an answer of so many bytes. */
  end(bytes?: number): void;
  state: "open" | "answered" | "refused" | "late" | "gone";
  held?: { release(): void; onCut(cut: () => void): void; progress(): void };
  cut: boolean;
  readonly leave: AbortController;
}

/** Asks in the place of callers, of a store that ends its work when it is told to. */
function asking(config: Partial<QueryGateConfig> = {}, nowMs?: () => number) {
  const limits = { maxRunning: 2, maxWaiting: 6, timeoutMs: 60_000, maxBytes: 1e9, stalledMs: 0, shortMs: 0 };
  const gate = new QueryGate({ ...limits, ...config }, nowMs);
  const all: Asked[] = [];
  const running: Asked[] = [];
  const ask = (caller: string, rows = 1, uninterruptible = false): Asked => {
    let answer = (_: { bytes: number }): void => {};
    const asked: Asked = {
      ...{ caller, began: 0, state: "open", cut: false, leave: new AbortController() },
      end: (bytes = 0) => answer({ bytes }),
    };
    all.push(asked);
    const work = (signal: AbortSignal) =>
      new Promise<{ bytes: number }>((resolve, reject) => {
        if (signal.aborted) return reject(new Error("cancelled"));
        asked.began++;
        running.push(asked);
        const ended = (): void => void running.splice(running.indexOf(asked), 1);
        answer = (what) => (running.includes(asked) ? (ended(), resolve(what)) : undefined);
        const cancel = (): unknown => running.includes(asked) && (ended(), reject(new Error("cancelled")));
        if (!uninterruptible) signal.addEventListener("abort", cancel);
      });
    gate.run({ caller, rows, uninterruptible, signal: asked.leave.signal }, work).then(
      (held) => {
        asked.state = "answered";
        asked.held = held;
        held.onCut(() => (asked.cut = true));
      },
      ({ code, message }: { code: string; message: string }) => {
        const isLate = message.includes("within");
        asked.state = code === "client-gone" ? "gone" : isLate ? "late" : "refused";
      },
    );
    return asked;
  };
  return {
    gate,
    ask,
    all,
    running,
    who: () =>
      running
        .map(({ caller }) => caller)
        .toSorted()
        .join(" "),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("turns", () => {
  test("the line of one caller does not keep another waiting", async () => {
    const { ask, who, running } = asking({ shortMs: 60_000 });
    const mine = Array.from({ length: 5 }, () => ask("a"));
    await settle();
    mine[0]!.end();
    await settle();
    const other = ask("b");
    mine[1]!.end();
    await settle();
    expect(who()).toBe("a b");
    expect([mine[2]!.began, mine[3]!.began, other.began]).toEqual([1, 0, 1]);
    // Within a caller, in order.
    for (const asked of running.slice()) asked.end();
    await settle();
    expect(mine.map(({ began }) => began)).toEqual([1, 1, 1, 1, 1]);
  });

  test("the second query of a caller gives way to one that has none running, and begins again", async () => {
    const { gate, ask, who } = asking();
    const [first, second, third] = [ask("a"), ask("a"), ask("a")];
    await settle();
    const other = ask("b");
    await settle();
    expect(who()).toBe("a b");
    expect([first.began, second.began, third.began, other.began]).toEqual([1, 1, 0, 1]);
    expect([second.state, gate.waiting, gate.counters.gaveWay]).toEqual(["open", 2, 1]);
    other.end();
    await settle();
    expect([second.began, third.began, who()]).toEqual([2, 0, "a a"]);
    first.end();
    // What is the only one goes on.
    await settle();
    ask("b");
    await settle();
    expect([second.began, third.began, who()]).toEqual([2, 1, "a b"]);
    second.end();
    await settle();
    expect(second.state).toBe("answered");
    expect(gate.counters).toMatchObject({ started: 5, gaveWay: 2, failed: 0 });
  });

  test("a short query ends sooner than it gives way", async () => {
    let nowMs = 0;
    const { gate, ask } = asking({ shortMs: 100 }, () => nowMs);
    ask("a");
    const second = ask("a");
    await settle();
    const other = ask("b");
    nowMs = 99;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([second.began, other.began, gate.waiting]).toEqual([1, 0, 1]);
    nowMs = 100;
    await expect.poll(() => other.began).toBe(1);
    expect(second.state).toBe("open");
  });

  test("a query that gave way can time out, and its caller can leave", async () => {
    const { gate, ask } = asking({ timeoutMs: 200 });
    const [, second, third] = [ask("a"), ask("a"), ask("a")];
    ask("b");
    await settle();
    third.leave.abort();
    await expect.poll(() => second.state).toBe("late");
    await expect.poll(() => [gate.running, gate.waiting, gate.bytes]).toEqual([0, 0, 0]);
  });

  test("who had less time of the store is next, and a newcomer is not behind", async () => {
    let nowMs = 0;
    const { ask, running, who } = asking({ maxRunning: 1, maxWaiting: 100 }, () => nowMs);
    // Three callers whose queries take ten seconds each, and all ask again.
    const again = () => ["a", "b", "c"].map((caller) => ask(caller));
    for (let i = 0; i < 4; i++) again();
    await settle();
    for (let i = 0; i < 4; i++) {
      nowMs += 10_000;
      running[0]!.end();
      await settle();
    }
    const short = Array.from({ length: 5 }, () => ask("d"));
    nowMs += 10_000;
    running[0]!.end();
    for (const asked of short) {
      await settle();
      expect(who()).toBe("d");
      expect(asked.began).toBe(1);
      nowMs += 100;
      asked.end();
    }
    await settle();
    expect(short.map(({ state }) => state)).toEqual(short.map(() => "answered"));
    expect(who()).not.toBe("d");
  });

  test("one place is left by queries that cannot be ended, whoever asks them", async () => {
    const { gate, ask, who } = asking();
    const [hanging, next, other] = [ask("a", 1, true), ask("a", 1, true), ask("b", 1, true)];
    await settle();
    hanging.leave.abort();
    await settle();
    expect([hanging.state, gate.running, gate.waiting]).toEqual(["gone", 1, 2]);
    // Those of the same caller that can be ended pass the one that waits.
    const [first, honest] = [ask("a"), ask("c")];
    await settle();
    expect(who()).toBe("a c");
    honest.end();
    await settle();
    expect(who()).toBe("a a");
    first.end();
    await settle();
    expect([next.began, other.began]).toEqual([0, 0]);
    hanging.end();
    await settle();
    expect([next.began + other.began, gate.running]).toEqual([1, 1]);
  });

  test("where one of two queries of a caller cannot be ended, the other gives way", async () => {
    const { ask, who } = asking();
    const [hanging, second] = [ask("a", 1, true), ask("a")];
    await settle();
    ask("b");
    await settle();
    expect([who(), hanging.began, second.state]).toEqual(["a b", 1, "open"]);
  });

  test("who leaves and comes back has had its time", async () => {
    let nowMs = 0;
    const { ask, who } = asking({ maxRunning: 1 }, () => nowMs);
    const heavy = ask("a");
    const kept = ask("b");
    await settle();
    nowMs += 1000;
    heavy.end();
    await settle();
    heavy.held!.release();
    ask("a");
    ask("c");
    await settle();
    nowMs += 500;
    kept.end();
    await settle();
    expect(who()).toBe("c");
  });
});

describe("line", () => {
  test("when it is full, the newest of the caller with most is refused for one with fewer", async () => {
    const { gate, ask, who } = asking();
    const mine = Array.from({ length: 8 }, () => ask("a"));
    const over = ask("a");
    await settle();
    expect([over.state, gate.waiting]).toEqual(["refused", 6]);
    const others = [ask("b"), ask("b")];
    await settle();
    expect(mine.map(({ state }) => state === "refused")).toEqual([...Array(6).fill(false), true, true]);
    expect(others.map(({ state }) => state)).toEqual(["open", "open"]);
    expect(gate.counters.refused).toBe(3);
    // The second query of "a" gave way to the first of "b", and is first in line again.
    expect([gate.waiting, mine[1]!.state, who()]).toEqual([6, "open", "a b"]);
  });

  test("one that has nearly as many is refused itself", async () => {
    const { ask } = asking({ maxWaiting: 3 });
    for (const caller of ["x", "y", "a", "a", "b"]) ask(caller);
    await settle();
    const again = ask("b");
    const newcomer = ask("c");
    await settle();
    expect([again.state, newcomer.state]).toEqual(["refused", "open"]);
  });
});

describe("room", () => {
  test("of the caller with most room, what was not taken for longest gives way, but not its only answer", async () => {
    let nowMs = 0;
    const { gate, ask, all } = asking({ maxRunning: 9, maxBytes: 10_000, stalledMs: 2000 }, () => nowMs);
    for (let i = 0; i < 4; i++) {
      const asked = ask("a");
      await settle();
      asked.end(2400);
      await settle();
      nowMs += 100;
    }
    const other = ask("b", 7);
    await settle();
    expect(other.began).toBe(0);
    // They are all read, slowly.
    for (nowMs = 500; nowMs <= 1900; nowMs += 100) all.forEach(({ held }) => held?.progress());
    nowMs = 1900;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(other.began).toBe(0);
    nowMs = 2000;
    await expect.poll(() => other.began).toBe(1);
    expect(all.map(({ cut }) => cut)).toEqual([true, false, false, false, false]);
    other.end(3000);
    await settle();
    // Now "b" would have more than "a".
    const more = ask("b", 20);
    nowMs = 3900;
    all.forEach(({ held }) => held?.progress());
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([more.began, gate.counters.cut]).toEqual([0, 1]);
  });

  test("a query that waits for room does not keep those of others waiting", async () => {
    const { ask } = asking({ maxBytes: 10_000, stalledMs: 60_000 });
    const first = ask("a");
    await settle();
    first.end(9000);
    await settle();
    const [large, small] = [ask("a", 20), ask("b", 1)];
    await settle();
    expect([large.began, small.began]).toEqual([0, 1]);
  });
});

/** What may happen: somebody asks, a query ends, a caller leaves or takes its answer, time passes. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "a", "a", "b", "c", "d").map((caller) => ({ do: "ask", caller })) },
  { weight: 2, arbitrary: fc.nat(8).map((at) => ({ do: "end", at })) },
  { weight: 1, arbitrary: fc.nat(30).map((at) => ({ do: "leave", at })) },
  { weight: 1, arbitrary: fc.nat(30).map((at) => ({ do: "release", at })) },
);

test("whatever callers do, none is without a query that runs while it waits and another has two", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step as fc.Arbitrary<{ do: string; caller?: string; at?: number }>, { maxLength: 50 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, maxRunning) => {
        const { gate, ask, all, running } = asking({ maxRunning, maxWaiting: 5, maxBytes: 2000, stalledMs: 60_000 });
        const waits = (caller: string): Asked[] =>
          all.filter((one) => one.caller === caller && one.state === "open" && !running.includes(one));
        const runs = (caller: string): number => running.filter((one) => one.caller === caller).length;
        for (const { do: what, caller, at } of steps) {
          const before = gate.waiting;
          const most = Math.max(...["a", "b", "c", "d"].map((each) => waits(each).length));
          const mine = caller === undefined ? 0 : waits(caller).length;
          if (what === "ask") {
            const asked = ask(caller!);
            await settle();
            // Nobody is refused while there is place, or while another one has more.
            if (before < 5 || mine + 2 <= most) expect(asked.state).toBe("open");
          } else if (what === "end") running[at!]?.end(350);
          else if (what === "leave") all[at!]?.leave.abort();
          else all[at!]?.held?.release();
          for (let i = 0; i < 4; i++) await settle();
          expect(gate.running).toBe(running.length);
          expect(gate.running).toBeLessThanOrEqual(maxRunning);
          // Those that gave way are in line in addition.
          expect(gate.waiting).toBeLessThanOrEqual(5 + maxRunning - 1);
          const lacking = ["a", "b", "c", "d"].some((each) => waits(each).length > 0 && runs(each) === 0);
          const hasTwo = ["a", "b", "c", "d"].some((each) => runs(each) > 1);
          const isFull = running.length === maxRunning;
          expect(lacking && hasTwo && isFull).toBe(false);
        }
        for (let rest = 0; rest < 200 && all.some(({ state }) => state === "open"); rest++) {
          running.slice().forEach((one) => one.end());
          all.forEach(({ held }) => held?.release());
          await settle();
        }
        all.forEach(({ held }) => held?.release());
        expect(all.filter(({ state }) => state === "open")).toEqual([]);
        expect([gate.running, gate.waiting, gate.bytes]).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: 100 },
  );
});

test("short queries wait for one of other callers at most, when those have had a turn, however many they have", async () => {
  const heavyMs = 30_000;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 500 }), async (callers, shortMs) => {
      let nowMs = 0;
      const { ask, running } = asking({ maxWaiting: 32, shortMs: 250, timeoutMs: 10 * heavyMs }, () => nowMs);
      const heavy = new Map<Asked, number>();
      const fill = (): void => {
        for (let i = 0; i < callers; i++) for (let n = 0; n < 20; n++) ask(`hostile ${i}`);
      };
      fill();
      await settle();
      const startMs = (Math.ceil(callers / 2) + 0.1) * heavyMs + (shortMs % 7) * 1000;
      let honest: Asked[] = [];
      for (; nowMs < 300_000; nowMs += 250) {
        for (const one of running.slice()) {
          if (!heavy.has(one)) heavy.set(one, nowMs);
          const takesMs = one.caller === "honest" ? shortMs : heavyMs;
          if (nowMs - heavy.get(one)! >= takesMs) one.end();
        }
        await settle();
        if (nowMs % 5000 === 0) fill();
        if (nowMs === startMs) honest = Array.from({ length: 5 }, () => ask("honest"));
        if (honest.length > 0 && honest.every(({ state }) => state !== "open")) break;
      }
      expect(honest.map(({ state }) => state)).toEqual(honest.map(() => "answered"));
      const boundMs = 5 * (Math.ceil(shortMs / 250) + 2) * 250 + (callers < 2 ? 1000 : heavyMs);
      expect(nowMs - startMs).toBeLessThanOrEqual(boundMs);
    }),
    { numRuns: 8 },
  );
});
