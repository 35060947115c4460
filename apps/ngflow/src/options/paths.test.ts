import { describe, expect, it } from "vitest";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataDirectory, otherData } from "./paths.ts";

const user = { env: {}, uid: 1000, home: "/home/ann" };

describe("data directory", () => {
  it.each([
    ["the option first", "/data/a", { ...user, env: { NGFLOW_DATA: "/data/b" } }, "/data/a"],
    ["then the environment", undefined, { ...user, uid: 0, env: { NGFLOW_DATA: "/data/b" } }, "/data/b"],
    ["root's place", undefined, { ...user, uid: 0 }, "/var/lib/ngflow"],
    ["XDG_DATA_HOME", undefined, { ...user, env: { XDG_DATA_HOME: "/xdg" } }, "/xdg/ngflow"],
    [
      "not a relative XDG_DATA_HOME",
      undefined,
      { ...user, env: { XDG_DATA_HOME: "xdg" } },
      "/home/ann/.local/share/ngflow",
    ],
    ["the home directory last", undefined, user, "/home/ann/.local/share/ngflow"],
  ])("%s", (_, option, from, wanted) => {
    expect(dataDirectory(option, from)).toBe(wanted);
  });

  it("is absolute", () => expect(dataDirectory("x/../y", user)).toBe(`${process.cwd()}/y`));
});

it("somebody without data is sent to root's, if root has any", () => {
  const root = mkdtempSync(join(tmpdir(), "ngflow-paths-"));
  try {
    expect(otherData("/home/ann/data", root)).toMatch(/^name the data directory with --data/);
    mkdirSync(join(root, "run"));
    expect(otherData("/home/ann/data", root, user)).toBe(
      `root's are in ${root}: use sudo, or name another data directory with --data`,
    );
    expect(otherData("/srv/data", root, { uid: 0 })).toBe(
      `root's are in ${root}: name another data directory with --data`,
    );
    expect(otherData(root, root)).toMatch(/^name the data directory with --data/);
  } finally {
    rmSync(root, { recursive: true });
  }
});
