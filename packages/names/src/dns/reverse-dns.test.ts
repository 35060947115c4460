import { createSocket, type Socket } from "node:dgram";
import { afterEach, describe, expect, it } from "vitest";
import { ReverseDns } from "./reverse-dns.ts";

let socket: Socket | undefined;
let dns: ReverseDns | undefined;
afterEach(() => {
  dns?.stop();
  socket?.close();
  socket = undefined;
});

/** A DNS server on loopback that knows one address. */
async function server(asked: string[]): Promise<string> {
  const made = createSocket("udp4");
  socket = made;
  made.on("message", (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at]!; length > 0; length = question[at]!) {
      labels.push(question.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join(".");
    asked.push(name);
    const known = name === "1.2.0.192.in-addr.arpa";
    const answer = Buffer.from(question.subarray(0, at + 5));
    answer.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
    answer.writeUInt16BE(known ? 1 : 0, 6);
    answer.fill(0, 8, 12);
    const host = Buffer.from("\u0003web\u0007example\u0000", "latin1");
    const record = Buffer.from([0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 0, 0, host.length]);
    made.send(known ? Buffer.concat([answer, record, host]) : answer, from.port, from.address);
  });
  await new Promise<void>((done) => made.bind(0, "127.0.0.1", done));
  return `127.0.0.1:${made.address().port}`;
}

describe("reverse DNS", () => {
  it("has names later, asks once for each address, and for none that cannot have a name", async () => {
    const asked: string[] = [];
    dns = new ReverseDns(await server(asked), Date.now);
    dns.start();
    dns.want(["192.0.2.1", "192.0.2.2", "224.0.0.1", "::", "0.0.0.0", "no address"]);
    expect(dns.names().size).toBe(0);
    await expect.poll(() => dns!.names()).toStrictEqual(new Map([["192.0.2.1", "web.example"]]));
    await expect.poll(() => asked.length).toBe(2);
    dns.want(["192.0.2.1", "192.0.2.2"]);
    await new Promise((done) => setTimeout(done, 300));
    expect(asked.toSorted()).toStrictEqual(["1.2.0.192.in-addr.arpa", "2.2.0.192.in-addr.arpa"]);
    expect(dns.names()).toBe(dns.names());
    expect(dns.status()).toMatchObject({ state: "current", entries: 1, error: null });
  });

  it("keeps what it knows while the server is gone, and says so", async () => {
    let nowMs = Date.now();
    dns = new ReverseDns(await server([]), () => nowMs);
    dns.start();
    dns.want(["192.0.2.1"]);
    await expect.poll(() => dns!.names().size).toBe(1);
    socket!.close();
    socket = undefined;
    nowMs += 2 * 3_600_000;
    dns.want(["192.0.2.1"]);
    await expect.poll(() => dns!.status().state).toBe("stale");
    expect(dns.names().get("192.0.2.1")).toBe("web.example");
  });
});
