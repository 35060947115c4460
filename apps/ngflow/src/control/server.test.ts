import { existsSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { E } from "@ngflow/base";
import { encodeMessage, GENERIC, GENERIC_COOKIE } from "@ngflow/graph";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ControlClient, connectControl } from "./client.ts";
import { encodeFrame, encodeNumbers, FRAME, MAGIC, MAX_REQUEST } from "./frame.ts";
import { serveControl } from "./testing/serve-control.ts";
import { startTestDaemon, type TestDaemon } from "./testing/test-daemon.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon({ maxConnections: 8 });
});
afterEach(async () => {
  await daemon.stop();
  if (daemon.errors.length > 0) throw daemon.errors[0];
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Ids of the nodes that connections have. */
function socketNodes(): number[] {
  return [...daemon.graph.nodes()].filter((node) => node.type.name === "socket").map((node) => node.id);
}

function generic(cmd: number, data: Uint8Array = new Uint8Array(0), token = 5): Uint8Array {
  return encodeMessage({ cookie: GENERIC_COOKIE, cmd, flags: 0, token, cmdstr: "", data });
}

describe("a connection", () => {
  it("is a socket node that goes away with it", async () => {
    const client = await connectControl(daemon.path, { name: "meiner" });
    expect(socketNodes()).toEqual([client.nodeId]);
    expect(daemon.graph.node(client.nodeId)?.name).toBe("meiner");
    await expect(connectControl(daemon.path, { name: "meiner" })).rejects.toThrow("Address already in use");
    await client.close();
    await until(() => socketNodes().length === 0);
  });

  it("makes no node and uses no id when it only asks", async () => {
    const first = daemon.makeNode("a").id;
    const client = await connectControl(daemon.path, { node: false });
    const snapshot = await client.snapshot();
    expect(snapshot).toEqual({
      ...daemon.graph.snapshot(),
      control: expect.objectContaining({ connections: 1, requests: 2 }),
      threads: {},
      timeMs: snapshot.timeMs,
    });
    expect(snapshot.nodes.map((node) => node.name)).toEqual(["a"]);
    expect(await client.send(".", generic(GENERIC.listnodes))).toBe(E.EINVAL);
    await client.close();
    expect(daemon.makeNode("b").id).toBe(first + 1);
  });

  it("gets replies before the operation ends, errnos, and late replies", async () => {
    const messages: [string, number[]][] = [];
    const client = await connectControl(daemon.path, {
      onMessage: (from, message) => messages.push([from, [...message.subarray(56)]]),
    });
    daemon.makeNode("em0");
    expect(await client.sendAscii("em0:", "mkpeer", '{ type="pair" ourhook="in" peerhook="left" }')).toMatchObject({
      errno: 0,
    });
    expect(await client.sendAscii("em0:in", "setlimit", "{ limit=258 }")).toMatchObject({ errno: 0 });
    expect(messages).toEqual([]);
    expect(await client.sendAscii("em0:in", "getlimit", "")).toMatchObject({ errno: 0 });
    expect(messages.splice(0)).toEqual([["[3]:", [2, 1, 0, 0]]]);
    expect(await client.sendAscii("em0:in", "later", "")).toMatchObject({ errno: 0 });
    expect(messages).toEqual([]);
    daemon.answerLater();
    await until(() => messages.length > 0);
    expect(messages).toEqual([["[3]:", [77, 0, 0, 0]]]);
    expect(await client.send("nobody:", generic(GENERIC.nodeinfo))).toBe(E.ENOENT);
    expect(await client.send(".", Uint8Array.of(1, 2, 3))).toBe(E.EINVAL);
    expect((await client.sendAscii(".", "nosuch", "")).errno).toBe(E.ENOSYS);
    await client.close();
  });

  it("carries packets both ways, the largest too", async () => {
    const packets: [string, Uint8Array][] = [];
    const receiver = await connectControl(daemon.path, { onData: (hook, packet) => packets.push([hook, packet]) });
    const sender = await connectControl(daemon.path, { name: "sender" });
    await receiver.sendAscii(".", "connect", '{ path="sender:" ourhook="to" peerhook="from" }');
    const packet = Uint8Array.from({ length: 65536 }, (_, i) => i * 7);
    expect(await sender.write("from", packet)).toBe(0);
    expect(await sender.write("", Uint8Array.of(1))).toBe(0);
    expect(await sender.write("nohook", Uint8Array.of(1))).toBe(E.EHOSTUNREACH);
    await until(() => packets.length === 2);
    expect(packets[0]![0]).toBe("to");
    expect(Buffer.compare(packets[0]![1], packet)).toBe(0);
    await expect(sender.write("from", new Uint8Array(MAX_REQUEST))).rejects.toThrow(/frame of/);
    expect(await sender.write("from", Uint8Array.of(2))).toBe(0);
    await Promise.all([receiver.close(), sender.close()]);
  });

  it("keeps names as the bytes they are", async () => {
    const client = await connectControl(daemon.path, { name: "ルータ" });
    expect(await client.send("ルータ:", generic(GENERIC.nodeinfo))).toBe(0);
    expect((await client.snapshot()).nodes.map((node) => node.name)).toEqual(["ルータ"]);
    await client.close();
  });

  it("asks the daemon for types and modules", async () => {
    const client = await connectControl(daemon.path, { node: false });
    const types = (await client.call("types")) as { name: string }[];
    expect(types.map((type) => type.name)).toEqual(["pair", "wall", "socket"]);
    expect(await client.call("kldunload", "ng_pair")).toBeNull();
    await expect(client.call("kldunload", "ng_pair")).rejects.toThrow("No such file or directory");
    expect(await client.call("kldload", "ng_pair")).toBeNull();
    expect(await client.call("kldstat")).toContainEqual({ name: "ng_pair", types: ["pair"], loaded: true });
    await expect(client.call("kldload")).rejects.toMatchObject({ code: "control-request", exit: 64 });
    await expect(client.call("nosuch")).rejects.toThrow('does not know the request "nosuch"');
    await expect(client.call("toString")).rejects.toThrow("does not know");
    await client.close();
    await expect(client.call("types")).rejects.toMatchObject({ code: "control-lost" });
  });

  it("learns that the daemon is gone, also with a request under way", async () => {
    const lost: Error[] = [];
    const never = new Promise(() => {});
    const other = await startTestDaemon({ requests: { never: () => never } });
    const client = await connectControl(other.path, { onLost: (error) => lost.push(error) });
    const failure = client.call("never").catch((error: unknown) => error);
    await client.snapshot();
    await other.stop();
    expect(await failure).toMatchObject({ code: "control-lost" });
    expect(lost).toMatchObject([{ code: "control-lost", exit: 71 }]);
  });
});

describe("the socket file", () => {
  it("is for its owner only and goes away at the end", async () => {
    expect(statSync(daemon.path).mode & 0o777).toBe(0o600);
    await daemon.server.close();
    await daemon.server.close();
    expect(existsSync(daemon.path)).toBe(false);
    await expect(connectControl(daemon.path)).rejects.toMatchObject({ code: "control-absent", exit: 71 });
  });

  it("of a living daemon is refused", async () => {
    await expect(serveControl(daemon.graph, { path: daemon.path })).rejects.toMatchObject({
      code: "control-in-use",
      exit: 71,
    });
    await (await connectControl(daemon.path)).close();
  });

  it("of a dead daemon is replaced", async () => {
    const path = join(daemon.directory, "stale.sock");
    await leaveStaleSocket(path);
    const server = await serveControl(daemon.graph, { path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await (await connectControl(path)).close();
    await server.close();
  });

  it("is not made where something else is", async () => {
    const path = join(daemon.directory, "file");
    writeFileSync(path, "precious");
    await expect(serveControl(daemon.graph, { path })).rejects.toMatchObject({ code: "control-not-a-socket" });
    await expect(serveControl(daemon.graph, { path: join(path, "control.sock") })).rejects.toThrow(
      /is not a directory/,
    );
    expect(statSync(path).size).toBe(8);
  });
});

/** A socket file that nobody listens on: its listener's file is hidden while it closes. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { renameSync } = await import("node:fs");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${path}.kept`, path);
}

describe("a hostile client", () => {
  function open(path = daemon.path): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(socket));
      socket.on("error", reject);
    });
  }

  /** Sends bytes and resolves to what came back when the daemon has closed the connection. */
  async function sendUntilClosed(bytes: Uint8Array): Promise<Buffer> {
    const socket = await open();
    socket.removeAllListeners("error").on("error", () => {});
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    const closed = new Promise((resolve) => {
      socket.on("close", resolve);
    });
    socket.write(bytes);
    await closed;
    return Buffer.concat(chunks);
  }

  const hello = encodeFrame(FRAME.hello, 1, [MAGIC, Uint8Array.of(1, 0, 0, 0), ""], MAX_REQUEST, "utf8");

  it.each<[string, Uint8Array]>([
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["another protocol's hello", encodeFrame(FRAME.hello, 1, ["something", encodeNumbers(1)], MAX_REQUEST, "utf8")],
    ["no hello", encodeFrame(FRAME.call, 1, ["snapshot"], MAX_REQUEST, "utf8")],
    ["an endless frame", encodeNumbers(0xffffffff)],
    ["an empty frame", encodeNumbers(0)],
    ["a second hello", Buffer.concat([hello, hello])],
    ["an unknown kind", Buffer.concat([hello, encodeFrame(99, 2, [], MAX_REQUEST, "utf8")])],
    [
      "a body cut short",
      Buffer.concat([hello, encodeFrame(FRAME.send, 2, [Uint8Array.of(9, 0, 65)], MAX_REQUEST, "utf8")]),
    ],
    [
      "arguments that are no JSON",
      Buffer.concat([hello, encodeFrame(FRAME.call, 2, ["types", Buffer.from("{")], MAX_REQUEST, "utf8")]),
    ],
  ])("%s: closed and counted", async (_what, bytes) => {
    await sendUntilClosed(bytes);
    expect(daemon.server.counters().malformedFrames).toBe(1);
    await until(() => socketNodes().length === 0);
    await (await connectControl(daemon.path)).close();
  });

  it("of another version is told so", async () => {
    const bytes = encodeFrame(FRAME.hello, 1, [MAGIC, Uint8Array.of(2, 0, 0, 0), ""], MAX_REQUEST, "utf8");
    expect((await sendUntilClosed(bytes)).toString()).toContain("control protocol 1, this command 2");
    expect(daemon.server.counters().malformedFrames).toBe(0);
  });

  it("cannot harm the daemon with random bytes, before or after a good hello", async () => {
    const garbage = fc.uint8Array({ minLength: 1, maxLength: 200 });
    const framed = fc
      .record({ kind: fc.integer({ min: 0, max: 9 }), body: fc.uint8Array({ maxLength: 120 }) })
      .map(({ kind, body }) => encodeFrame(kind, 2, [body], MAX_REQUEST, "utf8"));
    const stream = fc.array(fc.oneof(garbage, framed), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(stream, fc.boolean(), async (parts, greeted) => {
        const socket = await open();
        socket.removeAllListeners("error").on("error", () => {});
        socket.resume();
        const closed = new Promise((resolve) => {
          socket.on("close", resolve);
        });
        if (greeted) socket.write(hello);
        for (const part of parts) socket.write(part);
        socket.end();
        await closed;
        const client = await connectControl(daemon.path, { node: false });
        expect((await client.snapshot()).nodes).toBeInstanceOf(Array);
        await client.close();
      }),
      { numRuns: 150 },
    );
    await until(() => socketNodes().length === 0);
    expect(daemon.errors).toEqual([]);
  });

  it("that does not read loses messages, not the daemon's memory", async () => {
    const socket = await open();
    socket.pause();
    socket.write(hello);
    await until(() => socketNodes().length === 1);
    const [id] = socketNodes();
    const sender = await connectControl(daemon.path, { name: "sender" });
    await sender.sendAscii(".", "connect", `{ path="[${id!.toString(16)}]:" ourhook="up" peerhook="down" }`);
    const packet = new Uint8Array(60_000);
    for (let i = 0; i < 200; i++) expect(await sender.write("up", packet)).toBe(0);
    expect(daemon.server.counters().droppedPackets).toBeGreaterThan(50);
    socket.destroy();
    await sender.close();
  });

  it("that asks without reading is no longer listened to, and served when it reads again", async () => {
    const socket = await open();
    socket.pause();
    socket.write(hello);
    const before = daemon.server.counters().requests;
    const asks = 5000;
    for (let i = 0; i < asks; i++) {
      socket.write(encodeFrame(FRAME.call, i + 2, ["types"], MAX_REQUEST, "utf8"));
    }
    await until(() => daemon.server.counters().requests - before > 1);
    let taken = -1;
    while (taken !== daemon.server.counters().requests) {
      taken = daemon.server.counters().requests;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(taken - before).toBeLessThan(asks);
    let bytes = 0;
    socket.on("data", (chunk) => {
      bytes += chunk.length;
    });
    socket.resume();
    await until(() => daemon.server.counters().requests - before === asks + 1);
    expect(bytes).toBeGreaterThan(0);
    socket.destroy();
  });

  it("that reads nothing of what waits for it is cut off, and its node goes", async () => {
    const path = join(daemon.directory, "impatient.sock");
    const server = await serveControl(daemon.graph, { path, patience: { stallMs: 100 } });
    const socket = connect(path).on("error", () => {});
    socket.pause();
    socket.write(hello);
    await until(() => socketNodes().length === 1);
    for (let i = 0; i < 5000; i++) socket.write(encodeFrame(FRAME.call, i + 2, ["types"], MAX_REQUEST, "utf8"));
    await until(() => server.counters().stalledConnections === 1);
    await until(() => socketNodes().length === 0);
    // One that reads, however much it asks, stays.
    const client = await connectControl(path);
    for (let i = 0; i < 20; i++) await client.snapshot();
    await new Promise((resolve) => setTimeout(resolve, 250));
    await client.snapshot();
    await client.close();
    expect(server.counters().stalledConnections).toBe(1);
    socket.destroy();
    await server.close();
  });

  it("that says nothing is cut off, and keeps nobody out", async () => {
    const path = join(daemon.directory, "impatient.sock");
    const server = await serveControl(daemon.graph, { path, maxConnections: 2, patience: { helloMs: 500 } });
    const silent = await Promise.all(Array.from({ length: 20 }, () => open(path)));
    const closed = silent.map((socket) => new Promise((resolve) => socket.on("close", resolve)));
    const client = await connectControl(path);
    await Promise.all(closed);
    await until(() => server.counters().silentConnections === 20);
    expect(server.counters()).toMatchObject({ displacedConnections: 0, refusedConnections: 0 });
    // One that has spoken may be as silent as it likes.
    expect(await client.call("kldstat")).toBeInstanceOf(Array);
    await client.close();
    await server.close();
  });

  it("gives way to a new one when there are too many and it has nothing to do", async () => {
    const lost: string[] = [];
    const clients: ControlClient[] = [];
    for (const name of Array.from({ length: 8 }, (_, i) => `client${i}`)) {
      clients.push(await connectControl(daemon.path, { name, onLost: (error) => lost.push(`${name}: ${error.code}`) }));
    }
    await clients[0]!.snapshot();
    const ninth = await connectControl(daemon.path, { name: "ninth" });
    await until(() => lost.length === 1);
    // The first one was active since.
    expect(lost).toEqual(["client1: control-full"]);
    expect((await ninth.snapshot()).control.displacedConnections).toBe(1);
    await Promise.all([...clients, ninth].map((client) => client.close()));
  });

  it("is refused when there are too many and all are busy, and tries again for a while", async () => {
    let answer = (): void => {};
    const busy = new Promise<void>((resolve) => (answer = resolve));
    const path = join(daemon.directory, "busy.sock");
    const server = await serveControl(daemon.graph, { path, maxConnections: 2, requests: { wait: () => busy } });
    const clients = [await connectControl(path), await connectControl(path)];
    const answers = clients.map((client) => client.call("wait"));
    await until(() => server.counters().requests === 4);
    await expect(connectControl(path)).rejects.toMatchObject({ code: "control-full", exit: 71 });
    const patient = connectControl(path);
    await until(() => server.counters().refusedConnections >= 8);
    answer();
    await Promise.all([...answers, (await patient).close(), ...clients.map((client) => client.close())]);
    await server.close();
  });
});
