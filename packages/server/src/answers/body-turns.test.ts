import { expect, test } from "vitest";
import { BodyTurns } from "./body-turns.ts";

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("bodies are read one at a time, in order, and sockets are read between two", async () => {
  const turns = new BodyTurns();
  const read: number[] = [];
  const ends: (() => void)[] = [];
  for (const i of [0, 1, 2]) void turns.next("a").then((end) => ends.push(end) && read.push(i));
  await settle();
  expect(read).toEqual([0]);
  // A turn ends once, however often that is said.
  ends[0]!();
  ends[0]!();
  expect(read).toEqual([0]);
  await settle();
  await settle();
  expect(read).toEqual([0, 1]);
  ends[1]!();
  await expect.poll(() => read).toEqual([0, 1, 2]);
  ends[2]!();
  ends.push(await turns.next("b"));
  expect(ends).toHaveLength(4);
});

test("one caller has some of the places in line, and all together a number", async () => {
  const turns = new BodyTurns();
  await turns.next("a");
  const line = (caller: string, count: number) =>
    Array.from({ length: count }, () =>
      turns.next(caller).then(
        () => "read",
        ({ code }) => code as string,
      ),
    );
  const refused = { code: "too-many-queries" };
  line("a", 8);
  await expect(turns.next("a")).rejects.toMatchObject(refused);
  for (const caller of ["b", "c", "d"]) line(caller, 8);
  await expect(turns.next("e")).rejects.toMatchObject(refused);
});
