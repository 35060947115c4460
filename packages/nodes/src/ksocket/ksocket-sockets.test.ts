import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ControlSocket,
  createGraph,
  decodeMessage,
  type Graph,
  type Node,
  openControlSocket,
  unparseArgs,
} from "@ngflow/graph";
import { strerror } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { echo } from "../echo/echo.ts";
import { hasCapability, hasLibc, WRITE_QUEUE_PACKETS } from "@ngflow/os";
import { ksocket } from "./ksocket.ts";

const CLOCK = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 };
const linux = hasLibc();

/** A graph with a program that works with sockets as ngctl and nghook do. */
class World {
  readonly graph: Graph = createGraph({ clock: CLOCK, types: [ksocket, echo] });
  /** Replies of messages, with the name of the message. */
  readonly replies: string[] = [];
  /** What came by hooks: `hook text`; a packet without bytes is `hook `. */
  readonly data: string[] = [];
  readonly control: ControlSocket;
  readonly program: Node;

  constructor() {
    this.control = openControlSocket(this.graph, {
      events: {
        onMessage: (_from, bytes) => {
          const { cmd, data } = decodeMessage(bytes);
          const { name, reply } = ksocket.messages.find((descriptor) => descriptor.cmd === cmd)!;
          this.replies.push(`${name} ${unparseArgs(reply!, data)}`);
        },
        onData: (hook, packet) => void this.data.push(`${hook} ${Buffer.from(packet).toString()}`),
      },
    });
    this.program = this.graph.node(this.control.nodeId)!;
  }

  /** Makes a ksocket at a hook of the program. Returns what FreeBSD would print, undefined for success. */
  mkpeer(hook: string, name: string): string | undefined {
    const { errno } = this.control.sendAscii(".", "mkpeer", `{ type="ksocket" ourhook="${hook}" peerhook="${name}" }`);
    return errno === 0 ? undefined : strerror(errno);
  }

  /** Sends a message. Returns the reply that came at once, or what FreeBSD would print as the error. */
  msg(path: string, command: string, args = ""): string | undefined {
    this.replies.length = 0;
    const { errno } = this.control.sendAscii(path, command, args);
    return errno === 0 ? this.replies.shift() : strerror(errno);
  }

  /** Makes an echo node at the program's hook `e`, and a ksocket at its hook `y`. */
  echoing(name: string): void {
    this.graph.mkpeer(this.program, ".", "echo", "e", "x");
    this.graph.mkpeer(this.program, "e", "ksocket", "y", name);
  }

  /** A late reply to the last message. */
  async reply(): Promise<string> {
    await vi.waitFor(() => expect(this.replies).toHaveLength(1));
    return this.replies[0]!;
  }

  /** Makes a ksocket that listens, with the port that the system gave it. */
  listener(hook: string): number {
    expect(this.mkpeer(hook, "inet/stream/tcp")).toBeUndefined();
    expect(this.msg(hook, "bind", "inet/127.0.0.1")).toBeUndefined();
    expect(this.msg(hook, "listen", "8")).toBeUndefined();
    return Number(this.msg(hook, "getname")!.split(":")[1]);
  }

  write(hook: string, text: string): void {
    expect(this.control.write(hook, Buffer.from(text))).toBe(0);
  }

  counters(path: string): Readonly<Record<string, number>> {
    return this.graph.resolve(this.program, path).behaviour.counters!();
  }

  types(): string[] {
    return [...this.graph.nodes()].map((node) => node.type.name);
  }

  /** Bytes that came by a hook, chunks joined. */
  text(hook: string): string {
    const chunks = this.data.filter((entry) => entry.startsWith(`${hook} `));
    return chunks.map((entry) => entry.slice(hook.length + 1)).join("");
  }
}

describe.skipIf(!linux)(`sockets of a ksocket node${linux ? "" : ": not on Linux"}`, () => {
  let world: World;
  let folder: string;
  const opened: { close(): unknown }[] = [];

  beforeEach(() => {
    world = new World();
    folder = mkdtempSync(join(tmpdir(), "ksocket-"));
  });

  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
    world.control.close();
    rmSync(folder, { recursive: true });
  });

  /** A TCP or Unix server of Node's own. */
  async function serve(serving: (socket: Socket) => void, path?: string): Promise<{ port: number; server: Server }> {
    const server = createServer(serving);
    opened.push(server);
    if (path === undefined) server.listen(0, "127.0.0.1");
    else server.listen(path);
    await once(server, "listening");
    const address = server.address();
    return { port: typeof address === "object" ? address!.port : 0, server };
  }

  async function connect(hook: string, port: number): Promise<void> {
    expect(world.mkpeer(hook, "inet/stream/tcp")).toBeUndefined();
    expect(world.msg(hook, "connect", `inet/127.0.0.1:${port}`)).toBe("Operation now in progress");
    expect(await world.reply()).toBe("connect 0");
  }

  describe("streams", () => {
    it("talk to a server and hear that it ends", async () => {
      const { port } = await serve((socket) => socket.pipe(socket));
      await connect("s", port);
      expect(world.msg("s", "getpeername")).toBe(`getpeername inet/127.0.0.1:${port}`);
      world.write("s", "one ");
      world.write("s", "two");
      await vi.waitFor(() => expect(world.text("s")).toBe("one two"));
      expect(world.counters("s")).toMatchObject({ datagramsSent: 2, bytesSent: 7, bytesReceived: 7, sendErrors: 0 });
      expect(world.msg("s", "connect", `inet/127.0.0.1:${port}`)).toBe("Socket is already connected");
    });

    it("deliver one empty packet when the peer has said everything, and none after it", async () => {
      const { port } = await serve((socket) => socket.end("bye"));
      await connect("s", port);
      await vi.waitFor(() => expect(world.data).toEqual(["s bye", "s "]));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(world.data).toEqual(["s bye", "s "]);
    });

    it("end with the same empty packet when the peer breaks the connection in the middle", async () => {
      const { port } = await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
      await connect("s", port);
      world.write("s", "hello");
      await vi.waitFor(() => expect(world.data).toEqual(["s "]));
      world.write("s", "more");
      expect(world.counters("s")).toMatchObject({ datagramsSent: 1, sendErrors: 1 });
      expect(world.types()).toContain("ksocket");
    });

    it("answer a refused connection with its error, once, and can try again", async () => {
      const { port, server } = await serve(() => {});
      server.close();
      await once(server, "close");
      world.mkpeer("s", "inet/stream/tcp");
      expect(world.msg("s", "connect", `inet/127.0.0.1:${port}`)).toBe("Operation now in progress");
      expect(await world.reply()).toBe("connect 61");
      expect(world.counters("s")).toMatchObject({ refused: 1 });
      world.write("s", "lost");
      expect(world.counters("s")).toMatchObject({ sendErrors: 1 });
      const again = await serve((socket) => socket.end("ok"));
      expect(world.msg("s", "connect", `inet/127.0.0.1:${again.port}`)).toBe("Operation now in progress");
      expect(await world.reply()).toBe("connect 0");
      await vi.waitFor(() => expect(world.text("s")).toBe("ok"));
    });

    it("refuse a second attempt while one is under way, and answer nobody when their hook goes", async () => {
      world.mkpeer("s", "inet/stream/tcp");
      expect(world.msg("s", "connect", "inet/127.0.0.1")).toBe("Can't assign requested address");
      const { port } = await serve(() => {});
      expect(world.msg("s", "connect", `inet/127.0.0.1:${port}`)).toBe("Operation now in progress");
      expect(world.msg("s", "connect", `inet/127.0.0.1:${port}`)).toBe("Operation already in progress");
      world.graph.rmhook(world.program, ".", "s");
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(world.replies).toEqual([]);
      expect(world.types()).toEqual(["socket"]);
    });

    it("count what a peer that does not read leaves no room for", async () => {
      const accepted: Socket[] = [];
      const { port } = await serve((socket) => void accepted.push(socket.pause()));
      await connect("s", port);
      await vi.waitFor(() => expect(accepted).toHaveLength(1));
      const packet = "x".repeat(60_000);
      let written = 0;
      for (; written < 4 * WRITE_QUEUE_PACKETS && world.counters("s")["overflowed"] === 0; written++) {
        world.write("s", packet);
      }
      expect(world.counters("s")).toMatchObject({ overflowed: 1, sendErrors: 0 });
      let received = 0;
      accepted[0]!.on("data", (chunk) => void (received += chunk.length)).resume();
      await vi.waitFor(() => expect(received).toBe((written - 1) * packet.length));
      expect(world.counters("s")).toMatchObject({ datagramsSent: written - 1, bytesSent: received });
    });
  });

  describe("accept", () => {
    it("makes a node of any hook name for a connection that comes later", async () => {
      const port = world.listener("l");
      expect(world.msg("l", "accept")).toBeUndefined();
      expect(world.msg("l", "accept")).toBe("Operation already in progress");
      const peer = createConnection(port, "127.0.0.1");
      opened.push({ close: () => peer.destroy() });
      peer.write("early");
      const reply = await world.reply();
      const [, id] = /^accept \{ nodeid=0x([0-9a-f]+) addr=\{ len=16 family=2 data=\[ .* \] \} \}$/.exec(reply)!;
      // Data wait in the socket until the node has its hook.
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(world.control.sendAscii(`[${id}]:`, "nodeinfo", "").errno).toBe(0);
      world.graph.connect(world.program, ".", `[${id}]:`, "c", "whatever");
      await vi.waitFor(() => expect(world.text("c")).toBe("early"));
      const got = once(peer, "data");
      world.write("c", "reply");
      expect(String((await got)[0])).toBe("reply");
      expect(world.msg("c", "getname")).toBe(`getname inet/127.0.0.1:${port}`);
      expect(world.msg("c", "getpeername")).toBe(`getpeername inet/127.0.0.1:${peer.localPort}`);
      const ended = once(peer, "close");
      world.graph.rmhook(world.program, ".", "c");
      await ended;
      expect(world.types()).toEqual(["socket", "ksocket"].toSorted().toReversed());
    });

    it("answers at once when a connection waits, and serves clients one after the other", async () => {
      const port = world.listener("l");
      for (let n = 0; n < 3; n++) {
        const peer = createConnection(port, "127.0.0.1");
        opened.push({ close: () => peer.destroy() });
        await once(peer, "connect");
        const [, id] = /nodeid=0x([0-9a-f]+)/.exec(world.msg("l", "accept")!)!;
        world.graph.mkpeer(world.graph.resolve(world.program, `[${id}]:`), ".", "echo", "conn", "e");
        const got = once(peer, "data");
        peer.write(`client ${n}`);
        expect(String((await got)[0])).toBe(`client ${n}`);
      }
      expect(world.types().filter((type) => type === "echo")).toHaveLength(3);
    });

    it("ends connections without hook when the listening node ends", async () => {
      const port = world.listener("l");
      const peer = createConnection(port, "127.0.0.1");
      opened.push({ close: () => peer.destroy() });
      await once(peer, "connect");
      expect(world.msg("l", "accept")).toMatch(/^accept/);
      expect(world.types().filter((type) => type === "ksocket")).toHaveLength(2);
      const ended = once(peer, "close");
      peer.resume();
      world.graph.rmhook(world.program, ".", "l");
      await ended;
      expect(world.types()).toEqual(["socket"]);
    });

    it("is refused where nothing listens", () => {
      world.mkpeer("s", "inet/stream/tcp");
      expect(world.msg("s", "accept")).toBe("Invalid argument");
      world.mkpeer("d", "local/dgram/0");
      expect(world.msg("d", "listen", "1")).toBe("Operation not supported");
    });
  });

  describe("local sockets", () => {
    it("connect at once and carry a stream", async () => {
      const path = join(folder, "server");
      await serve((socket) => socket.pipe(socket), path);
      world.mkpeer("s", "local/stream/0");
      expect(world.msg("s", "connect", `local/"${path}"`)).toBeUndefined();
      world.write("s", "hello");
      await vi.waitFor(() => expect(world.text("s")).toBe("hello"));
      expect(world.msg("s", "getpeername")).toBe(`getpeername local/"${path}"`);
      expect(world.msg("s", "getname")).toBe(`getname local/"${"\\x00".repeat(14)}"`);
    });

    it("listen and accept", async () => {
      const path = join(folder, "node");
      world.mkpeer("l", "local/stream/0");
      expect(world.msg("l", "listen", "1")).toBe("Destination address required");
      expect(world.msg("l", "bind", `local/"${path}"`)).toBeUndefined();
      expect(world.msg("l", "listen", "1")).toBeUndefined();
      world.msg("l", "accept");
      const peer = createConnection(path);
      opened.push({ close: () => peer.destroy() });
      const [, id] = /^accept \{ nodeid=0x([0-9a-f]+) addr=\{ len=16 family=1 \} \}$/.exec(await world.reply())!;
      world.graph.connect(world.program, ".", `[${id}]:`, "c", "x");
      peer.end("end");
      await vi.waitFor(() => expect(world.data).toEqual(["c end", "c "]));
    });

    it("keep the boundaries of seqpacket messages", async () => {
      const path = join(folder, "seq");
      world.mkpeer("l", "local/seqpacket/0");
      world.msg("l", "bind", `local/"${path}"`);
      world.msg("l", "listen", "1");
      world.mkpeer("s", "local/seqpacket/0");
      expect(world.msg("s", "connect", `local/"${path}"`)).toBeUndefined();
      const [, id] = /nodeid=0x([0-9a-f]+)/.exec(world.msg("l", "accept")!)!;
      world.graph.connect(world.program, ".", `[${id}]:`, "c", "x");
      world.graph.run(() => ["one", "two", "three"].forEach((text) => world.write("s", text)));
      await vi.waitFor(() => expect(world.data).toEqual(["c one", "c two", "c three"]));
    });

    it("send a datagram that comes back to its sender, each to his own", async () => {
      const path = join(folder, "echo");
      world.echoing("local/dgram/0");
      expect(world.msg("e.y", "bind", `local/"${path}"`)).toBeUndefined();
      for (const name of ["a", "b", "c"]) {
        world.mkpeer(name, "local/dgram/0");
        world.msg(name, "bind", `local/"${join(folder, name)}"`);
        expect(world.msg(name, "connect", `local/"${path}"`)).toBeUndefined();
      }
      world.graph.run(() => ["a", "b", "", "c", "b"].forEach((name) => world.write(name === "" ? "a" : name, name)));
      await vi.waitFor(() => expect(world.data).toHaveLength(5));
      expect(world.data.toSorted()).toEqual(["a ", "a a", "b b", "b b", "c c"]);
      expect(world.counters("e.y")).toMatchObject({ datagramsReceived: 5, datagramsSent: 5, sendErrors: 0 });
    });

    it("lose the answer to a sender without name, and to one that is gone", async () => {
      const path = join(folder, "echo");
      world.echoing("local/dgram/0");
      world.msg("e.y", "bind", `local/"${path}"`);
      world.mkpeer("s", "local/dgram/0");
      world.msg("s", "connect", `local/"${path}"`);
      world.write("s", "anonymous");
      await vi.waitFor(() => expect(world.counters("e.y")).toMatchObject({ datagramsReceived: 1, sendErrors: 1 }));
      expect(world.data).toEqual([]);
      world.msg("s", "bind", `local/"${join(folder, "gone")}"`);
      world.write("s", "named");
      world.graph.rmhook(world.program, ".", "s");
      await vi.waitFor(() => expect(world.counters("e.y")).toMatchObject({ datagramsReceived: 2, sendErrors: 2 }));
    });

    it("refuse addresses that are none", () => {
      world.mkpeer("s", "local/stream/0");
      expect(world.msg("s", "connect", `local/"${join(folder, "nobody")}"`)).toBe("No such file or directory");
      expect(world.msg("s", "connect", 'local/""')).toBe("Invalid argument");
      expect(world.msg("s", "bind", `local/"/${"x".repeat(104)}"`)).toBe("Invalid argument");
      expect(world.msg("s", "connect", "{ len=5 family=1 data=[ 0 97 98 ] }")).toBe("No such file or directory");
      expect(world.msg("s", "connect", "inet/127.0.0.1:1")).toBe("Address family not supported by protocol family");
    });
  });

  describe("UDP", () => {
    it("sends a datagram that comes back to its sender while it has no peer", async () => {
      world.echoing("inet/dgram/udp");
      world.msg("e.y", "bind", "inet/127.0.0.1");
      const port = Number(world.msg("e.y", "getname")!.split(":")[1]);
      const clients = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const socket = createSocket("udp4");
          opened.push(socket);
          socket.bind(0, "127.0.0.1");
          await once(socket, "listening");
          return socket;
        }),
      );
      const answers = clients.map((socket) => once(socket, "message"));
      clients.forEach((socket, i) => socket.send(`from ${i}`, port, "127.0.0.1"));
      const texts = (await Promise.all(answers)).map(([bytes]) => String(bytes));
      expect(texts).toEqual(clients.map((_socket, i) => `from ${i}`));
      expect(world.counters("e.y")).toMatchObject({ datagramsReceived: 5, datagramsSent: 5, sendErrors: 0 });
    });

    it("does not take IPv4 on an IPv6 socket", () => {
      world.mkpeer("s", "inet6/dgram/17");
      // IPV6_V6ONLY
      expect(world.msg("s", "getopt", "{ level=41 name=27 }")).toBe("getopt { level=41 name=27 value=[ 0x1 ] }");
    });
  });

  describe("raw sockets", () => {
    const forbidden = hasCapability("net_raw") ? "" : ": the process lacks CAP_NET_RAW";

    it.skipIf(forbidden !== "")(`speak ICMP with the host${forbidden}`, async () => {
      const packets: Uint8Array[] = [];
      const control = openControlSocket(world.graph, {
        events: { onMessage: () => {}, onData: (_hook, packet) => void packets.push(packet.slice()) },
      });
      const program = world.graph.node(control.nodeId)!;
      world.graph.mkpeer(program, ".", "ksocket", "i", "inet/raw/icmp");
      expect(control.sendAscii("i", "connect", "inet/127.0.0.1").errno).toBe(0);
      // An echo request: type 8, its checksum, identifier and sequence number.
      control.write("i", Uint8Array.of(8, 0, 0xa5, 0xca, 0x52, 0x34, 0, 1));
      const isReply = (packet: Uint8Array): boolean => packet[20] === 0 && packet[24] === 0x52 && packet[25] === 0x34;
      await vi.waitFor(() => expect(packets.some(isReply)).toBe(true));
      control.close();
    });
  });

  describe("options", () => {
    const value = (text: string | undefined): string => /value=\[ (.*) \]/.exec(text ?? "")?.[1] ?? "";

    it.each([
      ["SO_REUSEADDR", "inet/stream/tcp", 0xffff, 4, "1", "0x4"],
      ["SO_KEEPALIVE", "inet/stream/tcp", 0xffff, 8, "1", "0x8"],
      ["SO_LINGER", "inet/stream/tcp", 0xffff, 0x80, "1 4=5", "0x1 4=0x5"],
      ["SO_RCVBUF", "inet/dgram/udp", 0xffff, 0x1002, "1=0x40", "1=0x40"],
      ["SO_RCVTIMEO", "inet/dgram/udp", 0xffff, 0x1006, "7", "0x7"],
      ["TCP_NODELAY", "inet/stream/tcp", 6, 1, "1", "0x1"],
      ["TCP_KEEPIDLE", "inet/stream/tcp", 6, 256, "30", "0x1e"],
      ["IP_TTL", "inet/dgram/udp", 0, 4, "9", "0x9"],
      ["IP_MULTICAST_TTL", "inet/dgram/udp", 0, 10, "3", "0x3"],
      ["IPV6_TCLASS", "inet6/dgram/17", 41, 61, "16", "0x10"],
    ])("%s of %s is set and read in FreeBSD's numbers", (_name, hook, level, name, bytes, read) => {
      world.mkpeer("s", hook);
      expect(world.msg("s", "setopt", `{ level=${level} name=${name} value=[ ${bytes} ] }`)).toBeUndefined();
      expect(value(world.msg("s", "getopt", `{ level=${level} name=${name} }`))).toBe(read);
    });

    it("join and leave a multicast group", () => {
      world.mkpeer("s", "inet/dgram/udp");
      const group = "value=[ 239 0 0 7 127 0 0 1 ]";
      expect(world.msg("s", "setopt", `{ level=0 name=12 ${group} }`)).toBeUndefined();
      expect(world.msg("s", "setopt", `{ level=0 name=12 ${group} }`)).toBe("Address already in use");
      expect(world.msg("s", "setopt", `{ level=0 name=13 ${group} }`)).toBeUndefined();
      expect(world.msg("s", "setopt", `{ level=0 name=13 ${group} }`)).toBe("Can't assign requested address");
    });

    it.each([
      ["SO_TYPE", 0x1008, "0x1"],
      ["SO_PROTOCOL", 0x1016, "0x6"],
      ["SO_DOMAIN", 0x1019, "0x1c"],
      ["SO_ACCEPTCONN", 0x0002, ""],
    ])("%s can only be read", (_name, name, read) => {
      world.mkpeer("s", "inet6/stream/6");
      expect(value(world.msg("s", "getopt", `{ level=0xffff name=${name} }`))).toBe(read);
      expect(world.msg("s", "setopt", `{ level=0xffff name=${name} value=[ 1 ] }`)).toBe("Protocol not available");
    });

    it("of other systems, levels and families are not available", () => {
      world.mkpeer("s", "inet/dgram/udp");
      for (const [level, name] of [
        [0xffff, 0x1009],
        [0, 77],
        [41, 4],
        [6, 1],
        [123, 1],
      ]) {
        expect(world.msg("s", "getopt", `{ level=${level} name=${name} }`)).toBe("Protocol not available");
      }
    });
  });
});
