import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import { createGraph, type Graph, NgError, openControlSocket, unparseArgs } from "@ngflow/graph";
import { beforeEach, describe, expect, it } from "vitest";
import { hub } from "../hub/hub.ts";
import { type AttachedEther, attachEther } from "./attach-ether.ts";
import { ether } from "./ether.ts";
import type { EtherInterface, EtherSink } from "./ether-interface.ts";
import { etherNodeName } from "./node-name.ts";
import { SimulatedInterface } from "./simulated-interface.ts";

const CLOCK = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 };
const RECEIVED = "02000000001102000000009908000001";
const SENT = "02000000009902000000001108000001";
const MAC = fromHex("020000000011");

/** One machine: interface em0, and a control program with the node `ngctl`. */
class Machine {
  readonly graph: Graph = createGraph({ clock: CLOCK, types: [ether, hub] });
  readonly events: string[] = [];
  readonly em0 = new SimulatedInterface("em0", 1, MAC, {
    toWire: (batch) => this.#note("wire", batch),
    toHost: (batch) => this.#note("host", batch),
  });
  readonly attached: AttachedEther = attachEther(this.graph, this.em0)!;
  readonly replies: string[] = [];
  readonly control = openControlSocket(this.graph, {
    name: "ngctl",
    events: {
      onMessage: (_from, message) => this.replies.push(this.#text(message)),
      onData: (hook, packet) => this.events.push(`${hook} ${toHex(packet)}`),
    },
  });

  #note(end: string, batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.events.push(`${end} ${toHex(batch.packet(i))}`);
  }

  #text(message: Uint8Array): string {
    const cmd = new DataView(message.buffer, message.byteOffset).getUint32(8, true);
    const { reply } = ether.messages.find((descriptor) => descriptor.cmd === cmd)!;
    return unparseArgs(reply!, message.subarray(56));
  }

  get ngctl() {
    return this.graph.node(this.control.nodeId)!;
  }

  connect(own: string, hook: string): void {
    this.graph.connect(this.ngctl, ".", "em0:", own, hook);
  }

  rx(hex: string): string[] {
    return this.#during(() => this.em0.fromWire(PacketBatch.of(fromHex(hex))));
  }

  tx(hex: string): string[] {
    return this.#during(() => this.em0.fromHost(PacketBatch.of(fromHex(hex))));
  }

  write(hook: string, hex: string): string[] | number {
    let errno = 0;
    const events = this.#during(() => {
      errno = this.control.write(hook, fromHex(hex));
    });
    return errno === 0 ? events : errno;
  }

  msg(command: string, args = ""): string | number {
    this.replies.length = 0;
    const { errno } = this.control.sendAscii("em0:", command, args);
    return errno === 0 ? this.replies.join() : errno;
  }

  #during(task: () => void): string[] {
    this.events.length = 0;
    this.graph.run(task);
    return [...this.events];
  }
}

function errnoOf(task: () => unknown): number {
  try {
    task();
    return 0;
  } catch (error) {
    if (error instanceof NgError) return error.errno;
    throw error;
  }
}

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});

describe("frames of an ether node", () => {
  it("pass untouched while nothing is connected", () => {
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
    expect(machine.tx(SENT)).toEqual([`wire ${SENT}`]);
  });

  it("that are received go to lower only, sent ones pass", () => {
    machine.connect("l", "lower");
    expect(machine.rx(RECEIVED)).toEqual([`l ${RECEIVED}`]);
    expect(machine.tx(SENT)).toEqual([`wire ${SENT}`]);
    expect(machine.write("l", SENT)).toEqual([`wire ${SENT}`]);
  });

  it("that are sent go to upper only, received ones pass", () => {
    machine.connect("u", "upper");
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
    expect(machine.tx(SENT)).toEqual([`u ${SENT}`]);
    expect(machine.write("u", RECEIVED)).toEqual([`host ${RECEIVED}`]);
  });

  it("go both ways through a hub between lower and upper", () => {
    machine.graph.mkpeer(undefined, "em0:", "hub", "lower", "a");
    machine.graph.connect(undefined, "em0:", "em0:lower", "upper", "b");
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
    expect(machine.tx(SENT)).toEqual([`wire ${SENT}`]);
  });

  it("of unknown type go to orphans, unless lower took them", () => {
    const unknown = "02000000001102000000009988b50001";
    machine.connect("o", "orphans");
    expect(machine.rx(unknown)).toEqual([`o ${unknown}`]);
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
    expect(machine.write("o", SENT)).toEqual([`wire ${SENT}`]);
    machine.connect("l", "lower");
    expect(machine.rx(unknown)).toEqual([`l ${unknown}`]);
    machine.connect("u", "upper");
    expect(machine.write("u", unknown)).toEqual([`o ${unknown}`]);
    const mixed = new PacketBatch(3, fromHex(`${unknown}${RECEIVED}00`));
    mixed.push(0, 16, 16, 0);
    mixed.push(16, 16, 16, 0);
    mixed.push(32, 1, 1, 0);
    machine.events.length = 0;
    expect(machine.ngctl.hooks.get("u")!.send(mixed)).toBe(22);
    expect(machine.events).toEqual([`o ${unknown}`, `host ${RECEIVED}`]);
  });

  it("shorter than a header are refused with EINVAL, whole ones of the same batch are not", () => {
    machine.connect("l", "lower");
    machine.connect("u", "upper");
    expect(machine.write("l", "0102030405")).toBe(22);
    expect(machine.write("u", "0102030405")).toBe(22);
    const both = new PacketBatch(2, fromHex(`0102${SENT}`));
    both.push(0, 2, 2, 0);
    both.push(2, SENT.length / 2, SENT.length / 2, 0);
    machine.events.length = 0;
    expect(machine.ngctl.hooks.get("l")!.send(both)).toBe(22);
    expect(machine.events).toEqual([`wire ${SENT}`]);
  });

  it("are refused with ENETDOWN while the interface is down, towards the wire only", () => {
    machine.connect("l", "lower");
    machine.connect("u", "upper");
    machine.em0.setUp(false);
    expect(machine.write("l", SENT)).toBe(50);
    expect(machine.write("u", RECEIVED)).toEqual([`host ${RECEIVED}`]);
  });

  it("get the interface's address with autosrc", () => {
    machine.connect("l", "lower");
    expect(machine.msg("setautosrc", "1")).toBe("");
    expect(machine.write("l", "02000000009902000000005508000008")).toEqual(["wire 02000000009902000000001108000008"]);
    expect(machine.write("l", "0102030405")).toBe(22);
  });

  it("pass again after the last hook is gone", () => {
    machine.connect("l", "lower");
    machine.graph.rmhook(machine.ngctl, ".", "l");
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
  });
});

describe("hooks of an ether node", () => {
  it("have four names, and lower and divert are one", () => {
    expect(errnoOf(() => machine.connect("x", "orphan"))).toBe(22);
    expect(errnoOf(() => machine.connect("x", ""))).toBe(22);
    machine.connect("l", "lower");
    expect(errnoOf(() => machine.connect("d", "divert"))).toBe(56);
    expect(errnoOf(() => machine.connect("d", "lower"))).toBe(17);
    machine.graph.rmhook(machine.ngctl, ".", "l");
    machine.connect("d", "divert");
    expect(machine.rx(RECEIVED)).toEqual([`d ${RECEIVED}`]);
    expect(errnoOf(() => machine.connect("l", "lower"))).toBe(56);
    expect([...machine.attached.node.hooks.keys()]).toEqual(["divert"]);
  });

  it("cannot be had through mkpeer of an ether", () => {
    expect(errnoOf(() => machine.graph.mkpeer(undefined, "em0:", "ether", "lower", "x"))).toBe(22);
  });
});

describe("messages of an ether node", () => {
  it.each([
    ["getifname", '"em0"'],
    ["getifindex", "1"],
    ["getenaddr", "02:00:00:00:00:11"],
    ["getpromisc", "0"],
    ["getautosrc", "0"],
  ])("%s answers %s", (command, reply) => {
    expect(machine.msg(command)).toBe(reply);
  });

  it("set the address", () => {
    expect(machine.msg("setenaddr", "2:0:0:0:0:33")).toBe("");
    expect(machine.msg("getenaddr")).toBe("02:00:00:00:00:33");
  });

  it("join and leave groups", () => {
    expect(machine.msg("addmulti", "01:00:5e:00:00:01")).toBe("");
    expect(machine.msg("addmulti", "01:00:5e:00:00:01")).toBe(48);
    expect(machine.msg("addmulti", "02:00:5e:00:00:01")).toBe(22);
    expect(machine.msg("delmulti", "01:00:5e:00:00:01")).toBe("");
    expect(machine.msg("delmulti", "01:00:5e:00:00:01")).toBe(2);
  });

  it("switch promiscuous mode, which ends with the last hook; autosrc stays", () => {
    machine.connect("l", "lower");
    machine.msg("setautosrc", "7");
    expect(machine.msg("setpromisc", "1")).toBe("");
    expect([machine.em0.promiscuous, machine.msg("getpromisc")]).toEqual([true, "1"]);
    machine.graph.rmhook(machine.ngctl, ".", "l");
    expect([machine.em0.promiscuous, machine.msg("getpromisc")]).toEqual([false, "0"]);
    expect(machine.msg("getautosrc")).toBe("1");
  });

  it("of wrong size or unknown number are refused with EINVAL", () => {
    const raw = (cmd: number, data: Uint8Array): number => {
      const message = new Uint8Array(56 + data.length);
      const view = new DataView(message.buffer);
      message[0] = 8;
      view.setUint32(4, data.length, true);
      view.setUint32(8, cmd, true);
      view.setUint32(20, ether.cookie, true);
      message.set(data, 56);
      return machine.control.send("em0:", message);
    };
    expect(raw(6, new Uint8Array(2))).toBe(22);
    expect(raw(4, new Uint8Array(5))).toBe(22);
    expect(raw(99, new Uint8Array(0))).toBe(22);
    expect(raw(6, new Uint8Array(4))).toBe(0);
  });

  it("that an interface cannot honour are refused with EOPNOTSUPP", () => {
    const bare: EtherInterface = {
      name: "em1",
      index: 2,
      mac: MAC,
      isUp: () => true,
      start: () => {},
      stop: () => {},
      stats: () => ({ packetsSeen: 0, packetsDropped: 0, freezes: 0 }),
    };
    attachEther(machine.graph, bare);
    for (const [command, args] of [
      ["setpromisc", "1"],
      ["setenaddr", "2:0:0:0:0:1"],
      ["addmulti", "1:0:0:0:0:1"],
    ] as const) {
      expect(machine.control.sendAscii("em1:", command, args).errno).toBe(45);
    }
  });

  it("detach destroys the node, and traffic goes on", () => {
    machine.connect("l", "lower");
    expect(machine.msg("detach")).toBe("");
    expect(errnoOf(() => machine.graph.resolve(undefined, "em0:"))).toBe(2);
    expect(machine.ngctl.hooks.size).toBe(0);
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
    machine.attached.remove();
  });
});

describe("life of an ether node", () => {
  it("goes on after shutdown, without hooks", () => {
    machine.connect("l", "lower");
    machine.graph.shutdown(undefined, "em0:");
    expect(machine.graph.resolve(undefined, "em0:")).toBe(machine.attached.node);
    expect(machine.attached.node.hooks.size).toBe(0);
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
  });

  it("ends with the interface", () => {
    machine.connect("l", "lower");
    machine.attached.remove();
    expect(errnoOf(() => machine.graph.resolve(undefined, "em0:"))).toBe(2);
    expect(machine.rx(RECEIVED)).toEqual([`host ${RECEIVED}`]);
  });

  it("follows a renamed interface where the name is free", () => {
    const source = new (class extends SimulatedInterface {
      override name = "em5";
    })("em5", 5, MAC);
    const attached = attachEther(machine.graph, source)!;
    source.name = "em0";
    attached.renamed();
    expect(attached.node.name).toBe("em5");
    source.name = "lan.5";
    attached.renamed();
    expect(attached.node.name).toBe("lan_5");
  });

  it("does not begin when the name is taken", () => {
    expect(attachEther(machine.graph, new SimulatedInterface("em0", 9, MAC))).toBeUndefined();
    expect(etherNodeName("em0.100:1")).toBe("em0_100_1");
  });

  it("tells lower and orphans of link changes", () => {
    const heard: string[] = [];
    const listener = openControlSocket(machine.graph, {
      events: {
        onMessage: (from, message) => heard.push(`${from} ${new DataView(message.buffer).getUint32(8, true)}`),
        onData: () => {},
      },
    });
    machine.graph.connect(machine.graph.node(listener.nodeId), ".", "em0:", "l", "lower");
    machine.attached.linkState(false);
    machine.attached.linkState(true);
    expect(heard).toEqual([
      `[${machine.attached.node.id.toString(16)}]: 33`,
      `[${machine.attached.node.id.toString(16)}]: 32`,
    ]);
  });
});

describe("an interface that only observes", () => {
  class Observed extends SimulatedInterface {
    opened = 0;
    refuse = false;
    heard: EtherSink | undefined;
    override start(sink: EtherSink): void {
      if (this.refuse) throw new NgError("EPERM");
      this.opened++;
      this.heard = sink;
    }
    override stop(): void {
      this.opened--;
      this.heard = undefined;
    }
  }

  let eth0: Observed;
  let node: AttachedEther;
  beforeEach(() => {
    eth0 = new Observed("eth0", 3, MAC);
    Object.assign(eth0, { transmit: undefined, inject: undefined });
    node = attachEther(machine.graph, eth0)!;
  });

  it("is open only while something is connected", () => {
    expect(eth0.opened).toBe(0);
    machine.graph.connect(machine.ngctl, ".", "eth0:", "l", "lower");
    machine.graph.connect(machine.ngctl, ".", "eth0:", "u", "upper");
    expect(eth0.opened).toBe(1);
    machine.graph.rmhook(machine.ngctl, ".", "l");
    expect(eth0.opened).toBe(1);
    machine.graph.rmhook(machine.ngctl, ".", "u");
    expect(eth0.opened).toBe(0);
  });

  it("that refuses to open makes the connect fail with its errno", () => {
    eth0.refuse = true;
    expect(errnoOf(() => machine.graph.connect(machine.ngctl, ".", "eth0:", "l", "lower"))).toBe(1);
    expect(node.node.hooks.size).toBe(0);
    eth0.refuse = false;
    machine.graph.connect(machine.ngctl, ".", "eth0:", "l", "lower");
    expect(eth0.opened).toBe(1);
  });

  it("asks for promiscuous mode again when it opens", () => {
    machine.control.sendAscii("eth0:", "setpromisc", "1");
    expect(eth0.promiscuous).toBe(false);
    machine.graph.connect(machine.ngctl, ".", "eth0:", "l", "lower");
    expect(eth0.promiscuous).toBe(true);
  });

  it("counts every frame: seen, of an unconnected direction, or a copy sent back", () => {
    machine.graph.connect(machine.ngctl, ".", "eth0:", "l", "lower");
    eth0.heard!.received(PacketBatch.of(fromHex(RECEIVED)));
    eth0.heard!.sent(PacketBatch.of(fromHex(SENT)));
    expect(machine.control.write("l", fromHex(RECEIVED))).toBe(0);
    expect(node.node.behaviour.counters!()).toMatchObject({
      packetsSeen: 1,
      bytesSeen: 16,
      packetsReceived: 1,
      packetsSent: 1,
      hookNotConnected: 1,
      discardedInObserveMode: 1,
    });
  });
});
