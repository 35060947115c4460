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
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, type Ended, must, NGCTL, NGFLOW, ROOT, run } from "../support/command.ts";
import { RC_SUBR } from "../support/rc-subr.ts";
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

  test("units satisfy systemd, and little is open to them", (ctx) => {
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
  test("below a directory, there and back", () => {
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
      "run systemctl enable ngflow-serve.service ngflow-collect.service ngflow-graph.service",
    ]);
  });

  test("leaves files of others alone, and refuses a program that the units cannot reach", () => {
    const unit = join(folder, "etc/systemd/system/ngflow-graph.service");
    mkdirSync(join(folder, "etc/systemd/system"), { recursive: true });
    writeFileSync(unit, "[Service]\n");
    const words = ["--for", "systemd", "--root", folder];
    for (const action of ["install", "uninstall"]) {
      const { status, stderr } = run([...NGFLOW, "service", action, ...words, "--program", "/usr/bin/ngflow"]);
      expect({ status, stderr }).toEqual({
        status: 73,
        stderr: `ngflow: ${unit} is not one of ours; move it away first\n`,
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

describe("the rc.d script under sh, on a real graph", () => {
  let graph: Background;
  let control: string;

  beforeEach(async () => {
    control = join(folder, "control.sock");
    graph = new Background([...NGFLOW, "graph", "--demo", "1", "--control", control]);
    mkdirSync(join(folder, "bin"));
    // ngctl writes down what it is given and hands it to ours; the others only write down. With EMPTY it knows interfaces
    // without hooks, em and a number, and takes every line.
    const ngctl = `echo "ngctl $*" >> "$LOG"
case $EMPTY$1 in
1-f-) cat >> "$LOG" ;;
1show) case $2 in em[0-9]*:) ;; *) exit 71 ;; esac ;;
-f-) tee -a "$LOG" | ${NGCTL.join(" ")} --control ${control} -f - ;;
*) ${NGCTL.join(" ")} --control ${control} "$@" ;;
esac
`;
    for (const [name, text] of [
      ["ngctl", ngctl],
      ["kldload", 'echo "kldload $*" >> "$LOG"\n'],
      [
        "getent",
        'echo "getent $*" >> "$LOG"\ncase $2 in six.example) echo "2001:db8::9  $2";; four.example) echo "10.0.0.9 $2";; esac\n',
      ],
    ] as const) {
      writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${text}`);
      chmodSync(join(folder, "bin", name), 0o755);
    }
    writeFileSync(join(folder, "rc.subr"), RC_SUBR);
    const script = readFileSync(SCRIPT, "utf8");
    expect(script.match(/^\. \/etc\/rc\.subr$/gm)).toHaveLength(1);
    writeFileSync(join(folder, "ng_netflow"), script.replace("/etc/rc.subr", join(folder, "rc.subr")));
    await graph.until("the graph", () => graph.stdout.includes("control"));
  });
  afterEach(async () => {
    await graph.stop();
  });

  function rc(verb: string, variables: Readonly<Record<string, string>>, empty = ""): Ended & { log: string[] } {
    const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
    const conf = Object.entries(variables).map(([name, value]) => `ng_netflow_${name}=${quote(value)}\n`);
    writeFileSync(join(folder, "rc.conf"), conf.join(""));
    const log = join(folder, "log");
    writeFileSync(log, "");
    const ended = run(["sh", join(folder, "ng_netflow"), verb], {
      env: {
        EMPTY: empty,
        LOG: log,
        RC_CONF: join(folder, "rc.conf"),
        PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      },
      cwd: folder,
    });
    return { ...ended, log: readFileSync(log, "utf8").split("\n").slice(0, -1) };
  }

  const ARTICLE = { interface: "demo0", collect_addr: "127.0.0.1" };
  const MODULES = ["netgraph", "ng_ether", "ng_netflow", "ng_ksocket"].map((name) => `kldload -n ${name}`);
  const LINES = [
    "mkpeer demo0: netflow lower iface0",
    "name demo0:lower netflow",
    "connect demo0: netflow: upper out0",
    "msg netflow: setconfig {iface=0 conf=7}",
    "mkpeer netflow: ksocket export9 inet/dgram/udp",
    "name netflow:export9 nfsock",
    "msg nfsock: connect inet/127.0.0.1:4444",
  ];

  function list(): string {
    return must([...NGCTL, "--control", control, "list"]);
  }

  test("start, a second start, status, stop", () => {
    const started = rc("start", ARTICLE);
    expect(started).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const checks = ["netflow:iface0", "demo0:", "netflow:", "nfsock:"].map((path) => `ngctl show ${path}`);
    expect(started.log).toEqual([...MODULES, ...checks, "ngctl -f-", ...LINES]);
    expect(list()).toMatch(/Name: nfsock/);

    const again = rc("start", ARTICLE);
    expect(again).toMatchObject({ status: 0, stdout: "ng_netflow is running already.\n", stderr: "" });
    expect(again.log).toEqual([...MODULES, "ngctl show netflow:iface0", "ngctl show netflow:export9"]);

    const status = rc("status", ARTICLE);
    expect(status.status).toBe(0);
    expect(status.stdout).toMatch(/^ng_netflow is running\.\n {2}Name: netflow /);

    expect(rc("stop", ARTICLE)).toMatchObject({ status: 0, stdout: "", log: ["ngctl shutdown netflow:"] });
    expect(list()).toMatch(/Name: demo0 +Type: ether +ID: \w+ +Num hooks: 0/);
    expect(rc("status", ARTICLE)).toMatchObject({ status: 1, stdout: "ng_netflow is not running.\n" });
  });

  test.for([
    ["::1", `inet6/dgram/17`, `0x11 0x5c${" 0x00".repeat(19)} 0x01${" 0x00".repeat(4)}`],
    ["1:2:3:4:5:6:7:abcd", `inet6/dgram/17`, undefined],
    ["four.example", "inet/dgram/udp", undefined],
  ] as const)("collector %s", ([address, hook, data]) => {
    const { log, stderr } = rc("start", { ...ARTICLE, collect_addr: address });
    expect(log).toContain(`mkpeer netflow: ksocket export9 ${hook}`);
    if (data !== undefined) {
      expect(log.at(-1)).toBe(`msg nfsock: connect { len=28 family=28 data=[ ${data} ] }`);
      expect(stderr).toBe("");
    }
    if (address === "four.example") expect(log).toContain("msg nfsock: connect inet/10.0.0.9:4444");
    if (address.startsWith("1:")) {
      const bytes =
        "0x11 0x5c 0x00 0x00 0x00 0x00 0x00 0x01 0x00 0x02 0x00 0x03 0x00 0x04 0x00 0x05 0x00 0x06 0x00 0x07 0xab 0xcd";
      expect(log).toContain(`msg nfsock: connect { len=28 family=28 data=[ ${bytes} 0x00 0x00 0x00 0x00 ] }`);
    }
  });

  test("FreeBSD's awk makes the same of it", (ctx) => {
    skipWithout(ctx, "original-awk");
    const collectors = [
      "10.0.0.9",
      "::1",
      "2001:db8::1:0:0:9",
      "1:2:3:4:5:6:7:abcd",
      "six.example",
      "1:2",
      "1.2.3",
      "::g",
    ];
    const lines = (): unknown[] =>
      collectors.map((collect_addr) => {
        const { status, log, stderr } = rc(
          "start",
          { interface: "em0 em1.5", collect_addr, collect_port: "65535" },
          "1",
        );
        return { collect_addr, status, log, stderr };
      });
    const here = lines();
    symlinkSync("/usr/bin/original-awk", join(folder, "bin/awk"));
    expect(lines()).toEqual(here);
    expect(here.map((each) => (each as Ended).status)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });

  test("an obstacle is found before the first line", () => {
    for (const [line, undo, message] of [
      ["mkpeer demo0: hole upper x", "rmhook demo0: upper", "hook lower or upper of demo0 is connected already"],
      [
        "mkpeer demo0: tee orphans left\nname demo0:orphans nfsock",
        "rmhook demo0: orphans",
        "another node is called nfsock",
      ],
    ] as const) {
      must([...NGCTL, "--control", control, "-f", "-"], { input: line });
      const refused = rc("start", ARTICLE);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain(`${message}; nothing was changed`);
      expect(refused.log).not.toContain("ngctl -f-");
      must([...NGCTL, "--control", control, ...undo.split(" ")]);
    }
    expect(rc("start", { ...ARTICLE, interface: "em9" }).stderr).toContain("there is no interface node em9");
  });

  test("restart checks the variables before it stops", () => {
    rc("start", ARTICLE);
    const refused = rc("restart", { ...ARTICLE, collect_port: "0" });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^\S+ ERROR: ng_netflow_collect_port: not a number from 1 to 65535\n$/);
    expect(refused.log).toEqual([]);
    expect(list()).toMatch(/Name: netflow/);
    const { status, log } = rc("restart", { ...ARTICLE, collect_port: "4445" });
    expect(status).toBe(0);
    expect(log[0]).toBe("ngctl shutdown netflow:");
    expect(log.at(-1)).toBe("msg nfsock: connect inet/127.0.0.1:4445");
    expect(list()).toMatch(/Name: netflow/);
  });

  test("what a refused line leaves is taken down again", () => {
    // The address of every host: the system refuses it in the last line.
    const refused = rc("start", { ...ARTICLE, collect_addr: "255.255.255.255" });
    expect(refused.status).toBe(1);
    expect(refused.log.at(-1)).toBe("ngctl shutdown demo0:lower");
    expect(refused.stderr).toContain("WARNING: what was made is taken down again");
    expect(list()).toMatch(/Name: demo0 +Type: ether +ID: \w+ +Num hooks: 0/);
  });

  test("several interfaces each take a slot", () => {
    const { log } = rc("start", { ...ARTICLE, interface: " em0  em0.100 em1" }, "1");
    expect(log.slice(log.indexOf("ngctl -f-") + 1)).toEqual([
      "mkpeer em0: netflow lower iface0",
      "name em0:lower netflow",
      "connect em0: netflow: upper out0",
      "connect em0_100: netflow: lower iface1",
      "connect em0_100: netflow: upper out1",
      "connect em1: netflow: lower iface2",
      "connect em1: netflow: upper out2",
      "msg netflow: setconfig {iface=0 conf=7}",
      "msg netflow: setconfig {iface=1 conf=7}",
      "msg netflow: setconfig {iface=2 conf=7}",
      "mkpeer netflow: ksocket export9 inet/dgram/udp",
      "name netflow:export9 nfsock",
      "msg nfsock: connect inet/127.0.0.1:4444",
    ]);
    expect(rc("start", { ...ARTICLE, interface: "demo0 em9" }).stderr).toContain("there is no interface node em9");
    const twice = rc("start", { ...ARTICLE, interface: "em0.1 demo0 em0_1" });
    expect(twice.stderr).toMatch(/ERROR: ng_netflow_interface: an interface is named twice\n$/);
    expect(twice.log).toEqual([]);
  });

  const hostile = [
    "$(touch touched)",
    "`touch touched`",
    "x; touch touched",
    "a\nb",
    "'",
    '"',
    "*",
    "-f",
    "-n demo0",
    "fe80::1",
    "fe80::1%demo0",
    " ",
    "x".repeat(1 << 16),
  ];
  test.for(
    (["interface", "collect_addr", "collect_port"] as const).flatMap((name) =>
      hostile.map((value) => [name, JSON.stringify(value).slice(0, 30), value] as const),
    ),
  )("%s=%s is refused before the first command", ([name, , value], _ctx) => {
    if (name === "interface" && (/^-[fn]|^fe80::1$/.test(value) || value.startsWith("xxx"))) {
      // A possible name, of an interface that is not there.
      const { status, stderr, log } = rc("start", { ...ARTICLE, interface: value });
      expect(status).toBe(1);
      expect(stderr).toMatch(/WARNING: there is no interface node .*; nothing was changed\n$/);
      expect(log).not.toContain("ngctl -f-");
      return;
    }
    const { status, stderr, log } = rc("start", { ...ARTICLE, [name]: value });
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^\\S+/ng_netflow: ERROR: ng_netflow_${name}: [^\n]+\n$`));
    expect(log.filter((line) => !line.startsWith("getent "))).toEqual([]);
    expect(readdirSync(folder)).not.toContain("touched");
  });

  test.for(["interface", "collect_addr"])("%s is required", (name) => {
    const { status, stderr } = rc("start", { ...ARTICLE, [name]: "" });
    expect({ status, stderr: stderr.replace(/^\S+\//, "") }).toEqual({
      status: 1,
      stderr: `ng_netflow: ERROR: You must specify $ng_netflow_${name}.\n`,
    });
    expect(basename(SCRIPT)).toBe("ng_netflow");
  });
});
