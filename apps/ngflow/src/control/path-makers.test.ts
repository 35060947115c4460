import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeableEntry, strangersEntry } from "./path-makers.ts";

const ALICE = 4001;
const MALLORY = 4002;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-makers-"));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes a directory or, with `to`, a symbolic link. */
function make(name: string, { owner = 0, mode = 0o755, to }: { owner?: number; mode?: number; to?: string }): string {
  const path = join(folder, name);
  if (to === undefined) {
    mkdirSync(path);
    chownSync(path, owner, owner);
    chmodSync(path, mode);
  } else {
    symlinkSync(to, path);
    lchownSync(path, owner, owner);
  }
  return path;
}

describe.runIf(process.getuid?.() === 0)("what a stranger may have made", () => {
  const shared = { mode: 0o1777 };

  it.each<[string, () => string, string | undefined]>([
    ["nothing yet", () => join(make("tmp", shared), "mine", "control.sock"), undefined],
    [
      "the user's own directory in a shared one",
      () => (make("tmp", shared), make("tmp/a", { owner: ALICE })),
      undefined,
    ],
    ["root's directory in a shared one", () => (make("tmp", shared), make("tmp/a", {})), undefined],
    [
      "somebody else's directory in a shared one",
      () => (make("tmp", shared), make("tmp/m", { owner: MALLORY }), join(folder, "tmp/m/control.sock")),
      "tmp/m belongs to user 4002",
    ],
    [
      "what is in it, even if it belongs to the user",
      () => (make("tmp", shared), make("tmp/m", { owner: MALLORY }), make("tmp/m/a", { owner: ALICE })),
      "tmp/m belongs to user 4002",
    ],
    [
      "a link in a shared directory to a place that is safe",
      () => (make("tmp", shared), make("safe", { owner: ALICE }), make("tmp/l", { owner: MALLORY, to: "../safe" })),
      "tmp/l belongs to user 4002",
    ],
    [
      "the user's own link to somebody else's directory in a shared one",
      () => (make("tmp", shared), make("tmp/m", { owner: MALLORY }), make("l", { owner: ALICE, to: "tmp/m" })),
      "tmp/m belongs to user 4002",
    ],
    ["another user's directory where root made it", () => make("run", { owner: MALLORY }), undefined],
    ["a directory that everybody may change", () => make("all", { mode: 0o777 }), "all can be written by every user"],
  ])("%s", (_what, at, fault) => {
    const found = strangersEntry(at(), [ALICE]);
    expect(found).toBe(fault === undefined ? undefined : join(folder, fault));
  });

  it("a link to itself has an end", () => {
    expect(strangersEntry(join(make("l", { to: "l" }), "control.sock"), [ALICE])).toBeUndefined();
  });
});

describe.runIf(process.getuid?.() === 0)("who may change a file", () => {
  const file = (owner: number, mode: number): string => {
    const path = join(folder, "file.mjs");
    writeFileSync(path, "");
    chownSync(path, owner, owner);
    chmodSync(path, mode);
    return path;
  };

  it.each<[string, () => string, string | undefined]>([
    ["root", () => file(0, 0o644), undefined],
    ["the user", () => file(ALICE, 0o600), undefined],
    ["another user", () => file(MALLORY, 0o644), "file.mjs belongs to user 4002"],
    ["its group", () => file(0, 0o664), "file.mjs can be written by users other than its owner"],
    ["everybody", () => file(0, 0o646), "file.mjs can be written by users other than its owner"],
    [
      "the owner of its directory",
      () => (chownSync(folder, MALLORY, MALLORY), file(0, 0o644)),
      " belongs to user 4002",
    ],
    [
      "the owner of a link to it",
      () => (file(0, 0o644), make("l", { owner: MALLORY, to: "file.mjs" })),
      "l belongs to user 4002",
    ],
  ])("%s", (_who, at, fault) => {
    const found = changeableEntry(at(), ALICE);
    expect(found).toBe(fault === undefined ? undefined : join(folder, fault).replace("/ belongs", " belongs"));
  });
});
