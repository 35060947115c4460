// Runs one flow case of the golden data through a real graph: netflow nodes of profile freebsd, their hooks connected
// to sinks that record. The README of the data defines the layout of a case and the order of events at one time.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PacketBatch, parseIp } from "@ngflow/base";
import {
  createGraph,
  decodeMessage,
  encodeMessage,
  GENERIC_MESSAGES,
  HASREPLY,
  NgError,
  openControlSocket,
  READONLY,
  unparseArgs,
} from "@ngflow/graph";
import { nodeTypes } from "@ngflow/nodes";
import { staticRoutes } from "@ngflow/os";

const SHOW = 3 | READONLY | HASREPLY;

/** Packets of a classic pcap file with microsecond times, little-endian. */
function readPackets(file) {
  const b = readFileSync(file);
  const packets = [];
  for (let o = 24; o + 16 <= b.length;) {
    const length = b.readUInt32LE(o + 8);
    const timeUs = b.readUInt32LE(o) * 1_000_000 + b.readUInt32LE(o + 4);
    packets.push({ timeUs, bytes: new Uint8Array(b.subarray(o + 16, o + 16 + length)) });
    o += 16 + length;
  }
  return packets;
}

function toRoute({ family, prefix, plen, ifIndex, gateway }) {
  const bytes = (text) => (text.includes(":") ? parseIp(text) : parseIp(text).slice(12));
  const route = { family, prefix: bytes(prefix), prefixLength: plen, interfaceIndex: ifIndex };
  return gateway === undefined ? route : { ...route, gateway: bytes(gateway) };
}

/** The graph of a case and what it did. */
class System {
  nowUs = 0;
  #messages = [];

  constructor(spec, firstUs) {
    this.spec = spec;
    this.startUs = spec.startUptimeSec * 1_000_000;
    this.offsetUs = firstUs - this.startUs;
    this.nowUs = this.startUs;
    const clock = { nowMs: () => (this.nowUs + this.offsetUs) / 1000, monotonicMs: () => this.nowUs / 1000 };
    const types = nodeTypes({
      netflow: {
        profile: "freebsd",
        bootMs: this.offsetUs / 1000,
        ...(spec.routes ? { routes: staticRoutes(spec.routes.map(toRoute)) } : {}),
      },
    });
    this.netflow = types.find((type) => type.name === "netflow");
    this.graph = createGraph({
      clock,
      types: [this.netflow, ...types.filter((type) => type.name === "echo"), this.#sinkType()],
    });
    this.socket = openControlSocket(this.graph, {
      name: "golden",
      events: { onMessage: (_from, bytes) => this.#messages.push(decodeMessage(bytes)), onData: () => undefined },
    });
    this.exports = { export5: [], export9: [], "export5-second": [], "export9-second": [] };
    this.forwarded = { iface0: 0, out0: 0 };
    this.ends = new Map();
    this.#build();
  }

  /** A node whose single hook records what arrives, with `note`. */
  #sinkType() {
    return {
      name: "sink",
      cookie: 1,
      summary: "",
      hooks: [],
      messages: [],
      dropReasons: {},
      create: () => {
        const behaviour = {
          note: undefined,
          hook: undefined,
          newHook: (hook) => (behaviour.hook = hook),
          receive: (_hook, batch) => (behaviour.note?.(batch), 0),
        };
        return behaviour;
      },
    };
  }

  #build() {
    const { hooks, secondNode, out0Peer } = this.spec;
    for (const hook of hooks) {
      if (hook === "iface0") this.#firstHook("netflow");
      else if (hook === "out0" && out0Peer === "echo") this.graph.mkpeer(undefined, "netflow:", "echo", "out0", "echo");
      else if (hook === "out0" && secondNode) this.#second(secondNode);
      else this.connect(hook);
    }
  }

  #firstHook(name) {
    const sink = this.graph.addNode("sink", null, () => this.#sinkType().create());
    const node = this.graph.mkpeer(undefined, `[${sink.id.toString(16)}]:`, "netflow", "end", "iface0");
    this.graph.setName(undefined, `[${node.id.toString(16)}]:`, name);
    this.#end(sink.behaviour, "iface0");
  }

  #second({ name, conf }) {
    const node = this.graph.mkpeer(undefined, "netflow:", "netflow", "out0", "iface0");
    this.graph.setName(undefined, `[${node.id.toString(16)}]:`, name);
    for (const hook of ["out0", "export", "export9"]) this.connect(hook, name);
    this.socket.sendAscii(`${name}:`, "setconfig", `{ iface=0 conf=${conf} }`);
  }

  /** Connects a hook of a netflow node to a sink. */
  connect(hook, name = "netflow") {
    const sink = this.graph.mkpeer(undefined, `${name}:`, "sink", hook, "end");
    this.#end(sink.behaviour, hook, name === "netflow" ? "" : "-second");
  }

  #end(behaviour, hook, suffix = "") {
    if (suffix === "") this.ends.set(hook, behaviour);
    const list = { export: this.exports[`export5${suffix}`], export9: this.exports[`export9${suffix}`] }[hook];
    behaviour.note = (batch) => {
      if (list === undefined) {
        if (suffix === (this.spec.secondNode ? "-second" : "")) this.forwarded[hook] += batch.count;
        return;
      }
      for (let i = 0; i < batch.count; i++) list.push(this.#emission(batch.packet(i)));
    };
  }

  #emission(bytes) {
    return {
      uptimeSec: Math.floor(this.nowUs / 1_000_000),
      uptimeUsec: this.nowUs,
      unixSec: Math.floor((this.nowUs + this.offsetUs) / 1_000_000),
      hex: Buffer.from(bytes).toString("hex"),
    };
  }

  /** Moves the clock to an uptime, running every timer at the time it is due. */
  advance(toUs) {
    for (;;) {
      const waitMs = this.graph.tick((this.nowUs + this.offsetUs) / 1000);
      const dueUs = Math.round(this.nowUs + waitMs * 1000);
      if (dueUs > toUs) break;
      this.nowUs = dueUs;
    }
    this.nowUs = toUs;
    this.graph.tick((toUs + this.offsetUs) / 1000);
  }

  /** Delivers one packet on a hook. Returns the errno. */
  deliver(hook, bytes, rcvIfIndex, fib) {
    const batch = PacketBatch.of(bytes, this.nowUs + this.offsetUs);
    batch.rcvIfIndex[0] = rcvIfIndex;
    batch.fibs[0] = fib;
    return this.graph.run(() => this.ends.get(hook).hook.send(batch));
  }

  /** Sends an ASCII message; the reply as text. */
  ask(node, command, args = "") {
    this.#messages = [];
    const { errno } = this.socket.sendAscii(`${node}:`, command, args);
    const reply = this.#messages[0];
    const type = [...this.netflow.messages, ...GENERIC_MESSAGES].find(({ name }) => name === command)?.reply;
    return { errno, reply: reply && type ? unparseArgs(type, reply.data) : undefined };
  }

  show({ version, bucket = 0, position = 0 }) {
    this.#messages = [];
    const data = new Uint8Array(16);
    data[0] = version;
    new DataView(data.buffer).setUint32(4, bucket, true);
    new DataView(data.buffer).setUint32(8, position, true);
    const message = { cookie: this.netflow.cookie, cmd: SHOW, flags: 0, token: 1, cmdstr: "show", data };
    const errno = this.socket.send("netflow:", encodeMessage(message));
    return { errno, data: this.#messages[0]?.data };
  }

  shutdown(name) {
    try {
      this.graph.shutdown(undefined, `${name}:`);
    } catch (error) {
      // It may have ended with its last hook, when the first node ended.
      if (!(error instanceof NgError)) throw error;
    }
  }
}

/** The wall clock at the start of a case. */
function firstTimeUs(packets) {
  return packets[0]?.timeUs ?? 0;
}

function eventsOf(spec, packets) {
  const firstUs = firstTimeUs(packets);
  const startUs = spec.startUptimeSec * 1_000_000;
  const events = (spec.messages ?? []).map((message) => ({ atUs: Math.round(message.atUptimeSec * 1e6), message }));
  for (const [index, packet] of packets.entries()) {
    events.push({ atUs: startUs + packet.timeUs - firstUs, packet, index });
  }
  return events.sort((a, b) => a.atUs - b.atUs || Number(a.packet !== undefined) - Number(b.packet !== undefined));
}

/** Runs a case directory. Returns everything its expectation files state. */
export function runCase(directory) {
  const spec = JSON.parse(readFileSync(join(directory, "case.json"), "utf8"));
  const packets = readPackets(join(directory, "in.pcap"));
  const system = new System(spec, firstTimeUs(packets));
  const deliveryResults = {};
  const messageResults = [];
  for (const { atUs, message, packet, index } of eventsOf(spec, packets)) {
    system.advance(atUs);
    if (message !== undefined) takeMessage(system, message, messageResults);
    else deliverPacket(system, spec, packet.bytes, index, deliveryResults);
  }
  system.advance(Math.round(spec.endUptimeSec * 1e6));
  const names = spec.secondNode ? ["netflow", spec.secondNode.name] : ["netflow"];
  const replies = names.map((name) => ({
    infoReply: system.ask(name, "info").reply,
    ifinfoReply: system.ask(name, "ifinfo", "0").reply,
    v9infoReply: system.ask(name, "v9info").reply,
  }));
  for (const name of names) system.shutdown(name);
  return { exports: system.exports, forwarded: system.forwarded, deliveryResults, messageResults, replies };
}

function takeMessage(system, message, results) {
  if (message.op === "rmhook") system.graph.rmhook(undefined, "netflow:", message.hook);
  else if (message.op === "connect") system.connect(message.hook);
  else if (message.op === "show") results.push({ cmd: "show", ...system.show(message) });
  else if (message.op !== "msg") throw new Error(`case.json: messages: unknown op ${JSON.stringify(message.op)}`);
  else results.push({ cmd: message.cmd, ...system.ask(message.node ?? "netflow", message.cmd, message.args ?? "") });
}

function deliverPacket(system, spec, bytes, index, results) {
  const hook = spec.directions?.[index] ?? "iface0";
  const rcvIfIndex = spec.rcvIfIndexPerPacket?.[index] ?? spec.rcvIfIndex ?? 0;
  const fib = spec.fibPerPacket?.[index] ?? 0;
  const increment = spec.increment?.[index];
  const times = increment?.count ?? spec.repeat?.[index] ?? 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let n = 0; n < times; n++) {
    if (increment && n > 0) view.setUint32(increment.offset, (view.getUint32(increment.offset) + 1) >>> 0);
    const errno = system.deliver(hook, bytes, rcvIfIndex, fib);
    results[errno] = (results[errno] ?? 0) + 1;
  }
}

/** Whether a directory is a flow case. */
export function isCase(directory) {
  return existsSync(join(directory, "case.json")) && existsSync(join(directory, "in.pcap"));
}
