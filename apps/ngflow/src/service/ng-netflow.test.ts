import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import type { NgflowError } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { netflowLines } from "./netflow-lines.ts";
import { ngctlLines } from "./ngctl-lines.ts";
import { parsePeer } from "./peer.ts";
import { ServiceBed } from "./testing/service-bed.ts";

let bed: ServiceBed;
let untouched: string[];

beforeEach(async () => {
  bed = await ServiceBed.open();
  untouched = bed.graph();
});
afterEach(() => bed.close());

const ENABLED = 'ng_netflow_enable="YES"\n';

async function start(lines: string, resolve?: (name: string) => Promise<readonly string[]>): Promise<string> {
  bed.configure("", ENABLED + lines);
  const { status, out, err } = await bed.service("start", resolve);
  expect({ status, out, err }).toEqual({ status: err === "" ? 0 : 1, out: "", err });
  return err;
}

async function collector(): Promise<string | undefined> {
  const peer = parsePeer((await ngctlLines(["msg nfsock: getpeername"], bed.daemon.path)).stdout);
  return peer && `${peer.address} ${peer.port}`;
}

describe("start", () => {
  it("runs the lines of the script", () => {
    const address = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 9);
    expect(
      netflowLines({
        interfaces: ["em0"],
        interfacesAt: "",
        mode: "observe",
        modeAt: undefined,
        profile: "modern",
        profileAt: undefined,
        collector: { address, port: 4444, scope: 0 },
      }),
    ).toEqual([
      "mkpeer em0: netflow lower iface0",
      "name em0:lower netflow",
      "connect em0: netflow: upper out0",
      "msg netflow: setconfig {iface=0 conf=7}",
      "mkpeer netflow: ksocket export9 inet/dgram/udp",
      "name netflow:export9 nfsock",
      "msg nfsock: connect inet/10.0.0.9:4444",
    ]);
  });

  it("meters, and stop exports what was counted and leaves the graph as it was", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    const article = "ng_netflow_interface=em0\nng_netflow_collect_addr=127.0.0.1\n";
    expect(await start(`${article}ng_netflow_collect_port=${port}\n`)).toBe("");
    expect(bed.isConnected()).toBe(true);
    const received = once(socket, "message") as Promise<[Buffer]>;
    expect(await bed.service("stop")).toEqual({ status: 0, out: "", err: "" });
    expect((await received)[0].readUInt16BE(0)).toBe(9);
    socket.close();
    expect(bed.graph()).toEqual(untouched);
    expect(bed.isConnected()).toBe(true);
  });

  it("takes several interfaces, each with a slot, by name or by the name of the node", async () => {
    expect(await start('ng_netflow_interface="em0 em1  em0.100"\nng_netflow_collect_addr=127.0.0.1\n')).toBe("");
    const edges = bed.graph().filter((line) => line.startsWith("netflow."));
    expect(edges).toEqual([
      "netflow.iface0-lower",
      "netflow.out0-upper",
      "netflow.iface1-lower",
      "netflow.out1-upper",
      "netflow.iface2-lower",
      "netflow.out2-upper",
      "netflow.export9-inet/dgram/udp",
    ]);
    for (const slot of [0, 1, 2]) {
      const { stdout } = await ngctlLines([`msg netflow: ifinfo ${slot}`], bed.daemon.path);
      expect(stdout).toMatch(/ conf=7 /);
    }
    expect((await bed.service("status")).out).toContain("  interfaces  em0 em1 em0_100\n");
    expect(await bed.service("stop")).toEqual({ status: 0, out: "", err: "" });
    expect(bed.graph()).toEqual(untouched);
    expect(await start("ng_netflow_interface=em0_100\nng_netflow_collect_addr=127.0.0.1\n")).toBe("");
  });

  it.each([
    ["127.0.0.2", "127.0.0.2 4444"],
    ["::1", "::1 4444"],
    ["0:0:0:0:0:0:0:1", "::1 4444"],
    ["::ffff:127.0.0.3", "127.0.0.3 4444"],
    ["collector.example", "127.0.0.7 4444"],
  ])("takes the collector %s", async (address, peer) => {
    const resolve = async (name: string): Promise<string[]> => (name === "collector.example" ? ["127.0.0.7"] : []);
    expect(await start(`ng_netflow_interface=em0\nng_netflow_collect_addr="${address}"\n`, resolve)).toBe("");
    expect(await collector()).toBe(peer);
  });

  it("says when the daemon sees an interface in another way than the mode asks for", async () => {
    const lines = "ng_netflow_interface=em0\nng_netflow_collect_addr=127.0.0.1\n";
    for (const [observes, mode, how] of [
      [true, "inline", "observes it"],
      [false, "observe", "has it inline"],
      [true, "observe", undefined],
      [false, "inline", undefined],
    ] as const) {
      bed.observes = observes;
      bed.configure("", `${ENABLED}ng_netflow_mode=${mode}\n${lines}`);
      const { status, err } = await bed.service("start");
      const warning = `ngflow service ng_netflow: WARNING: ${bed.rcConf}:2: ng_netflow_mode: ${mode} is set for em0, but the running daemon ${how}; restart the daemon to change that\n`;
      expect({ status, err }).toEqual({ status: 0, err: how === undefined ? "" : warning });
      expect((await bed.service("stop")).status).toBe(0);
    }
  });

  it("starts a daemon of the profile, and says when the running one has another", async () => {
    const lines = "ng_netflow_interface=em0\nng_netflow_collect_addr=127.0.0.1\n";
    bed.configure("", `${ENABLED}ng_netflow_profile=freebsd\n${lines}`);
    const warning = `ngflow service ng_netflow: WARNING: ${bed.rcConf}:2: ng_netflow_profile: the running daemon has the profile modern; restart the daemon with --profile freebsd to change that\n`;
    expect(await bed.service("start")).toEqual({ status: 0, out: "", err: warning });
    expect((await bed.service("stop")).status).toBe(0);
    bed.configure("", `${ENABLED}ng_netflow_profile=modern\n${lines}`);
    expect(await bed.service("start")).toEqual({ status: 0, out: "", err: "" });
    expect((await bed.service("stop")).status).toBe(0);
    bed.isRunningDaemon = false;
    for (const [variable, options] of [
      ["ng_netflow_profile=freebsd", ["--profile", "freebsd", "--interface", "em0"]],
      ["", ["--interface", "em0"]],
    ] as const) {
      bed.configure("", `${ENABLED}${variable}\n${lines}`);
      expect((await bed.service("start")).status).toBe(1);
      expect(bed.startedWith).toEqual(options);
    }
  });

  it("a second one is no error and changes nothing", async () => {
    const lines = "ng_netflow_interface=em0\nng_netflow_collect_addr=127.0.0.1\n";
    expect(await start(lines)).toBe("");
    const running = bed.graph();
    expect(await bed.service("start")).toEqual({ status: 0, out: "ng_netflow is running already.\n", err: "" });
    expect(await bed.service("quietstart")).toEqual({ status: 0, out: "", err: "" });
    bed.configure("", `${ENABLED}${lines}ng_netflow_collect_port=9\n`);
    const { status, err } = await bed.service("start");
    expect({ status, err }).toEqual({
      status: 0,
      err: "ngflow service ng_netflow: WARNING: it is running with other settings; restart takes over those of now\n",
    });
    expect(bed.graph()).toEqual(running);
    expect((await bed.service("restart")).status).toBe(0);
    expect(await collector()).toBe("127.0.0.1 9");
  });
});

const VALID: Readonly<Record<string, string>> = {
  ng_netflow_interface: "em0",
  ng_netflow_collect_addr: "127.0.0.1",
  ng_netflow_collect_port: "4444",
};

/** A configuration with one variable as the case has it, always on line 2. */
function configured(name: string, assignment: string | undefined): string {
  const others = Object.entries(VALID).filter(([each]) => each !== name);
  return [...(assignment === undefined ? [] : [assignment]), ...others.map(([each, value]) => `${each}="${value}"`)]
    .map((line) => `${line}\n`)
    .join("");
}

describe("a variable that is missing or wrong", () => {
  const touched = (): string => join(bed.folder, "touched");
  const cases: [name: string, value: string, message: string][] = [
    ["interface", "", "You must specify $ng_netflow_interface. (RC:2: empty"],
    ["interface", " ", "RC:2: ng_netflow_interface: names no interface"],
    [
      "interface",
      "em9",
      "RC:2: ng_netflow_interface: no such interface: em9; the interfaces are em0, em1, em0_100; nothing was changed",
    ],
    [
      "interface",
      "em0 em9",
      "RC:2: ng_netflow_interface: no such interface: em9; the interfaces are em0, em1, em0_100; nothing was changed",
    ],
    ["interface", "em0 em0", "RC:2: ng_netflow_interface: em0 is named twice"],
    ["interface", "em0: x", 'RC:2: ng_netflow_interface: "em0:" is not the name'],
    ["interface", "../em0", 'RC:2: ng_netflow_interface: "../em0" is not the name of an interface'],
    ["interface", "em0'; shutdown em1:", 'RC:2: ng_netflow_interface: "em0\';" is not the name of an interface'],
    ["interface", "averyverylongname", 'RC:2: ng_netflow_interface: "averyverylongname" is not the name'],
    ["interface", "em".repeat(9000), `RC:2: ng_netflow_interface: "${"em".repeat(20)}…" is not the name`],
    ["collect_addr", "", "You must specify $ng_netflow_collect_addr. (RC:2: empty"],
    ["collect_addr", "10.0.0", 'RC:2: ng_netflow_collect_addr: "10.0.0" is neither an address nor a host name'],
    ["collect_addr", "10.0.0.256", 'RC:2: ng_netflow_collect_addr: "10.0.0.256" is neither an address nor a host'],
    ["collect_addr", "10.0.0.9:1", 'RC:2: ng_netflow_collect_addr: "10.0.0.9:1" is neither an address nor a host'],
    ["collect_addr", "0.0.0.0", 'RC:2: ng_netflow_collect_addr: "0.0.0.0" is not the address of a host'],
    ["collect_addr", "255.255.255.255", 'RC:2: ng_netflow_collect_addr: "255.255.255.255" is the address of every'],
    ["collect_addr", "::", 'RC:2: ng_netflow_collect_addr: "::" is not the address of a host'],
    ["collect_addr", "fe80::1", 'RC:2: ng_netflow_collect_addr: "fe80::1" needs its interface: fe80::1%em0'],
    ["collect_addr", "fe80::1%em9", 'RC:2: ng_netflow_collect_addr: no such interface: "em9"'],
    ["collect_addr", "::1%em1", 'RC:2: ng_netflow_collect_addr: "::1%em1": only a link-local address has an interface'],
    [
      "collect_addr",
      "no.such.host",
      "RC:2: ng_netflow_collect_addr: the host name no.such.host has no address (ENOTFOUND)",
    ],
    ["collect_addr", "a b", 'RC:2: ng_netflow_collect_addr: "a b" is neither'],
    ["collect_addr", "x}\u00a0", 'RC:2: ng_netflow_collect_addr: "x}\u00a0" is neither'],
    ["mode", "", 'RC:2: ng_netflow_mode: "" is neither observe nor inline'],
    ["profile", "", 'RC:2: ng_netflow_profile: "" is neither modern nor freebsd'],
    ["profile", "FreeBSD", 'RC:2: ng_netflow_profile: "FreeBSD" is neither modern nor freebsd'],
    ["mode", "Inline", 'RC:2: ng_netflow_mode: "Inline" is neither observe nor inline'],
    ["collect_port", "", "RC:2: ng_netflow_collect_port: it is empty; remove it for 4444"],
    ["collect_port", "0", 'RC:2: ng_netflow_collect_port: "0" is no number from 1 to 65535'],
    ["collect_port", "65536", 'RC:2: ng_netflow_collect_port: "65536" is no number'],
    ["collect_port", "4444 ", 'RC:2: ng_netflow_collect_port: "4444 " is no number'],
    ["collect_port", "0x10", 'RC:2: ng_netflow_collect_port: "0x10" is no number'],
    ["collect_port", "-1", 'RC:2: ng_netflow_collect_port: "-1" is no number'],
    ["collect_port", "4444; reboot", 'RC:2: ng_netflow_collect_port: "4444; reboot" is no number'],
  ];
  it.each(cases)("%s %j", async (name, value, message) => {
    const err = await start(configured(`ng_netflow_${name}`, `ng_netflow_${name}="${value}"`));
    expect(err.startsWith(`ngflow service ng_netflow: ERROR: ${message.replace("RC", bed.rcConf)}`), err).toBe(true);
    expect(err.split("\n")).toHaveLength(2);
    expect(bed.graph()).toEqual(untouched);
    expect(bed.isConnected()).toBe(true);
  });

  it.each(["interface", "collect_addr"])("%s not set", async (name) => {
    expect(await start(configured(`ng_netflow_${name}`, undefined))).toMatch(
      `ngflow service ng_netflow: ERROR: You must specify $ng_netflow_${name}. (${bed.rcConf}: it is not set; `,
    );
  });

  // Each as a value (quoted so that it is literal), and as what a shell would act on: unquoted, or in double quotes.
  const hostile: readonly (readonly [what: string, text: string])[] = [
    ["a command", "$(touch TOUCHED)"],
    ["backquotes", "`touch TOUCHED`"],
    ["a second command", "em0; touch TOUCHED"],
    ["a condition", "em0 && touch TOUCHED"],
    ["an expansion", "${HOME}"],
    ["a redirection", "em0 >TOUCHED"],
    ["a double quote", '"'],
    ["a single quote", "'"],
    ["both quotes", `"; touch TOUCHED; '`],
    ["a line end", "em0\ntouch TOUCHED"],
    ["a carriage return", "em0\r"],
    ["a zero byte", "em0\0"],
    ["an escape sequence", "\x1b[2J"],
    ["200 KB", "a".repeat(200_000)],
    ["1 MB", "a".repeat(1 << 20)],
  ];
  const names = [...Object.keys(VALID), "ng_netflow_enable", "ng_netflow_mode", "ng_netflow_profile"];
  describe.each(names)("%s is hostile:", (name) => {
    it.each(hostile)("%s", async (_what, template) => {
      const text = template.replaceAll("TOUCHED", touched());
      for (const written of [`'${text}'`, `"${text}"`, text]) {
        bed.configure("", ENABLED + configured(name, `${name}=${written}`));
        const answer = await bed.service("start").then(
          ({ err }) => ({ err, exit: 1 }),
          (error: unknown) => ({ err: `${(error as NgflowError).message}\n`, exit: (error as NgflowError).exit }),
        );
        // One line: of a file that is no rc.conf or of a variable that is wrong, and what line of it that is.
        const isValue = answer.exit === 1 && name === "ng_netflow_enable";
        const place = isValue ? "$ng_netflow_enable is not set properly" : `${bed.rcConf}:`;
        expect(answer.err, written.slice(0, 80)).toContain(place);
        if (!isValue) expect(answer.err).toMatch(/:[23]: /);
        expect(answer.err.split("\n")).toHaveLength(2);
        expect(answer.err.length).toBeLessThan(330);
        // eslint-disable-next-line no-control-regex
        expect(answer.err).not.toMatch(/[\0-\x09\x0b-\x1f\x7f]/);
        expect([1, 78]).toContain(answer.exit);
        expect(existsSync(touched())).toBe(false);
        expect(bed.graph()).toEqual(untouched);
        expect(bed.isConnected()).toBe(true);
      }
    });
  });

  it("a command after a thousand lines is an error with its line", async () => {
    bed.configure("", `${ENABLED}${"# \n".repeat(1000)}reboot\n`);
    await expect(bed.service("start")).rejects.toThrow(`${bed.rcConf}:1002: "reboot" is not an assignment`);
    expect(bed.graph()).toEqual(untouched);
  });

  it("restart does not stop what it could not start again", async () => {
    expect(await start(configured("", undefined))).toBe("");
    bed.configure("", ENABLED + configured("ng_netflow_collect_port", "ng_netflow_collect_port=x"));
    expect((await bed.service("restart")).status).toBe(1);
    expect(bed.isRunning()).toBe(true);
  });
});

describe("dry run and rollback", () => {
  it("what stands in the way is found before the first line", async () => {
    for (const [lines, message, undo] of [
      [["mkpeer em0: hole upper x"], "hook upper of em0 is connected to [", "rmhook em0: upper"],
      [
        ["mkpeer em1: tee lower left", "name em1:lower netflow"],
        "another node is called netflow; ",
        "shutdown netflow:",
      ],
      [["mkpeer em1: tee lower left", "name em1:lower nfsock"], "another node is called nfsock; ", "shutdown nfsock:"],
    ] as const) {
      expect((await ngctlLines(lines, bed.daemon.path)).status).toBe(0);
      const before = bed.graph();
      expect(await start(configured("", undefined))).toContain(`ERROR: ${message}`);
      expect(bed.graph()).toEqual(before);
      expect((await ngctlLines([undo], bed.daemon.path)).status).toBe(0);
    }
    expect(await start(configured("", undefined))).toBe("");
  });

  it("force leaves out our own look, not the trial of every line on a copy of the graph", async () => {
    for (const [node, line] of [
      ["nfsock", 6],
      ["netflow", 2],
    ] as const) {
      await ngctlLines(["mkpeer em1: tee lower left", `name em1:lower ${node}`], bed.daemon.path);
      const before = bed.graph();
      bed.configure("", ENABLED + configured("", undefined));
      const { status, err } = await bed.service("forcestart");
      expect(status).toBe(71);
      expect(err).toMatch(new RegExp(`^ngctl: line ${line}: name \\S+ ${node}: send msg: Address already in use`));
      expect(err).toContain("ngctl: nothing was changed\n");
      expect(bed.graph()).toEqual(before);
      expect(bed.isConnected()).toBe(true);
      expect((await ngctlLines([`shutdown ${node}:`], bed.daemon.path)).status).toBe(0);
    }
  });

  it("a line that only the system refuses takes the ones before it back", async () => {
    // The model sends nothing, so it takes this address; the system does not, without its interface.
    const address = new Uint8Array(16);
    address.set([0xfe, 0x80]);
    address[15] = 1;
    const settings = {
      interfaces: ["em0"],
      interfacesAt: "",
      mode: "observe",
      modeAt: undefined,
      profile: "modern",
      profileAt: undefined,
      collector: { address, port: 4444, scope: 0 },
    } as const;
    const lines = netflowLines(settings);
    const { status, stderr } = await ngctlLines(lines, bed.daemon.path, "-t");
    expect(status).toBe(71);
    expect(stderr).toContain("ngctl: line 7: error in file\nngctl: undone: the graph is as it was\n");
    expect(bed.graph()).toEqual(untouched);
    expect(bed.isConnected()).toBe(true);
  });
});
