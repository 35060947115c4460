import { ERRNO, fromHex, PacketBatch, toHex } from "@ngflow/base";
import { type NodeType } from "@ngflow/graph";
import { createEifaceType } from "../eiface/eiface.ts";
import { createIfaceType } from "../iface/iface.ts";
import { SimulatedHost } from "../eiface/simulated-host.ts";
import { attachEther } from "../ether/attach-ether.ts";
import { SimulatedInterface } from "../ether/simulated-interface.ts";
import { BenchGraph } from "./bench-graph.ts";

/** Timers are looked at as often as in the daemon. */
const STEP_MS = 50;

/**
 * Runs a text test, `<type>.ngtest`, and returns it as it came out: what is done as it was, what follows from it as
 * observed. A test passes when that is the file itself.
 *
 * Done, one a line, from an `ngctl` that is a node of the graph:
 * - `$ mkpeer PATH TYPE HOOK PEERHOOK`, `$ connect PATH RELPATH HOOK PEERHOOK`, `$ name PATH NAME`,
 *   `$ rmhook PATH HOOK`, `$ shutdown PATH`, `$ msg PATH COMMAND [ARGS]`;
 * - `$ interface NAME` makes an Ethernet interface and its node; `$ down NAME` and `$ up NAME` configure one that a
 *   node of type eiface or iface made;
 * - `> HOOK BYTES` sends a packet out of ngctl's hook; `> NAME/wire BYTES` and `> NAME/host BYTES` send one to an
 *   interface, as its network or its host does. Bytes are hexadecimal; `00*12` repeats them;
 * - `+ MS` lets time pass;
 * - `? PATH COUNTER…` asks for counters of a node.
 *
 * Observed: `< HOOK BYTES` (or `NAME/wire`, `NAME/host`) is a packet that arrived, `= TEXT` a reply, `! NAME` an error.
 * Lines that begin with `#` are comments.
 */
export function runTextTest(text: string, types: readonly NodeType[]): string {
  const world = new TextWorld(types);
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (/^[<=!]/.test(line)) continue;
    lines.push(line);
    if (/^[$>+?] /.test(line)) lines.push(...world.run(line));
    else if (line !== "" && !line.startsWith("#")) throw new Error(`no line of a text test: ${line}`);
  }
  return lines.join("\n");
}

class TextWorld {
  readonly #bench: BenchGraph;
  readonly #interfaces = new Map<string, SimulatedInterface>();
  readonly #host = new SimulatedHost((name, batch) => this.#note(`${name}/host`)(batch));
  #arrived: string[] = [];

  constructor(types: readonly NodeType[]) {
    const { open } = this.#host;
    const played = new Map([createEifaceType(open), createIfaceType(open)].map((type) => [type.name, type]));
    this.#bench = new BenchGraph(types.map((type) => played.get(type.name) ?? type));
  }

  /** Does what a line says. Returns what could be observed. */
  run(line: string): string[] {
    const [sign, ...words] = line.split(" ");
    const result = sign === "$" ? this.#command(words) : this.#stimulus(sign!, words);
    const packets = [...this.#arrived, ...this.#bench.take()].map((packet) => `< ${packet}`);
    this.#arrived = [];
    return [...packets, ...this.#shown(result)];
  }

  #shown(result: string | number | undefined): string[] {
    if (result === undefined || result === 0) return [];
    if (typeof result === "string") return [`= ${result}`];
    return [`! ${Object.entries(ERRNO).find(([, [number]]) => number === result)?.[0] ?? result}`];
  }

  #command([verb, path, ...words]: readonly string[]): string | number | undefined {
    const [a, b, c] = words;
    const send = (args: string): number => this.#bench.socket.sendAscii(path!, verb!, args).errno;
    switch (verb) {
      case "mkpeer":
        return send(`{ type="${a}" ourhook="${b}" peerhook="${c}" }`);
      case "connect":
        return send(`{ path="${a}" ourhook="${b}" peerhook="${c}" }`);
      case "name":
        return send(`{ name="${a}" }`);
      case "rmhook":
        return send(`{ hook="${a}" }`);
      case "shutdown":
        return send("");
      case "msg":
        return this.#bench.msg(path!, a!, words.slice(1).join(" "));
      case "interface":
        this.#makeInterface(path!);
        return undefined;
      case "down":
      case "up":
        this.#host.interfaces.get(path!)!.up = verb === "up";
        return undefined;
      default:
        throw new Error(`no command of a text test: ${verb}`);
    }
  }

  #stimulus(sign: string, [first, ...words]: readonly string[]): string | number | undefined {
    const bench = this.#bench;
    if (sign === "+") {
      for (let left = Number(first); left > 0; left -= STEP_MS) {
        bench.graph.tick((bench.clock.ms += Math.min(left, STEP_MS)));
      }
      return undefined;
    }
    if (sign === "?") {
      const counters = bench.counters(first!);
      return words.map((name) => `${name}=${counters[name]}`).join(" ");
    }
    const bytes = bytesOf(words);
    const [name, end] = first!.split("/");
    const batch = PacketBatch.of(bytes, bench.clock.ms * 1000);
    const made = this.#host.interfaces.get(name!);
    const source = this.#interfaces.get(name!);
    if (made === undefined && source === undefined) return bench.socket.write(first!, bytes);
    bench.graph.run(() => {
      made?.fromHost(batch);
      if (end === "wire") source?.fromWire(batch);
      else source?.fromHost(batch);
    });
    return undefined;
  }

  /** Notes down what arrives at an end of an interface. */
  #note(place: string): (batch: PacketBatch) => void {
    return (batch) => {
      for (let i = 0; i < batch.count; i++) this.#arrived.push(`${place} ${toHex(batch.packet(i))}`);
    };
  }

  #makeInterface(name: string): void {
    const index = this.#interfaces.size + 1;
    const ends = { toWire: this.#note(`${name}/wire`), toHost: this.#note(`${name}/host`) };
    const source = new SimulatedInterface(name, index, Uint8Array.of(2, 0, 0, 0, 0, index), ends);
    attachEther(this.#bench.graph, source);
    this.#interfaces.set(name, source);
  }
}

/** The bytes of words of hexadecimal digits; `WORD*N` repeats one. */
function bytesOf(words: readonly string[]): Uint8Array {
  return fromHex(
    words
      .map((word) => {
        const [hex, times = "1"] = word.split("*");
        return hex!.repeat(Number(times));
      })
      .join(""),
  );
}
