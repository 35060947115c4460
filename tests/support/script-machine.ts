import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { must, NGCTL, NGHOOK, run } from "./command.ts";
import { type Host, TwoHosts } from "./hosts.ts";

const PINGS = 12;
/** Looks, 20 ms apart, for pings that are late. */
const PATIENCE = 100;
/** Looks that find no more pings, after which no more come. */
const SETTLED = 4;

/** Programs of FreeBSD that the scripts call, as far as they matter here. `$0.log` gets the status of each ngctl. */
const SHIMS: Readonly<Record<string, string>> = {
  ngctl: `${NGCTL.join(" ")} --control "$CONTROL" "$@"; s=$?; echo $s >> "$0.log"; exit $s`,
  nghook: `exec ${NGHOOK.join(" ")} --control "$CONTROL" "$@"`,
  ifconfig: `case "$2" in
    [0-9]*) ip address replace "$2" peer "$3" dev "$1" && ip link set "$1" up ;;
    *) ip link show dev "$1" > /dev/null 2>&1 ;;
  esac`,
  // The jails of a script share its namespace.
  jail: "exit 0",
  route: "exit 0",
  ipfw: "exit 0",
  // A script that sleeps never ends: it has done each of its steps once.
  sleep: 'kill "$PPID"',
  kldstat: "exit 1",
  kldload: "exit 0",
  jexec: 'shift; exec "$@"',
  himage: 'shift; exec "$@"',
  sudo: 'exec "$@"',
};

const RC_SUBR = `load_rc_config() { :; }
err() { exit "$1"; }
run_rc_command() { eval "\\\${\${1}_precmd}" || return; eval "_cmd=\\\${\${1}_cmd}"; eval "$_cmd"; }
`;

/** An interface as `ip -j` prints it. */
interface Link {
  readonly ifname: string;
  readonly address: string;
}

/** The IPv4 address of a host on the n-th cable, from 0. */
export function addressOf(host: Host, index: number): string {
  return host.ipv4.replace("10.77", `10.${77 + index}`);
}

/** Runs lines of `ip` on a host. */
function batch(host: Host, lines: readonly string[]): void {
  must(["ip", "-n", host.namespace, "-batch", "-"], { input: lines.map((line) => `${line}\n`).join("") });
}

/** Two hosts that are connected by each of the interfaces, with fixed neighbours, so that only the pings are sent. */
export function connect(devices: readonly string[]): TwoHosts {
  const two = new TwoHosts(devices[0] ?? "em0");
  const sides = [two.left, two.right] as const;
  const right = two.right.namespace;
  const more = devices.slice(1);
  batch(
    two.left,
    more.map((device) => `link add ${device} type veth peer name ${device} netns ${right}`),
  );
  for (const host of sides)
    batch(
      host,
      more.flatMap((device, i) => [`address add ${addressOf(host, i + 1)}/24 dev ${device}`, `link set ${device} up`]),
    );
  const shown = sides.map(
    ({ namespace }) => JSON.parse(must(["ip", "-n", namespace, "-j", "link", "show"])) as readonly Link[],
  );
  for (const [side, host] of sides.entries()) {
    const other = 1 - side;
    const macs = new Map(shown[other]!.map(({ ifname, address }) => [ifname, address]));
    batch(
      host,
      devices.map(
        (device, i) =>
          `neigh replace ${addressOf(sides[other]!, i)} lladdr ${macs.get(device)} nud permanent dev ${device}`,
      ),
    );
    const quiet = devices.map((device) => `net.ipv6.conf.${device}.disable_ipv6=1`);
    must(host.exec(["sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1", ...quiet]));
  }
  must(["ip", "-n", two.left.namespace, "route", "add", "default", "via", two.right.ipv4]);
  return two;
}

/**
 * Writes a script of FreeBSD into a folder, with the programs that it calls. They speak with the daemon whose control
 * socket is `control.sock` there, and write the status of each ngctl as a line of `bin/ngctl.log`.
 * @param script its file
 * @param set values of shell variables
 * @returns the words that run it
 */
export function prepare(
  folder: string,
  script: string,
  args: readonly string[],
  set: Readonly<Record<string, string>>,
): string[] {
  const file = join(folder, basename(script));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const [program, body] of Object.entries(SHIMS)) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, program), 0o755);
  }
  writeFileSync(join(folder, "rc.subr"), RC_SUBR);
  const text = readFileSync(script, "utf8")
    .replaceAll(/\/(?:usr\/)?s?bin\/(ngctl|kldload|ifconfig|ipfw)/g, "$1")
    .replaceAll("/usr/bin/", "")
    .replaceAll(/\/(?:var\/)?(?:tmp|log)\//g, `${folder}/`)
    .replaceAll("/etc/rc.subr", join(folder, "rc.subr"));
  writeFileSync(file, text);
  const values = Object.entries(set).map(([variable, value]) => `${variable}=${value}`);
  const env = [`PATH=${bin}:${process.env["PATH"]}`, `CONTROL=${join(folder, "control.sock")}`, ...values];
  return ["env", ...env, ...wordsOf(file, bin, args)];
}

/** The words that run a file: sh runs a script, ngctl reads its own lines, of a session those after its prompt. */
function wordsOf(file: string, bin: string, args: readonly string[]): string[] {
  if (file.endsWith(".sh")) return ["sh", file, ...args];
  if (file.endsWith(".txt")) {
    const typed = readFileSync(file, "utf8").match(/^\+ .*\n/gm) ?? [];
    writeFileSync(file, typed.join(""));
  }
  return [join(bin, "ngctl"), "-f", file];
}

/** Counters of /proc/net/snmp: echo requests, and datagrams to a port where nothing listens. */
const ECHOES = { protocol: "Icmp", counter: "InEchos" };
export const DATAGRAMS = { protocol: "Udp", counter: "NoPorts" };

/** What the namespace of a process counted. */
function counted(pid: number, { protocol, counter }: typeof ECHOES): number {
  const lines = readFileSync(`/proc/${pid}/net/snmp`, "utf8").split("\n");
  const [names = "", values = ""] = lines.filter((line) => line.startsWith(`${protocol}: `));
  return Number(values.split(" ")[names.split(" ").indexOf(counter)]);
}

/**
 * How many times each ping arrives at a neighbour on average, once no more come.
 * @param toPid a process in the namespace of the neighbour
 * @param address of the neighbour
 * @param expected times; until so many have come, it waits for up to 2 s
 * @param as what they arrive as
 */
export async function arrivals(
  from: Host,
  toPid: number,
  address: string,
  expected: number,
  as = ECHOES,
): Promise<number> {
  const before = counted(toPid, as);
  run(from.exec(["ping", "-q", "-i", "0.01", "-W", "0.1", "-c", String(PINGS), address]));
  let found = counted(toPid, as) - before;
  for (let looks = 0, same = 0; looks < PATIENCE && (same < SETTLED || found < expected * PINGS); looks++) {
    const seen = found;
    await setTimeout(20);
    found = counted(toPid, as) - before;
    same = found === seen ? same + 1 : 0;
  }
  return found / PINGS;
}
