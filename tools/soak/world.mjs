// The soak's network: two namespaces joined by two cables, a generator at one end and the daemon at the other.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { uniform } from "../../bench/export/flows.mjs";
import { makeTrace } from "../../bench/export/trace.mjs";
import { root } from "../workspaces.mjs";

/** Packets of 20,000 flows, small enough to be replayed from memory. */
const TRACE = { packets: 400_000, seconds: 1, draw: () => uniform({ flows: 20_000, seed: 3 }) };
const PACKETS_PER_SECOND = 15_000;

/** Why the network cannot be created here; undefined if it can. */
export function absent() {
  if (process.platform !== "linux" || process.getuid() !== 0) return "network namespaces need root on Linux";
  const programs = ["ip", "tcpreplay", "sysctl"];
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  const lacking = programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return lacking.length === 0 ? undefined : `not installed: ${lacking.join(", ")}`;
}

function must(...words) {
  const { status, stderr } = spawnSync(words[0], words.slice(1), { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
}

export class World {
  constructor(folder) {
    this.trace = makeTrace("soak", folder, TRACE).path;
    this.names = ["meter", "generator"].map((end) => `ngflow-soak-${process.pid}-${end}`);
    const [meter, generator] = this.names;
    try {
      for (const name of this.names) {
        must("ip", "netns", "add", name);
        // Only the generator's packets may be on the cables.
        must("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
      }
      for (const device of ["eth0", "eth1"]) {
        must("ip", "-n", meter, "link", "add", device, "type", "veth", "peer", "name", device, "netns", generator);
      }
      for (const name of this.names) {
        for (const device of ["lo", "eth0", "eth1"]) must("ip", "-n", name, "link", "set", device, "up");
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  meter(words) {
    return ["ip", ["netns", "exec", this.names[0], ...words]];
  }

  generator(words) {
    return ["ip", ["netns", "exec", this.names[1], ...words]];
  }

  /** Callers of the console at an address; `stop` ends them and resolves to what they counted. */
  callers(url) {
    const [command, args] = this.meter([process.execPath, join(root, "tools/soak/callers.mjs"), url]);
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let stopped;
    return {
      stop: () =>
        (stopped ??= new Promise((resolve) => {
          child.once("message", resolve);
          child.once("exit", () => resolve(undefined));
          // Longer than a request may take. Asked so, it says what it waits for.
          setTimeout(() => child.kill(), 40_000).unref();
          if (child.connected) child.send("stop");
        })),
    };
  }

  /** The answer of the console to a GET. */
  get(url) {
    const [command, args] = this.meter([process.execPath, join(root, "tests/support/fetch.mjs"), url]);
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 60_000 });
    if (status !== 0) throw new Error(`${url}: ${stderr}`);
    return JSON.parse(stdout);
  }

  remove() {
    for (const name of this.names) spawnSync("ip", ["netns", "delete", name]);
  }
}

/** How much longer than asked it may take. */
const LATE_SECONDS = 20;

/** Packets on one cable for so many seconds. */
export class Traffic {
  #child;
  #output = "";
  #ended;

  constructor(world, device, seconds) {
    const pace = [`--pps=${PACKETS_PER_SECOND}`, "--loop=1000000", `--duration=${seconds}`];
    const [command, args] = world.generator(["tcpreplay", "-K", ...pace, "-i", device, world.trace]);
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on("data", (chunk) => (this.#output += chunk));
    this.#ended = new Promise((resolve) => this.#child.once("exit", resolve));
    // On a slow machine it may not see its own end; interrupted, it still says what it sent.
    const late = setTimeout(() => this.#child.kill("SIGINT"), (seconds + LATE_SECONDS) * 1000);
    this.#child.once("exit", () => clearTimeout(late));
  }

  /** Packets sent. */
  async ended() {
    await this.#ended;
    const sent = /Successful packets:\s+(\d+)/.exec(this.#output);
    if (sent === null) throw new Error(`tcpreplay: ${this.#output}`);
    return Number(sent[1]);
  }

  stop() {
    if (this.#child.exitCode === null) this.#child.kill();
  }
}
