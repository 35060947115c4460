import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Ended, must, NGFLOW, ROOT, run } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";

const DEPLOY = join(ROOT, "deploy");
const SCRIPT = join(DEPLOY, "freebsd/ng_netflow");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-service-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("deploy/", () => {
  test.for(["systemd", "freebsd", "munin"])("%s is what the command writes", (target) => {
    must([...NGFLOW, "service", "generate", "--for", target, "--output", folder]);
    const names = readdirSync(folder).sort();
    expect(names).toEqual(readdirSync(join(DEPLOY, target)).sort());
    for (const name of names) {
      expect(readFileSync(join(folder, name), "utf8"), name).toBe(readFileSync(join(DEPLOY, target, name), "utf8"));
    }
  });

  test("scripts satisfy shellcheck", (ctx) => {
    skipWithout(ctx, "shellcheck");
    const scripts = [SCRIPT, join(DEPLOY, "munin/ngflow_")];
    expect(run(["shellcheck", ...scripts])).toMatchObject({ status: 0, stdout: "" });
    // The gate sees: an unquoted expansion in the same script is reported.
    const broken = join(folder, "broken");
    writeFileSync(broken, readFileSync(SCRIPT, "utf8").replace('load_rc_config "$name"', "load_rc_config $name $1"));
    expect(run(["shellcheck", broken]).status).toBe(1);
  });

  test("systemd accepts the units, and rates their exposure as low", (ctx) => {
    skipWithout(ctx, "systemd-analyze");
    // The units' command has to exist; everything else is Debian's own.
    for (const path of ["usr/local/bin", "etc/systemd/system", "lib/systemd"])
      mkdirSync(join(folder, path), { recursive: true });
    cpSync("/lib/systemd/system", join(folder, "lib/systemd/system"), { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(folder, "usr/local/bin/ngflow"), "#!/bin/sh\n");
    chmodSync(join(folder, "usr/local/bin/ngflow"), 0o755);
    const units = readdirSync(join(DEPLOY, "systemd")).filter((name) => name.endsWith(".service"));
    expect(units).toEqual(["ngflow-collect.service", "ngflow-graph.service", "ngflow-serve.service"]);
    for (const unit of units) cpSync(join(DEPLOY, "systemd", unit), join(folder, "etc/systemd/system", unit));
    must([
      ...NGFLOW,
      "service",
      "generate",
      "--for",
      "systemd",
      "--inline",
      "em0",
      "--inline",
      "em1",
      "--output",
      folder,
    ]);
    const inline = readFileSync(join(folder, "ngflow-graph.service"), "utf8");
    expect(inline).toContain("/run/ngflow/control.sock --force --inline em0 --inline em1\n");
    writeFileSync(join(folder, "etc/systemd/system/inline-graph.service"), inline);
    units.push("inline-graph.service");
    const verify = (): Ended => run(["systemd-analyze", `--root=${folder}`, "--man=no", "verify", ...units]);
    expect(verify()).toMatchObject({ status: 0, stdout: "", stderr: "" });
    for (const unit of units) {
      const report = must([
        "systemd-analyze",
        "security",
        "--offline=yes",
        "--no-pager",
        join(folder, "etc/systemd/system", unit),
      ]);
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1]);
      expect(exposure, unit).toBeLessThan(unit === "inline-graph.service" ? 3 : 2.5);
      const text = readFileSync(join(folder, "etc/systemd/system", unit), "utf8");
      expect(text.includes("CAP_NET_RAW")).toBe(unit.includes("graph"));
      expect(text.includes("CAP_NET_ADMIN")).toBe(unit.includes("inline"));
    }
    const graph = join(folder, "etc/systemd/system/ngflow-graph.service");
    writeFileSync(graph, readFileSync(graph, "utf8").replace("NoNewPrivileges", "NoNewPrivilege"));
    expect(verify().stderr).toContain("NoNewPrivilege");
  });
});

describe("install and uninstall", () => {
  test("below a directory, everything is installed and removed", () => {
    const words = ["--for", "systemd", "--root", folder, "--program", "/usr/bin/ngflow"];
    const dry = must([...NGFLOW, "service", "install", ...words, "--dry-run"]);
    expect(dry.split("\n")[0]).toBe(`write ${folder}/etc/sysusers.d/ngflow.conf`);
    expect(readdirSync(folder)).toEqual([]);
    expect(must([...NGFLOW, "service", "install", ...words])).toBe(dry);
    const unit = join(folder, "etc/systemd/system/ngflow-graph.service");
    expect(readFileSync(unit, "utf8")).toContain("\nExecStart=/usr/bin/ngflow graph ");
    expect(must([...NGFLOW, "service", "uninstall", ...words, "--dry-run"])).toContain(`remove ${unit}\n`);
    must([...NGFLOW, "service", "uninstall", ...words]);
    expect(readdirSync(join(folder, "etc/systemd/system"))).toEqual([]);
    expect(must([...NGFLOW, "service", "uninstall", ...words])).toBe("nothing is installed\n");
  });

  test.for([
    ["freebsd", ["usr/local/etc/rc.d/ng_netflow"]],
    ["munin", ["etc/munin/plugin-conf.d/ngflow", "usr/share/munin/plugins/ngflow_"]],
  ] as const)("the files of %s have their places and modes", ([target, paths]) => {
    const words = ["--for", target, "--root", folder, "--program", "/usr/bin/ngflow"];
    must([...NGFLOW, "service", "install", ...words]);
    for (const path of paths) {
      const { mode } = statSync(join(folder, path));
      expect(mode & 0o777, path).toBe(path.startsWith("etc/") ? 0o644 : 0o755);
    }
    expect(must([...NGFLOW, "service", "uninstall", ...words]).match(/^remove /gm)).toHaveLength(paths.length);
    for (const path of paths) expect(existsSync(join(folder, path)), path).toBe(false);
  });

  test("names the commands that it would run", () => {
    const dry = must([
      ...NGFLOW,
      "service",
      "install",
      "--for",
      "systemd",
      "--program",
      "/usr/bin/ngflow",
      "--dry-run",
    ]);
    expect(dry.split("\n").filter((line) => line.startsWith("run "))).toEqual([
      "run systemd-sysusers",
      "run systemctl daemon-reload",
      "run systemctl enable ngflow-serve ngflow-collect ngflow-graph",
    ]);
  });

  test("leaves other files alone, and refuses a program that the units cannot reach", () => {
    const unit = join(folder, "etc/systemd/system/ngflow-graph.service");
    mkdirSync(join(folder, "etc/systemd/system"), { recursive: true });
    writeFileSync(unit, "[Service]\n");
    const words = ["--for", "systemd", "--root", folder];
    for (const action of ["install", "uninstall"]) {
      const { status, stderr } = run([...NGFLOW, "service", action, ...words, "--program", "/usr/bin/ngflow"]);
      expect({ status, stderr }).toEqual({
        status: 73,
        stderr: `ngflow: ${unit} was not written by ngflow; move it away first\n`,
      });
    }
    const hidden = run([...NGFLOW, "service", "install", ...words, "--program", "/home/me/ngflow"]);
    expect(hidden.status).toBe(64);
    expect(hidden.stderr).toContain("the services could not run /home/me/ngflow");
    expect(readdirSync(join(folder, "etc/systemd/system"))).toEqual(["ngflow-graph.service"]);
  });
});

describe("what cannot be written into a unit or a script is refused", () => {
  test.for([
    ["systemd", "--program", "ngflow"],
    ["systemd", "--program", "/opt/my ngflow; reboot"],
    ["systemd", "--program", "/opt/ngflow\nExecStartPre=/bin/true"],
    ["systemd", "--program", "/opt/%n/ngflow"],
    ["munin", "--program", "/opt/$(reboot)/ngflow"],
    ["munin", "--program", `/opt/it's`],
    ["systemd", "--inline", "em0 --demo 1"],
    ["systemd", "--inline", ""],
    ["freebsd", "--inline", "em0"],
  ] as const)("--for %s %s %j", ([target, option, value], _ctx) => {
    for (const action of ["generate", "install"]) {
      const words = ["--for", target, option, value, "--root", folder, "--dry-run"];
      const { status, stdout, stderr } = run([...NGFLOW, "service", action, ...words]);
      expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^ngflow: ${option}[^\n]{0,160}\n$`));
    }
  });
});
