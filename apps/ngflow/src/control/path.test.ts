import { chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { controlPath, prepareDirectory } from "./path.ts";

describe("control socket path", () => {
  it.each([
    [{ option: "/x.sock", env: { NGFLOW_CONTROL: "/y.sock" }, uid: 0 }, "/x.sock"],
    [{ env: { NGFLOW_CONTROL: "/y.sock", XDG_RUNTIME_DIR: "/run/user/7" }, uid: 7 }, "/y.sock"],
    [{ env: { XDG_RUNTIME_DIR: "/run/user/0" }, uid: 0 }, "/run/ngflow/control.sock"],
    [{ env: { XDG_RUNTIME_DIR: "/run/user/7" }, uid: 7 }, "/run/user/7/ngflow/control.sock"],
    [{ env: { NGFLOW_CONTROL: "" }, uid: 7 }, "/tmp/ngflow-7/control.sock"],
  ])("%o", (sources, path) => {
    expect(controlPath(sources)).toBe(path);
  });

  it("too long for a socket address is refused by name", () => {
    expect(() => controlPath({ option: `/tmp/${"x".repeat(100)}`, env: {}, uid: 0 })).toThrow(/longer than 103 bytes/);
  });

  it("gets a directory only its owner can enter", () => {
    const base = mkdtempSync(join(tmpdir(), "ngflow-path-"));
    try {
      prepareDirectory(join(base, "a", "b", "control.sock"));
      expect(statSync(join(base, "a", "b")).mode & 0o777).toBe(0o700);
    } finally {
      rmSync(base, { recursive: true });
    }
  });

  it.runIf(process.getuid?.() === 0)("in a directory that somebody else made in /tmp is refused", () => {
    const directory = mkdtempSync(join(tmpdir(), "ngflow-path-"));
    try {
      chownSync(directory, 4001, 4001);
      expect(() => prepareDirectory(join(directory, "control.sock"))).toThrow(
        `${directory} belongs to user 4001; choose another control socket with --control`,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
