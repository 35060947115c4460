import { expect, test } from "vitest";
import { schedule, withNeeds } from "./scheduler.mjs";
import { STEPS } from "./steps.mjs";

/** Runs steps that last until all that can run have begun, and returns the names of those that ran at the same time. */
async function together(steps, cores) {
  const rounds = [];
  let round = [];
  await schedule(steps, cores, async ({ name }) => {
    if (round.length === 0) setImmediate(() => (round = []));
    if (round.length === 0) rounds.push(round);
    round.push(name);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });
  return rounds;
}

const step = (name, more = {}) => ({ name, cores: 1, ...more });

test("as many at a time as the machine has cores, in the order of the table", async () => {
  const steps = [step("a"), step("b"), step("c"), step("d", { cores: 0.5 }), step("e", { cores: 0.5 })];
  expect(await together(steps, 1)).toEqual([["a"], ["b"], ["c"], ["d", "e"]]);
  expect(await together(steps, 2)).toEqual([
    ["a", "b"],
    ["c", "d", "e"],
  ]);
});

test("what asks for more than the machine has gets all of it", async () => {
  expect(await together([step("a", { cores: 8 }), step("b", { cores: 0.5 })], 2)).toEqual([["a"], ["b"]]);
});

test("nothing runs beside a step that is alone", async () => {
  const steps = [step("a", { cores: 0.1 }), { name: "b", alone: true }, step("c", { cores: 0.1 })];
  const rounds = await together(steps, 4);
  expect(rounds.find((names) => names.includes("b"))).toEqual(["b"]);
  expect(rounds.flat().sort()).toEqual(["a", "b", "c"]);
});

test("a step starts when those before it have ended, also those that it needs", async () => {
  const steps = [step("c", { needs: ["b"] }), step("b", { after: ["a"] }), step("a")];
  expect(await together(steps, 4)).toEqual([["a"], ["b"], ["c"]]);
});

test("steps that wait for each other are an error, and so is one that cannot be run", async () => {
  const circle = [step("a", { after: ["b"] }), step("b", { after: ["a"] })];
  await expect(together(circle, 2)).rejects.toThrow("steps that wait for each other: a, b");
  await expect(schedule([step("a")], 1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("what a step needs is run with it, what it comes after is not", () => {
  const table = [step("a"), step("b", { needs: ["a"] }), step("c", { needs: ["b"], after: ["d"] }), step("d")];
  expect(withNeeds(table, ["c"]).map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("every step of the table is run on a machine of any size, and says what it does", async () => {
  for (const cores of [1, 2, 16]) {
    const rounds = await together(STEPS, cores);
    expect(rounds.flat().sort()).toEqual(STEPS.map(({ name }) => name).sort());
  }
  for (const { does, gates, suite, program } of STEPS) {
    expect(does).toBeTruthy();
    expect([gates, suite, program].filter((each) => each !== undefined)).toHaveLength(1);
  }
});
