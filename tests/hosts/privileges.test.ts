import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { removeAtEnd } from "../support/cleanup.ts";
import { type Background, must, NGCTL, NGFLOW, run } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "pgrep", "setpriv", "sysctl");

/** Bits of capabilities(7). */
const DAC_OVERRIDE = 1;
const DAC_READ_SEARCH = 2;
const NET_BIND_SERVICE = 10;
const NET_ADMIN = 12;
const NET_RAW = 13;
const BPF = 39;
const NOBODY = 65_534;
/** The number of root's daemons where there is no user ngflow. */
const NAMELESS = 64_739;
/** A group that neither root nor nobody is in. */
const GROUP = 4711;

const set = (...bits: readonly number[]): bigint => bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n);

const on = useTwoHosts(missing);

/** The command's message, which is one line, and its exit code. */
function refusal(words: readonly string[]): { status: number | null; said: string } {
  const { status, stderr } = run(on.hosts.left.exec(words));
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  expect(lines).toHaveLength(1);
  return { status, said: lines[0]! };
}

async function start(words: readonly string[], control: string): Promise<Background> {
  const daemon = on.start([...words, ...NGFLOW, "graph", "--control", control]);
  await daemon.until("ngflow graph", () => daemon.stdout.includes("control"));
  return daemon;
}

/** What each thread of the daemon may use, and what it could ever get; that of the control socket is the first. */
function threads(pid: number): { permitted: bigint; bounding: bigint; gainsNothing: boolean }[] {
  const ids = readdirSync(`/proc/${pid}/task`).map(Number);
  expect(ids.length).toBeGreaterThan(5);
  const first = ids.indexOf(pid);
  return [ids[first]!, ...ids.toSpliced(first, 1)].map((id) => {
    const status = readFileSync(`/proc/${pid}/task/${id}/status`, "latin1");
    const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)$`, "m").exec(status)![1]!;
    const permitted = BigInt(`0x${field("CapPrm")}`) | BigInt(`0x${field("CapEff")}`) | BigInt(`0x${field("CapInh")}`);
    return { permitted, bounding: BigInt(`0x${field("CapBnd")}`), gainsNothing: field("NoNewPrivs") === "1" };
  });
}

const CLOSED_CHECKOUT = "the checkout is where only root may enter";
/**
 * The words before a command that nobody runs, and those that give it capabilities, no other of which it may ever get.
 */
const NOBODYS = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const having = (...names: readonly string[]): string[] =>
  ["inh-caps", "ambient-caps", "bounding-set"].map((set) => `--${set}=-all,${names.map((name) => `+${name}`).join()}`);

/** A control socket where nobody may make one. */
function nobodysControl(): string {
  must(["chmod", "0755", on.folder]);
  must(["install", "-d", "-o", String(NOBODY), join(on.folder, "nobodys")]);
  return join(on.folder, "nobodys", "control.sock");
}

/** A command on the left host. */
function background(...words: readonly string[]): Background {
  return on.start([...NGFLOW, ...words]);
}

/** What root's graph keeps for TAPs where their device is not open to every user. */
function forTun(): number[] {
  return (statSync("/dev/net/tun").mode & 0o006) === 0o006 ? [] : [DAC_OVERRIDE];
}

/** The user that root's daemons change to. */
function usual(): number {
  const { status, stdout } = run(["id", "-u", "ngflow"]);
  return status === 0 ? Number(stdout) : NAMELESS;
}

/** A control socket of root's in a directory that every user may enter. */
function openControl(): string {
  must(["chmod", "0755", on.folder]);
  return join(on.folder, "control.sock");
}

/** The users that threads of a process are: real, effective, saved and of files. */
function usersOf(pid: number): number[] {
  const ids = readdirSync(`/proc/${pid}/task`).flatMap((id) => {
    const [, line = ""] = /^Uid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/task/${id}/status`, "latin1")) ?? [];
    return line.split(/\s+/).map(Number);
  });
  return [...new Set(ids)];
}

function children(pid: number): number[] {
  const found = run(["pgrep", "-P", String(pid)]).stdout;
  return found.split("\n").filter(Boolean).map(Number);
}

/** Every thread may use these, at most, and none could get another. */
function expectConfined(pid: number, kept: bigint): void {
  for (const each of threads(pid)) expect(each).toEqual({ permitted: kept, bounding: kept, gainsNothing: true });
}

const METER = ["mkpeer eth0: netflow lower iface0", "name eth0:lower netflow"];

function meters(control: string): void {
  for (const line of METER) must([...NGCTL, "--control", control, ...line.split(" ")]);
  must(on.hosts.left.exec(["ping", "-q", "-i", "0.05", "-c", "5", on.hosts.right.ipv4]));
  const info = must([...NGCTL, "--control", control, "msg", "netflow:", "info"]);
  expect(info).toMatch(/IPv4 packets=[5-9]/);
}

describe("capabilities", () => {
  test("root's graph keeps what capture and sockets need, in every thread; its control socket's thread nothing", async () => {
    const control = openControl();
    const daemon = await start([], control);
    expect(usersOf(daemon.pid)).toEqual([usual()]);
    const [controlThread, ...others] = threads(daemon.pid);
    expect(controlThread!.permitted).toBe(0n);
    const kept = set(NET_BIND_SERVICE, NET_ADMIN, NET_RAW, ...forTun());
    for (const { permitted, bounding, gainsNothing } of others) {
      expect(permitted & ~kept).toBe(0n);
      expect(bounding & ~kept).toBe(0n);
      expect(gainsNothing).toBe(true);
    }
    expect(others.some(({ permitted }) => (permitted & set(NET_RAW)) !== 0n)).toBe(true);
    expect(statSync(control).mode & 0o777).toBe(0o600);
    meters(control);
    must([...NGCTL, "--control", control, "mkpeer", "netflow:", "ksocket", "export9", "inet/dgram/udp"]);
    must([...NGCTL, "--control", control, "msg", "netflow:export9", "bind", "inet/0.0.0.0:53"]);
    expect((await daemon.stop()).status).toBe(0);
  });

  test("a user with CAP_NET_RAW alone meters", async (ctx) => {
    ctx.skip(run([...NOBODYS, "--", ...NGFLOW, "--version"]).status !== 0, CLOSED_CHECKOUT);
    const control = nobodysControl();
    const daemon = await start([...NOBODYS, ...having("net_raw"), "--"], control);
    const [controlThread, ...others] = threads(daemon.pid);
    expect(controlThread!.permitted).toBe(0n);
    for (const { permitted } of others) expect(permitted & ~set(NET_RAW)).toBe(0n);
    meters(control);
    expect((await daemon.stop()).status).toBe(0);
  });

  test("a TAP device that is not for this user is not a missing capability", async (ctx) => {
    ctx.skip(run([...NOBODYS, "--", ...NGFLOW, "--version"]).status !== 0, CLOSED_CHECKOUT);
    // The host's mounts are its own: the machine's device stays as it is.
    const device = 'cp -a /dev/net/tun "$0" && chmod 0600 "$0" && mount --bind "$0" /dev/net/tun && exec "$@"';
    const control = nobodysControl();
    const before = ["sh", "-c", device, join(on.folder, "tun"), ...NOBODYS];
    const daemon = await start([...before, ...having("net_raw", "net_admin"), "--"], control);
    const refused = run([...NGCTL, "--control", control, "mkpeer", "eiface", "e", "ether"]);
    expect([refused.status, refused.stderr]).toEqual([71, expect.stringContaining("Operation not permitted")]);
    const why = "TAP ngeth0: /dev/net/tun: its permission keeps this user out; let one in with chgrp and chmod 0660";
    await daemon.until("the reason", () => daemon.stderr.includes(why));
    expect(daemon.stderr).not.toContain("CAP_NET_ADMIN");
    expect((await daemon.stop()).status).toBe(0);

    const without = await start(["setpriv", "--bounding-set=-net_admin", "--"], join(on.folder, "control.sock"));
    expect(run([...NGCTL, "--control", join(on.folder, "control.sock"), "mkpeer", "eiface", "e", "ether"]).status).toBe(
      71,
    );
    await without.until("the reason", () => without.stderr.includes("the process lacks CAP_NET_ADMIN"));
  });

  test("the one that is missing is named", () => {
    const without = (name: string): string[] => ["setpriv", `--bounding-set=-${name}`, "--"];
    const control = ["--control", join(on.folder, "control.sock")];
    expect(refusal([...without("net_raw"), ...NGFLOW, "graph", ...control, "--interface", "eth0"])).toEqual({
      status: 71,
      said: "ngflow: --interface eth0: capturing needs CAP_NET_RAW, which this process lacks: run it with sudo",
    });
    const inline = ["graph", ...control, "--inline", "eth0"];
    expect(refusal([...without("bpf"), ...NGFLOW, ...inline])).toEqual({
      status: 71,
      said: "ngflow: --inline needs CAP_BPF, which this process lacks: run it with sudo",
    });
    expect(refusal([...without("net_admin"), ...NGFLOW, ...inline]).said).toContain("needs CAP_NET_ADMIN, which");
  });

  test("root's ngflow up passes them to its graph, keeps none itself, and no process stays root's", async () => {
    const control = openControl();
    const up = background("up", "--interface", "eth0", "--control", control, "--data", join(on.folder, "data"));
    await up.until("ngflow up", () => up.stdout.includes("console  "));
    expectConfined(up.pid, set());
    const [graph = 0, collect = 0] = children(up.pid);
    expectConfined(collect, set());
    for (const pid of [up.pid, graph, collect]) expect(usersOf(pid)).toEqual([usual()]);
    const data = statSync(join(on.folder, "data"));
    expect(data.uid).toBe(usual());
    expect(threads(graph).some(({ permitted }) => (permitted & set(NET_RAW)) !== 0n)).toBe(true);
    must(on.hosts.left.exec(["ping", "-q", "-i", "0.05", "-c", "5", on.hosts.right.ipv4]));
    expect(must([...NGCTL, "--control", control, "msg", "netflow:", "info"])).toMatch(/IPv4 packets=10 /);
    const { status, stdout } = await up.stop("SIGINT");
    expect(status).toBe(0);
    expect(stdout).toMatch(/stopped: \d+ packets seen, [1-9]/);
    expect(children(up.pid)).toEqual([]);
  });

  test("ngflow up reports why its graph did not start, and how it ended when killed", async () => {
    const options = [
      "--interface",
      "eth0",
      "--control",
      join(on.folder, "control.sock"),
      "--data",
      join(on.folder, "data"),
    ];
    const refused = background("up", ...options, "--filter", "no such words");
    const { status: code, stderr: said } = await refused.ended(20_000);
    expect([code, said]).toEqual([64, expect.stringMatching(/^ngflow: --filter "no such words": /m)]);
    const up = background("up", ...options);
    await up.until("ngflow up", () => up.stdout.includes("console  "));
    process.kill(children(up.pid)[0]!, "SIGKILL");
    const { status, stderr } = await up.ended(20_000);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ngflow: the graph daemon ended unexpectedly \(signal SIGKILL\)$/m);
  });

  test("a user's ngflow up with CAP_NET_RAW leaves it to its graph", async (ctx) => {
    ctx.skip(run([...NOBODYS, "--", ...NGFLOW, "--version"]).status !== 0, CLOSED_CHECKOUT);
    const control = nobodysControl();
    const data = join(control, "..", "data");
    const words = [...NGFLOW, "up", "--interface", "eth0", "--control", control, "--data", data];
    const up = on.start([...NOBODYS, ...having("net_raw"), "--", ...words]);
    await up.until("ngflow up", () => up.stdout.includes("console  "));
    for (const { permitted, gainsNothing } of threads(up.pid)) expect([permitted, gainsNothing]).toEqual([0n, true]);
    expect(threads(children(up.pid)[0]!).some(({ permitted }) => permitted === set(NET_RAW))).toBe(true);
    expect((await up.stop()).status).toBe(0);
  });

  test("root's collector, store and demo keep none, but for a low port or a directory only root may reach", async () => {
    must(["chmod", "0755", on.folder]);
    const closed = join(on.folder, "closed");
    must(["install", "-d", "-m", "0700", closed]);
    // Where /run/ngflow is another user's, this one has a directory of its own.
    const runtime = `/run/ngflow-${NOBODY}`;
    if (!existsSync(runtime)) removeAtEnd(() => rmSync(runtime, { recursive: true, force: true }));
    const theirs = join(on.folder, "theirs");
    must(["install", "-d", "-m", "0700", "-o", String(NOBODY), theirs]);
    const http = ["--http", "127.0.0.1:0"];
    const control = ["--control", join(on.folder, "control.sock")];
    for (const [words, kept] of [
      [["collect", "--listen", "127.0.0.1:0", "--data", join(on.folder, "a")], set()],
      [["collect", "--listen", "127.0.0.1:443", "--data", join(on.folder, "b")], set(NET_BIND_SERVICE)],
      [["collect", "--listen", "127.0.0.1:0", "--data", theirs], set()],
      [["collect", "--listen", "127.0.0.1:0", "--data", join(closed, "data")], set(DAC_READ_SEARCH)],
      [["collect", "--listen", "127.0.0.1:0", "--data", join(on.folder, "r"), "--user", "root"], set()],
      [["serve", ...http, ...control, "--data", join(on.folder, "c")], set()],
      [["serve", "--http", "127.0.0.1:80", ...control, "--data", join(on.folder, "d")], set(NET_BIND_SERVICE)],
      [["demo", ...http, ...control], set()],
    ] as const) {
      const daemon = background(...words);
      await daemon.until(words.join(" "), () => /^(listening|console) /m.test(daemon.stdout));
      expectConfined(daemon.pid, kept);
      const user = words.includes("root") ? 0 : words.includes(theirs) ? NOBODY : usual();
      expect(usersOf(daemon.pid), words.join(" ")).toEqual([user]);
      const end = await daemon.stop();
      expect(end, words.join(" ")).toMatchObject({ status: 0 });
    }
  });

  test("inline they are those of its TAPs and programs too", async () => {
    const control = join(on.folder, "control.sock");
    const daemon = background("graph", "--control", control, "--inline", "eth0", "--force");
    await daemon.until("ngflow graph", () => daemon.stdout.includes("control"));
    const kept = set(DAC_READ_SEARCH, NET_BIND_SERVICE, NET_ADMIN, NET_RAW, BPF, ...forTun());
    for (const { permitted } of threads(daemon.pid)) expect(permitted & ~kept).toBe(0n);
    for (const line of [...METER, "connect eth0: netflow: upper out0"]) {
      must([...NGCTL, "--control", control, ...line.split(" ")]);
    }
    must(on.hosts.left.exec(["ping", "-q", "-i", "0.05", "-c", "5", on.hosts.right.ipv4]));
    expect((await daemon.stop()).status).toBe(0);
  });
});

test("members of a group may connect, and no other user", async () => {
  const control = join(on.folder, "run", "control.sock");
  must(["chmod", "0755", on.folder]);
  const daemon = background("graph", "--control", control, "--control-group", String(GROUP));
  await daemon.until("ngflow graph", () => daemon.stdout.includes("control"));
  const { mode, gid } = statSync(control);
  expect([mode & 0o777, gid]).toEqual([0o660, GROUP]);
  const member = [
    "setpriv",
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    `--groups=${GROUP}`,
    "--bounding-set=-all",
    "--",
  ];
  const script = `require("node:net").connect(${JSON.stringify(control)}, () => process.exit(0)).on("error", () => process.exit(9))`;
  expect(run([...member, process.execPath, "-e", script]).status).toBe(0);
  const stranger = member.map((word) => (word.startsWith("--groups") ? "--clear-groups" : word));
  expect(run([...stranger, process.execPath, "-e", script]).status).toBe(9);
});

test("a node type that fails outside the graph's calls ends the daemon with one line", async () => {
  const control = join(on.folder, "control.sock");
  const daemon = await start([], control);
  const module = join(on.folder, "late.mjs");
  writeFileSync(
    module,
    `setTimeout(() => { throw new Error("too late"); }, 200);
     export default { name: "late", cookie: 1, summary: "", role: "plain", hooks: [], messages: [], dropReasons: {}, create: () => ({}) };`,
  );
  must([...NGFLOW, "kldload", "--control", control, module]);
  const { status, stderr } = await daemon.ended(10_000);
  expect(stderr.split("\n").filter((line) => line !== "" && !line.startsWith('{"level":30'))).toEqual([
    "ngflow: the graph failed: too late",
  ]);
  expect(status).toBe(1);
});
