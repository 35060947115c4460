import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { install, uninstall } from "./install.ts";

const UNIT = "etc/systemd/system/ngflow-graph.service";

let folder: string;
let root: string;
let outside: string;
let printed: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-install-"));
  root = join(folder, "root");
  outside = join(folder, "outside");
  mkdirSync(root);
  mkdirSync(outside);
  printed = "";
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = () => ({
  target: "systemd" as const,
  program: "/usr/bin/ngflow",
  dryRun: false,
  root,
  print: { out: (text: string) => void (printed += text), err: () => {} },
});

/** A link in the root directory, in directories that are made. */
function link(name: string, target: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  symlinkSync(target, join(root, name));
}

it("writes the metering engine into the graph's unit", () => {
  install({ ...options(), profile: "freebsd", inline: ["em0"] });
  const unit = readFileSync(join(root, UNIT), "utf8");
  expect(unit).toContain(" graph --control /run/ngflow/control.sock --force --inline em0 --profile freebsd\n");
  expect(() => install({ ...options(), target: "freebsd", profile: "modern" })).toThrow("--profile is for systemd");
});

describe("an installation directory", () => {
  it.each<[string, () => void, string]>([
    ["of the file", () => (writeFileSync(join(outside, "x"), ""), link(UNIT, join(outside, "x"))), UNIT],
    ["of the file, to nothing", () => link(UNIT, join(outside, "x")), UNIT],
    ["of its directory", () => link("etc/systemd/system", outside), "etc/systemd/system"],
    ["of a directory above", () => link("etc", "../outside"), "etc"],
  ])("is not left by a link %s", (_what, make, where) => {
    make();
    const [wrote, before] = [existsSync(join(outside, "x")), readdirSync(outside)];
    for (const act of [install, uninstall]) {
      expect(() => act(options())).toThrow(
        expect.objectContaining({
          code: "install-outside",
          exit: 73,
          message: expect.stringContaining(where) as string,
        }),
      );
    }
    expect([existsSync(join(outside, "x")), readdirSync(outside)]).toEqual([wrote, before]);
    expect(printed).toBe("");
  });

  it("may have links inside, and may be named by one", () => {
    mkdirSync(join(root, "usr/etc"), { recursive: true });
    link("etc", "usr/etc");
    symlinkSync("root", join(folder, "alias"));
    install({ ...options(), root: join(folder, "alias") });
    expect(lstatSync(join(root, "usr", UNIT)).isFile()).toBe(true);
    uninstall(options());
    expect(readdirSync(join(root, "usr/etc/systemd/system"))).toEqual([]);
  });
});
