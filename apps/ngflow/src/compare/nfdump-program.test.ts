import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NfdumpProgram } from "./nfdump-program.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-nfdump-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("does not ask nfdump about a directory that is absent, no directory, or has no files", async () => {
  const facts = (directory: string) => new NfdumpProgram("/absent/nfdump", directory).facts();
  mkdirSync(join(folder, "empty/2026/01"), { recursive: true });
  writeFileSync(join(folder, "file"), "");
  await expect(facts(join(folder, "empty"))).rejects.toMatchObject({
    code: "compare-no-files",
    message: `${join(folder, "empty")}: no files of nfcapd are here`,
  });
  for (const other of ["absent", "file"])
    await expect(facts(join(folder, other))).rejects.toMatchObject({ code: "compare-no-files", exit: 66 });
  await expect(facts(folder)).rejects.toMatchObject({ code: "compare-no-nfdump" });
});
