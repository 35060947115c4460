import type { SavedEntry } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { openedBy, removeSaved, savedName, writeSaved } from "./saved.ts";

const THEIRS: SavedEntry = {
  name: "office",
  version: "2",
  changed: "2026-01-02T03:04:05.000Z",
  title: "Office",
  kind: "filter",
  text: "port 53",
};
const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

test("a conflict answers what is there now, and sends what was read", async () => {
  const sent: [string, RequestInit][] = [];
  const fetchIt = async (url: string, init: RequestInit) => {
    sent.push([url, init]);
    return init.method === "PUT" ? answer(412, { error: { message: "no" } }) : answer(200, THEIRS);
  };
  expect(await writeSaved(fetchIt, "office", { ...THEIRS, text: "port 80" }, "1")).toEqual({
    kind: "conflict",
    theirs: THEIRS,
  });
  expect(sent[0]![1].headers).toMatchObject({ "if-match": '"1"' });
  expect(JSON.parse(String(sent[0]![1].body))).toEqual({ title: "Office", kind: "filter", text: "port 80" });
});

test("an error of the server, or none, is a reason", async () => {
  const refused = await writeSaved(async () => answer(409, { error: { message: "full" } }), "a", THEIRS, null);
  expect(refused).toEqual({ kind: "failed", reason: "full" });
  const gone = await removeSaved(async () => Promise.reject(new Error("the server does not answer")), THEIRS);
  expect(gone).toEqual({ kind: "failed", reason: "the server does not answer" });
});

test.each([
  ["Office DNS", "office-dns"],
  ["  Été 2026! ", "ete-2026"],
  ["日本", ""],
  ["../etc", "etc"],
  ["x".repeat(80), "x".repeat(64)],
])("the name of %j is %j", (typed, name) => {
  expect(savedName(typed)).toBe(name);
});

test("a saved filter opens its records, a page itself", () => {
  expect(openedBy(THEIRS)).toBe("/flows?filter=port%2053");
  expect(openedBy({ ...THEIRS, kind: "page", text: "/explore?from=now-1h" })).toBe("/explore?from=now-1h");
});
