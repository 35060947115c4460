import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createGraph, type Graph, NgError, openControlSocket, unparseArgs } from "@ngflow/graph";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DatagramSocket } from "@ngflow/os";
import { parseHookName } from "./hook-name.ts";
import type { SocketKind } from "./host-socket.ts";
import { createKsocketType, ksocket } from "./ksocket.ts";

const CLOCK = { nowMs: () => 1_700_000_000_000.5, monotonicMs: () => 0 };

function errnoOf(task: () => unknown): number {
  try {
    task();
    return 0;
  } catch (error) {
    if (error instanceof NgError) return error.errno;
    throw error;
  }
}

/** A graph with the control program's node and what came back to it. */
function makeGraph(type = ksocket) {
  const graph: Graph = createGraph({ clock: CLOCK, types: [type] });
  const replies: string[] = [];
  const data: string[] = [];
  const control = openControlSocket(graph, {
    name: "ngctl",
    events: {
      onMessage(_from, message) {
        const cmd = new DataView(message.buffer, message.byteOffset).getUint32(8, true);
        const { reply } = type.messages.find((descriptor) => descriptor.cmd === cmd)!;
        replies.push(unparseArgs(reply!, message.subarray(56)));
      },
      onData: (hook, packet) => data.push(`${hook} ${new TextDecoder().decode(packet)}`),
    },
  });
  const ngctl = graph.node(control.nodeId)!;
  return {
    graph,
    control,
    data,
    ngctl,
    mkpeer: (hook: string, name: string) => errnoOf(() => graph.mkpeer(ngctl, ".", "ksocket", hook, name)),
    msg(path: string, command: string, args = ""): string | number {
      replies.length = 0;
      const { errno } = control.sendAscii(path, command, args);
      return errno === 0 ? replies.join() : errno;
    },
    write: (hook: string, text: string) => control.write(hook, new TextEncoder().encode(text)),
    counters: (path: string) => graph.resolve(ngctl, path).behaviour.counters!(),
  };
}

describe("hook names", () => {
  it.each([
    ["inet/dgram/udp", 2, 2, 17],
    ["inet/stream/tcp", 2, 1, 6],
    ["inet6/dgram/17", 28, 2, 17],
    ["28/2/17", 28, 2, 17],
    ["local/stream/0", 1, 1, 0],
    ["inet/raw/divert", 2, 3, 258],
    ["inet/dgram/", 2, 2, 0],
    ["inet/dgram/017", 2, 2, 17],
    ["inet//udp", 2, 0, 17],
  ])("%s is a socket", (name, family, type, protocol) => {
    expect(parseHookName(name)).toEqual({ family, type, protocol });
  });

  it.each([
    "inet6/dgram/udp",
    "inet/dgram",
    "inet",
    "",
    "inet/dgram/udp/x",
    "foo/dgram/udp",
    "inet/foo/udp",
    "inet/dgram/foo",
    "inet/dgram/0x11",
    "INET/dgram/udp",
    "inet/dgram/toString",
  ])("%s is EINVAL", (name) => {
    expect(errnoOf(() => parseHookName(name))).toBe(22);
  });
});

describe("a ksocket node", () => {
  let world: ReturnType<typeof makeGraph>;
  beforeEach(() => {
    world = makeGraph();
  });
  const open: Socket[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
    world.control.close();
  });

  async function collector(type: "udp4" | "udp6", host: string) {
    const socket = createSocket(type);
    open.push(socket);
    const got: string[] = [];
    socket.on("message", (bytes) => got.push(bytes.toString()));
    socket.bind(0, host);
    await once(socket, "listening");
    return { socket, got, port: socket.address().port };
  }

  it("sends packets of its hook to its peer", async () => {
    const { got, port } = await collector("udp4", "127.0.0.1");
    expect(world.mkpeer("s", "inet/dgram/udp")).toBe(0);
    expect(world.msg("s", "connect", `inet/127.0.0.1:${port}`)).toBe("");
    expect(world.write("s", "hello")).toBe(0);
    expect(world.msg("s", "getpeername")).toBe(`inet/127.0.0.1:${port}`);
    expect(world.msg("s", "getname")).toMatch(/^inet\/127\.0\.0\.1:\d+$/);
    await vi.waitFor(() => expect(got).toEqual(["hello"]));
    expect(world.counters("s")).toMatchObject({ datagramsSent: 1, bytesSent: 5, sendErrors: 0 });
  });

  it("sends everything written in one operation together, in order", async () => {
    const { got, port } = await collector("udp4", "127.0.0.1");
    world.mkpeer("s", "inet/dgram/udp");
    world.msg("s", "connect", `inet/127.0.0.1:${port}`);
    world.graph.run(() => {
      for (let i = 0; i < 20; i++) world.write("s", `${i}`);
      expect(world.counters("s")["datagramsSent"]).toBe(0);
    });
    expect(world.counters("s")["datagramsSent"]).toBe(20);
    await vi.waitFor(() => expect(got).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`)));
  });

  it("speaks IPv6 through the generic form", async () => {
    const { got, port } = await collector("udp6", "::1");
    world.mkpeer("s", "inet6/dgram/17");
    const data = `${port >>> 8} ${port & 255} 21=1`;
    expect(world.msg("s", "connect", `{ len=28 family=28 data=[ ${data} ] }`)).toBe("");
    world.write("s", "six");
    await vi.waitFor(() => expect(got).toEqual(["six"]));
    expect(world.msg("s", "getpeername")).toContain("len=28 family=28");
    expect(world.msg("s", "connect", "inet/127.0.0.1:9")).toBe(47);
  });

  it("hands arriving datagrams to its hook", async () => {
    const { socket, port } = await collector("udp4", "127.0.0.1");
    world.mkpeer("s", "inet/dgram/udp");
    world.msg("s", "bind", "inet/127.0.0.1");
    world.msg("s", "connect", `inet/127.0.0.1:${port}`);
    const local = Number((world.msg("s", "getname") as string).split(":")[1]);
    socket.send("in", local, "127.0.0.1");
    await vi.waitFor(() => expect(world.data).toEqual(["s in"]));
    expect(world.counters("s")).toMatchObject({ datagramsReceived: 1, bytesReceived: 2 });
  });

  it("sends what is queued when it ends, and ends with its hook", async () => {
    const { got, port } = await collector("udp4", "127.0.0.1");
    world.mkpeer("s", "inet/dgram/udp");
    world.msg("s", "connect", `inet/127.0.0.1:${port}`);
    world.graph.run(() => {
      world.write("s", "last");
      world.graph.rmhook(world.ngctl, ".", "s");
    });
    expect([...world.graph.nodes()].map((node) => node.type.name)).toEqual(["socket"]);
    await vi.waitFor(() => expect(got).toEqual(["last"]));
  });

  it("accepts one hook only", () => {
    world.mkpeer("s", "inet/dgram/udp");
    expect(errnoOf(() => world.graph.connect(world.ngctl, ".", "s", "t", "inet/dgram/udp"))).toBe(17);
    expect(errnoOf(() => world.graph.connect(world.ngctl, ".", "s", "t", "inet/dgram/17"))).toBe(56);
  });

  it.each([
    ["inet/stream/udp", 43],
    ["inet/dgram/tcp", 43],
    ["inet/rdm/0", 41],
    ["inet//udp", 43],
    ["inet/2050/udp", 43],
    ["local/stream/1", 43],
    ["local/raw/0", 41],
    ["inet/raw/divert", 43],
    ["inet6/raw/258", 43],
    ["inet/stream/262", 43],
    ["atm/dgram/0", 47],
    ["17/raw/0", 47],
    ["inet6/dgram/udp", 22],
  ])("of kind %s is refused with %i and leaves nothing behind", (name, errno) => {
    expect(world.mkpeer("s", name)).toBe(errno);
    expect([...world.graph.nodes()].map((node) => node.type.name)).toEqual(["socket"]);
    expect(world.ngctl.hooks.size).toBe(0);
  });

  it("refuses what a datagram socket cannot do", () => {
    world.mkpeer("s", "inet/dgram/udp");
    expect(world.msg("s", "listen", "5")).toBe(45);
    expect(world.msg("s", "accept")).toBe(22);
    expect(world.msg("s", "getpeername")).toBe(57);
    expect(world.msg("s", "bind", "inet/127.0.0.1:0")).toBe("");
    expect(world.msg("s", "bind", "inet/127.0.0.1:0")).toBe(22);
    expect(world.msg("s", "connect", 'local/"/tmp/x"')).toBe(47);
    expect(world.msg("s", "connect", "inet/1.2.3.4.5.6")).toBe(49);
  });

  it("counts packets without a peer and tells the sender nothing", () => {
    world.mkpeer("s", "inet/dgram/udp");
    expect(world.write("s", "lost")).toBe(0);
    expect(world.counters("s")).toMatchObject({ datagramsSent: 0, sendErrors: 1 });
  });

  it("sets and reads options by FreeBSD's numbers", () => {
    world.mkpeer("s", "inet/dgram/udp");
    // The option's length is that of the message's text, so the text is made as long as the value needs.
    expect(world.msg("s", "setopt", "{ level=0 name=4 value=[ 9 ] }")).toBe("");
    expect(world.msg("s", "getopt", "{ level=0 name=4 }")).toBe(
      "{ level=0 name=4 value=[ 0x9 ] }".replace("level=0 ", ""),
    );
    expect(world.msg("s", "getopt", "{ level=0 name=77 }")).toBe(42);
    expect(world.msg("s", "getopt", "{ level=41 name=4 }")).toBe(42);
  });
});

describe("a ksocket node over a given socket layer", () => {
  it("opens what the name asks for, once, and closes it once", () => {
    const calls: string[] = [];
    const stub = {
      receive: () => {},
      enqueue: () => {},
      flush: () => {},
      stats: () => ({}),
      close: () => calls.push("close"),
    } as unknown as DatagramSocket;
    const opened = (kind: SocketKind): DatagramSocket => {
      calls.push(`${kind.family} ${kind.type} ${kind.protocol}`);
      return stub;
    };
    const world = makeGraph(createKsocketType(opened));
    expect(world.mkpeer("i", "local/stream/0")).toBe(0);
    world.graph.shutdown(world.ngctl, "i");
    expect(calls).toEqual(["1 1 0", "close"]);
  });
});
