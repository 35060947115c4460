import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NODE_TYPES, nodeTypes } from "./node-types.ts";
import { NotedSocket } from "./testing/noted-socket.ts";
import { runTextTest } from "./testing/text-test.ts";

const HERE = import.meta.dirname;
const FILES = readdirSync(HERE).map((name) => join(name, `${name}.ngtest`));

/** Our types, apart from the machine they run on. */
const TYPES = nodeTypes({ openSocket: () => new NotedSocket(() => {}), interfaceExists: () => false });

describe("text tests", () => {
  // `npx vitest run packages/nodes/src/text.test.ts -u` writes down what is observed.
  it.each(FILES.filter((file) => existsSync(join(HERE, file))))("%s", async (file) => {
    const path = join(HERE, file);
    await expect(runTextTest(readFileSync(path, "utf8"), TYPES)).toMatchFileSnapshot(path);
  });

  it("are there for every node type", () => {
    const absent = NODE_TYPES.filter(({ name }) => !existsSync(join(HERE, name, `${name}.ngtest`)));
    expect(absent.map(({ name }) => name)).toEqual([]);
  });

  it("show what came out instead of what was expected", () => {
    const script = "$ mkpeer . echo a x\n> a 01*2\n";
    expect(runTextTest(`${script}< a 02\n! EINVAL\n`, TYPES)).toBe(`${script}< a 0101\n`);
    expect(() => runTextTest("mkpeer\n", TYPES)).toThrow("no line of a text test: mkpeer");
  });
});
