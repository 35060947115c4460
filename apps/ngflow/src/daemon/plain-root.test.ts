import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { isOpenByPermission, READ, READ_WRITE_SEARCH } from "./plain-root.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-permission-"));
afterAll(() => {
  chmodSync(join(folder, "closed"), 0o700);
  rmSync(folder, { recursive: true });
});

const at = (...parts: readonly string[]): string => join(folder, ...parts);
mkdirSync(at("open", "deep"), { recursive: true });
mkdirSync(at("closed"));
writeFileSync(at("closed", "file"), "");
writeFileSync(at("read-only"), "", { mode: 0o400 });
writeFileSync(at("socket"), "", { mode: 0o600 });
symlinkSync(at("closed", "file"), at("link"));
chmodSync(at("closed"), 0o600);

it.each([
  ["open/deep", READ_WRITE_SEARCH, true],
  ["open/deep/to/be/made", READ_WRITE_SEARCH, true],
  ["closed", READ_WRITE_SEARCH, false],
  ["closed/to/be/made", READ_WRITE_SEARCH, false],
  ["read-only", READ, true],
  ["read-only", READ_WRITE_SEARCH, false],
  ["socket", READ_WRITE_SEARCH, true],
  ["link", READ, false],
])("%s, %i: %s", (path, wanted, open) => expect(isOpenByPermission(at(path), wanted)).toBe(open));
