import { createServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Connections, type ConnectionsConfig } from "./connections.ts";

/** The address of a client that stands for another machine; all of 127/8 is there on every machine. */
const ADDRESS = "127.0.0.2";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Bed {
  readonly connections: Connections;
  open(from?: string): Promise<Client>;
}

interface Client {
  readonly socket: Socket;
  closed: boolean;
  text: string;
}

let clockMs = 0;

/** A server whose answers are given by the path: `/held` and `/endless` do not end, anything else is `ok`. */
async function serve(config: Partial<ConnectionsConfig> = {}): Promise<Bed> {
  const limits = { max: 8, maxPerAddress: 4, reserve: 2, answerMs: 1000, ...config };
  const connections = new Connections(
    limits,
    () => clockMs,
    (address) => address !== ADDRESS,
  );
  const http: HttpServer = createServer((request, response) => {
    if (request.url === "/endless") connections.endless({ incoming: request });
    if (request.url === "/") response.end("ok");
    else response.write("held");
  });
  connections.watch(http);
  await new Promise<void>((resolve) => http.listen(0, "0.0.0.0", resolve));
  const { port } = http.address() as AddressInfo;
  ends.push(() => {
    connections.stop();
    http.closeAllConnections();
    http.close();
  });
  return {
    connections,
    async open(from = "127.0.0.1") {
      const before = connections.open + connections.counters.refused + connections.counters.gaveWay;
      const socket = connect({ port, host: "127.0.0.1", localAddress: from });
      const client: Client = { socket, closed: false, text: "" };
      socket.setEncoding("utf8");
      socket.on("data", (text: string) => (client.text += text));
      socket.on("error", () => {}).on("close", () => (client.closed = true));
      ends.push(() => socket.destroy());
      // The server sees connections in the order in which they are opened here.
      const seen = () => connections.open + connections.counters.refused + connections.counters.gaveWay;
      await expect.poll(seen, { interval: 1 }).toBeGreaterThan(before);
      return client;
    },
  };
}

async function ask(client: Client, path: string): Promise<void> {
  client.text = "";
  client.socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await expect.poll(() => client.text).toMatch(/held|ok/);
}

const closedOnes = (clients: readonly Client[]) => clients.flatMap(({ closed }, i) => (closed ? [i] : []));

test("at the bound, the connection that has been idle longest gives way, and busy ones stay", async () => {
  const { connections, open } = await serve();
  const clients: Client[] = [];
  for (let i = 0; i < 8; i++) clients.push(await open());
  await ask(clients[0]!, "/held");
  // Answered and idle again: now the one that became idle last.
  await ask(clients[1]!, "/");
  expect([connections.open, connections.busy]).toEqual([8, 1]);
  for (let i = 0; i < 3; i++) clients.push(await open());
  await expect.poll(() => closedOnes(clients)).toEqual([2, 3, 4]);
  expect(connections.counters).toMatchObject({ refused: 0, gaveWay: 3, cutSlow: 0 });
  // One that sent half a request is as idle as one that sent nothing.
  clients[5]!.socket.write("GET / HTTP/1.1\r\nHost:");
  clients.push(await open());
  await expect.poll(() => closedOnes(clients)).toEqual([2, 3, 4, 5]);
  await ask(clients.at(-1)!, "/");
});

test("where every connection is busy, the new one is refused", async () => {
  const { connections, open } = await serve({ max: 2, reserve: 0 });
  for (let i = 0; i < 2; i++) await ask(await open(), "/held");
  const third = await open();
  await expect.poll(() => third.closed).toBe(true);
  expect(connections.counters).toMatchObject({ refused: 1, gaveWay: 0, cutSlow: 0 });
  expect(connections.hasRoom).toBe(true);
});

test("requests beside the reserve are refused before every connection is busy", async () => {
  const { connections, open } = await serve({ max: 4, reserve: 2 });
  for (let i = 0; i < 2; i++) await ask(await open(), "/held");
  expect(connections.hasRoom).toBe(true);
  await ask(await open(), "/held");
  expect(connections.hasRoom).toBe(false);
});

test("a client that does not take its answer in time is cut, an event stream is not", async () => {
  clockMs = 0;
  const { connections, open } = await serve({ answerMs: 1000 });
  const [slow, stream] = [await open(), await open()];
  await ask(slow, "/held");
  await ask(stream, "/endless");
  clockMs = 999;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect([slow.closed, stream.closed, connections.counters.cutSlow]).toEqual([false, false, 0]);
  clockMs = 1001;
  await expect.poll(() => slow.closed, { timeout: 5000 }).toBe(true);
  expect([stream.closed, connections.counters.cutSlow, connections.open]).toEqual([false, 1, 1]);
});

test("other machines: a bound per address, and a reserve for this one", async () => {
  const { connections, open } = await serve({ max: 6, maxPerAddress: 5, reserve: 2 });
  const others: Client[] = [];
  for (let i = 0; i < 7; i++) others.push(await open(ADDRESS));
  // Four of six places, then the oldest of the others gives way.
  await expect.poll(() => closedOnes(others)).toEqual([0, 1, 2]);
  const own = [await open(), await open()];
  expect([connections.open, closedOnes(others).length]).toEqual([6, 3]);
  // When all are taken, the others give way first, also to this machine.
  own.push(await open());
  await expect.poll(() => closedOnes(others)).toEqual([0, 1, 2, 3]);
  expect(closedOnes(own)).toEqual([]);
  // This machine alone cannot lock the others out either.
  for (let i = 0; i < 6; i++) own.push(await open());
  expect(connections.open).toBe(6);
  const other = await open(ADDRESS);
  await ask(other, "/");
});

test("the bound per address closes that address' own idle connections", async () => {
  const { connections, open } = await serve({ max: 100, maxPerAddress: 3, reserve: 1 });
  const clients: Client[] = [];
  for (let i = 0; i < 3; i++) clients.push(await open(ADDRESS));
  for (const client of clients.slice(1)) await ask(client, "/held");
  clients.push(await open(ADDRESS));
  await expect.poll(() => closedOnes(clients)).toEqual([0]);
  await ask(clients[3]!, "/held");
  const refused = await open(ADDRESS);
  await expect.poll(() => refused.closed).toBe(true);
  expect(connections.counters).toMatchObject({ refused: 1, gaveWay: 1 });
});
