import { expect, it } from "vitest";
import { streamLines, textLines } from "./lines.ts";

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

it("takes a text apart, with and without a last line feed", () => {
  expect([...textLines("")]).toEqual([]);
  expect([...textLines("a\n\nb")]).toEqual(["a", "", "b"]);
  expect([...textLines("a\n\nb\n")]).toEqual(["a", "", "b"]);
});

it("splits lines of more than 2047 characters", () => {
  const long = "x".repeat(2047) + "y".repeat(2047) + "z";
  const lines = ["x".repeat(2047), "y".repeat(2047), "z", "next"];
  expect([...textLines(`${long}\nnext\n`)]).toEqual(lines);
});

it("ends a line at a zero byte", () => {
  expect([...textLines("name a:\0 b\n\0\0\nlist\n")]).toEqual(["name a:", "", "list"]);
});

it("gives a stream's lines as they are completed, wherever it is cut", async () => {
  const lines: string[] = [];
  for await (const line of streamLines(chunks("na", "me a: b\nlis", "t\n", "é".slice(0), "\nlast"))) lines.push(line);
  expect(lines).toEqual(["name a: b", "list", "é", "last"]);
  const long: string[] = [];
  for await (const line of streamLines(chunks("x".repeat(3000), "x".repeat(1094) + "y\nend\n"))) long.push(line);
  expect(long).toEqual(["x".repeat(2047), "x".repeat(2047), "y", "end"]);
});
