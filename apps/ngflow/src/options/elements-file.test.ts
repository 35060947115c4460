import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { elementById, elementByName } from "@ngflow/wire";
import { afterAll, describe, expect, it } from "vitest";
import { useElements } from "./elements-file.ts";

const directory = mkdtempSync(join(tmpdir(), "ngflow-elements-"));
afterAll(() => rmSync(directory, { recursive: true }));
/** Enterprises that no table has. */
const PEN = 99_997;

function file(text: string): string {
  const path = join(directory, "elements.yaml");
  writeFileSync(path, text);
  return path;
}

describe("a file of elements", () => {
  it("adds them, with what is optional, and may be read again", () => {
    const path = file(
      `- { pen: ${PEN}, id: 1, name: testQueueDepth, type: unsigned32, semantics: quantity, units: packets }\n` +
        `- pen: 0\n  id: 32001\n  name: testOldField\n  type: string\n`,
    );
    useElements(path);
    useElements(path);
    expect(elementById(PEN, 1)).toEqual({ pen: PEN, id: 1, name: "testQueueDepth", type: "unsigned32" });
    expect(elementByName("testOldField")).toMatchObject({ pen: 0, id: 32_001, type: "string" });
  });

  it.each([
    ["name: x", "elements.yaml:1: expected a list, each entry with pen, id, name and type"],
    ["- [1]", "elements.yaml:1: expected pen, id, name and type"],
    ["\n- pen: 1\n  id: 1\n  name: b\n  type: u32\n", "elements.yaml:5: type: "],
    ["- pen: 1\n  id: 40000\n  name: b\n  type: string\n", "elements.yaml:2: id: "],
    ["- pen: 1\n  id: 4\n  name: 1.2\n  type: string\n", "elements.yaml:3: name: "],
    ["- pen: 1\n  id: 4\n  name: a b\n  type: string\n", "elements.yaml:3: name: a name begins with a letter"],
    ["- pen: 1\n  id: 4\n  name: b\n  type: string\n  unit: x\n", "elements.yaml:1: "],
    ["- pen: 1\n  id: 4\n  type: string\n", "elements.yaml:1: name: "],
    ["- pen: 1\n  id: 4: 5\n", "elements.yaml:2: "],
    ["- { pen: 0, id: 1, name: mine, type: string }", "elements.yaml:1: 0.1 is octetDeltaCount (unsigned64) already"],
    [
      `- { pen: 1, id: 4, name: octetDeltaCount, type: string }`,
      "elements.yaml:1: octetDeltaCount is the name of 0.1 already; remove the entry",
    ],
  ])("names line and fault of %j", (text, message) => {
    const path = file(text);
    expect(() => useElements(path)).toThrow(
      expect.objectContaining({ code: "elements-invalid", message: expect.stringContaining(message) }),
    );
  });

  it("names the file that cannot be read", () => {
    expect(() => useElements("/nowhere/elements.yaml")).toThrow(
      expect.objectContaining({
        code: "elements-unreadable",
        message: "--elements /nowhere/elements.yaml: cannot be read: no such file or directory",
      }),
    );
  });
});
