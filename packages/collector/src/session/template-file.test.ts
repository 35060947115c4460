import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fieldSpecifier, newTemplate } from "@ngflow/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTemplateFile, type SavedSession, writeTemplateFile } from "./template-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-templates-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(folder, "templates.json");
const damage: string[] = [];
const read = async (): Promise<readonly SavedSession[]> => {
  damage.length = 0;
  return readTemplateFile(folder, (reason) => damage.push(reason));
};

const FIELDS = Array.from({ length: 20 }, (_, i) => fieldSpecifier(i % 2 === 0 ? 0 : 29_305, i + 1, 4));
const TEMPLATES = Array.from({ length: 50 }, (_, i) => newTemplate(256 + i, FIELDS, i % 2, i % 2 === 1));

function session(number: number): SavedSession {
  const rates = { samplers: [[1, number]], interfaces: [], lineCards: [[2, 3]], templateRates: [] } as const;
  const about = { address: `192.0.2.${number % 256}`, version: 9, domain: number, lastSeenMs: number, bootMs: 5 };
  const templates = TEMPLATES.map((template, i) => ({ template, refreshedMs: number + i }));
  return { ...about, samplingRate: 10, ...(number % 2 === 0 && { established: true }), ...rates, templates };
}

describe("the template file", () => {
  it("gives back what was saved, and has a template of many sessions once", async () => {
    const saved = Array.from({ length: 30 }, (_, i) => session(i));
    await writeTemplateFile(folder, saved);
    expect(await read()).toEqual(saved);
    expect(damage).toEqual([]);
    expect(readFileSync(path(), "utf8").match(/"template":/g)).toHaveLength(TEMPLATES.length);
  });

  it("is written and read while the thread does other work", async () => {
    const saved = Array.from({ length: 500 }, (_, i) => session(i));
    const turnsOf = async (work: Promise<unknown>): Promise<number> => {
      let [turns, isDone] = [0, false];
      void work.finally(() => (isDone = true));
      for (; !isDone; turns++) await new Promise(setImmediate);
      return turns;
    };
    let made = 0;
    const madeAtTurn = new Set<number>();
    const lazily = function* (): Generator<SavedSession> {
      for (const each of saved) {
        made++;
        yield each;
      }
    };
    const written = writeTemplateFile(folder, lazily());
    let isWritten = false;
    void written.finally(() => (isWritten = true));
    while (!isWritten) {
      madeAtTurn.add(made);
      await new Promise(setImmediate);
    }
    expect(madeAtTurn.size).toBeGreaterThan(4);
    expect(await turnsOf(read())).toBeGreaterThan(4);
    expect(await read()).toEqual(saved);
  });

  it("is not used when it ends early, wherever that is", async () => {
    await writeTemplateFile(folder, [session(1), session(2)]);
    const whole = readFileSync(path(), "utf8");
    for (let end = 0; end < whole.length; end += end < 100 || end > whole.length - 100 ? 1 : 97) {
      writeFileSync(path(), whole.slice(0, end));
      expect(await read(), `of ${end} characters`).toEqual([]);
      expect(damage).toHaveLength(1);
    }
  });

  it.each([
    ["a number of no template", (text: string) => text.replace('"templates":[[0,', '"templates":[[50,')],
    ["a template of no bytes", (text: string) => text.replaceAll(/"fields":\[\[.*?\]\]/g, '"fields":[[0,1,0]]')],
    ["a session too few", (text: string) => text.replace('{"end":2}', '{"end":3}')],
    ["a rate below 0", (text: string) => text.replace('"samplers":[[1,1]]', '"samplers":[[1,-1]]')],
  ])("is not used with %s", async (_, change) => {
    await writeTemplateFile(folder, [session(1), session(2)]);
    const text = readFileSync(path(), "utf8");
    expect(change(text)).not.toBe(text);
    writeFileSync(path(), change(text));
    expect(await read()).toEqual([]);
    expect(damage).toHaveLength(1);
  });

  it("is read where an older release has written it", async () => {
    const { templates, ...facts } = session(2);
    const before = templates.map(({ template: { id, scopeCount, options, fields }, refreshedMs }) => {
      return { id, scopeCount, options, refreshedMs, fields: fields.map(({ pen, id, length }) => [pen, id, length]) };
    });
    writeFileSync(path(), JSON.stringify({ format: 1, sessions: [{ ...facts, templates: before }] }));
    expect(await read()).toEqual([session(2)]);
  });
});
