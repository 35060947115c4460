import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { giveToOwner } from "./give-to-owner.ts";

const UID = 64_700;
let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-owner-"));
  data = join(folder, "data");
  mkdirSync(data);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(process.geteuid?.() === 0)("a directory that root makes for the owner of the data", () => {
  beforeEach(() => chownSync(data, UID, UID));

  it("is the owner's, in parents that are root's and that everybody may enter", () => {
    const backup = join(folder, "2026/12/backup");
    giveToOwner(backup, data);
    expect(statSync(backup)).toMatchObject({ uid: UID, gid: UID });
    expect(statSync(join(folder, "2026"))).toMatchObject({ uid: 0, mode: 0o40755 });
  });

  it("is left to what writes there if it cannot be made", () => {
    giveToOwner("/proc/ngflow/backup", data);
    expect(existsSync("/proc/ngflow")).toBe(false);
  });
});
