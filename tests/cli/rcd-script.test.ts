import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, type Ended, must, NGCTL, NGFLOW, ROOT, run } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";
import { RC_SUBR } from "../support/rc-subr.ts";

const SCRIPT = join(ROOT, "deploy/freebsd/ng_netflow");

/** FreeBSD's rc.d script under sh, with rc.subr and its commands in stubs that write down what they are given. */
describe("the rc.d script", () => {
  let folder: string;
  let control: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-rcd-"));
    control = join(folder, "control.sock");
    mkdirSync(join(folder, "bin"));
    // ngctl writes down what it is given and hands it to ours; the others only write down. With EMPTY it knows
    // interfaces without hooks, em and a number, and takes every line.
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
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

  describe("on a real graph", () => {
    let graph: Background;

    beforeEach(async () => {
      graph = new Background([...NGFLOW, "graph", "--demo", "1", "--control", control]);
      await graph.until("the graph", () => graph.stdout.includes("control"));
    });
    afterEach(async () => {
      await graph.stop();
    });

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

    test("an obstacle is found before the first command is run", () => {
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

    test("what a refused script has made is removed", () => {
      // The address of every host: the system refuses it in the last line.
      const refused = rc("start", { ...ARTICLE, collect_addr: "255.255.255.255" });
      expect(refused.status).toBe(1);
      expect(refused.log.at(-1)).toBe("ngctl shutdown demo0:lower");
      expect(refused.stderr).toContain("WARNING: what was made is taken down again");
      expect(list()).toMatch(/Name: demo0 +Type: ether +ID: \w+ +Num hooks: 0/);
    });
  });

  test("FreeBSD's awk gives the same result", (ctx) => {
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
    const absent = rc("start", { ...ARTICLE, interface: "em0 eth9" }, "1");
    expect(absent.stderr).toContain("there is no interface node eth9");
    expect(absent.log).not.toContain("ngctl -f-");
    const twice = rc("start", { ...ARTICLE, interface: "em0.1 em1 em0_1" }, "1");
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
      const { status, stderr, log } = rc("start", { ...ARTICLE, interface: value }, "1");
      expect(status).toBe(1);
      expect(stderr).toMatch(/WARNING: there is no interface node .*; nothing was changed\n$/);
      expect(log).not.toContain("ngctl -f-");
      return;
    }
    const { status, stderr, log } = rc("start", { ...ARTICLE, [name]: value }, "1");
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^\\S+/ng_netflow: ERROR: ng_netflow_${name}: [^\n]+\n$`));
    expect(log.filter((line) => !line.startsWith("getent "))).toEqual([]);
    expect(readdirSync(folder)).not.toContain("touched");
  });

  test.for(["interface", "collect_addr"])("%s is required", (name) => {
    const { status, stderr } = rc("start", { ...ARTICLE, [name]: "" }, "1");
    expect({ status, stderr: stderr.replace(/^\S+\//, "") }).toEqual({
      status: 1,
      stderr: `ng_netflow: ERROR: You must specify $ng_netflow_${name}.\n`,
    });
  });
});
