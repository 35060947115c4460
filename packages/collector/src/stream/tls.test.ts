import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { bytes, ipfix, set, template } from "@ngflow/wire/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Collector, createCollector } from "../collector.ts";
import { MemorySink } from "../testing/memory-collector.ts";
import { type TlsSettings, tlsRules } from "./tls-files.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-tls-"));
const file = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    return false;
  }
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
}

/** A key and a certificate of an authority, or one that signs itself. */
function make(name: string, authority?: string, days = 2, san?: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
  const subject = ["-subj", `/CN=${name}`];
  if (authority === undefined) {
    openssl("req", "-x509", ...key, ...subject, "-days", String(days), "-out", `${name}.crt`);
    return;
  }
  openssl("req", "-new", ...key, ...subject, "-out", `${name}.csr`);
  const signer = ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-CAcreateserial"];
  writeFileSync(file("san.cnf"), `subjectAltName=${san}`);
  const extension = san === undefined ? [] : ["-extfile", "san.cnf"];
  openssl("x509", "-req", "-in", `${name}.csr`, ...signer, ...extension, "-days", String(days), "-out", `${name}.crt`);
}

const MESSAGES = bytes(
  ipfix(
    {},
    set(
      2,
      template(256, [
        [8, 4],
        [12, 4],
        [1, 4],
      ]),
    ),
  ),
  ipfix({}, set(256, bytes([0x0a000001, 4], [0x0a000002, 4], [1500, 4]))),
);

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function start(
  tls: Partial<TlsSettings> = {},
  proxies: readonly string[] = [],
): Promise<{ collector: Collector; sink: MemorySink; log: string[] }> {
  const sink = new MemorySink();
  const log: string[] = [];
  const note = (fields: object, message: string): void =>
    void log.push(`${message} ${(fields as { reason?: string }).reason ?? ""}`);
  const collector = createCollector(
    {
      listen: [{ host: "127.0.0.1", port: 0, transport: "tls" }],
      clockLimitMs: 0,
      proxies,
      tls: { certFile: file("server.crt"), keyFile: file("server.key"), client: "none", ...tls },
    },
    {
      sink,
      clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
      log: { info: () => {}, warn: note, error: note },
    },
  );
  await collector.start();
  open.push({ close: () => collector.stop() });
  return { collector, sink, log };
}

/** Connects and sends; resolves when the connection is closed by the collector or the messages were written. */
function send(collector: Collector, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { port } = collector.listening()[0]!;
  const socket = connect({
    host: "127.0.0.1",
    port,
    ca: readFileSync(file("ca.crt")),
    servername: "server",
    ...options,
  });
  open.push({ close: () => socket.destroy() });
  return new Promise((resolve) => {
    socket.on("error", () => resolve(socket));
    socket.on("close", () => resolve(socket));
    socket.on("secureConnect", () => socket.write(MESSAGES, () => resolve(socket)));
    socket.resume();
  });
}

const identity = (name: string): ConnectionOptions => ({
  cert: readFileSync(file(`${name}.crt`)),
  key: readFileSync(file(`${name}.key`)),
});

describe.skipIf(!hasOpenssl())("IPFIX over TLS", () => {
  beforeAll(() => {
    make("ca");
    make("server", "ca");
    make("exporter", "ca");
    make("stranger");
  });

  it("is decoded, and listed with its transport", async () => {
    const { collector, sink } = await start();
    const socket = await send(collector);
    await expect.poll(() => sink.rows.map(({ Bytes }) => Bytes)).toEqual([1500]);
    expect(socket.getProtocol()).toBe("TLSv1.2");
    expect(collector.exporters()).toMatchObject([{ transport: "tls", address: "127.0.0.1", records: 1 }]);
    socket.end();
    await expect.poll(() => collector.counters()).toMatchObject({ connections: 0, sessions: 0, tlsFailed: 0 });
  });

  // A header of the PROXY protocol, version 2: TCP from 192.0.2.9 port 1000 to 127.0.0.1 port 4740.
  const HEADER = bytes(
    Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a),
    ...([
      [0x2111, 2],
      [12, 2],
      [0xc0000209, 4],
      [0x7f000001, 4],
      [1000, 2],
      [4740, 2],
    ] as const),
  );

  /** A connection whose first bytes are a proxy's header, in one write with what is sent first, or before it. */
  async function proxied(port: number, together: boolean): Promise<Duplex> {
    const socket = connectTcp(port, "127.0.0.1");
    open.push({ close: () => socket.destroy() });
    await once(socket, "connect");
    let waiting = together;
    if (!together) {
      socket.write(HEADER);
      await sleep(100);
    }
    const duplex = new Duplex({
      read: () => {},
      write: (chunk: Uint8Array, _, done) => {
        socket.write(waiting ? bytes(HEADER, chunk) : chunk, done);
        waiting = false;
      },
    });
    socket.on("data", (chunk) => duplex.push(chunk));
    return duplex;
  }

  it.each([
    ["together with the first bytes of TLS", true],
    ["before them", false],
  ])("behind a proxy, is of the exporter that its header names: %s", async (_, together) => {
    const { collector, sink } = await start({}, ["127.0.0.1"]);
    await send(collector, { socket: await proxied(collector.listening()[0]!.port, together) });
    await expect.poll(() => sink.rows.map(({ Bytes }) => Bytes)).toEqual([1500]);
    expect(collector.exporters()).toMatchObject([{ transport: "tls", address: "192.0.2.9", records: 1 }]);
  });

  it("behind a proxy, without a header is refused", async () => {
    const { collector, sink } = await start({}, ["127.0.0.1"]);
    await send(collector);
    await expect.poll(() => collector.counters()["proxyHeadersInvalid"]).toBe(1);
    expect(sink.rows).toEqual([]);
  });

  it("is of version 1.3 where that is allowed", async () => {
    const { collector, sink } = await start({ maxVersion: "1.3" });
    expect((await send(collector)).getProtocol()).toBe("TLSv1.3");
    await expect.poll(() => sink.rows).toHaveLength(1);
  });

  it("what has arrived is decoded at the stop", async () => {
    const { collector, sink } = await start();
    await send(collector);
    await collector.stop();
    expect(sink.rows).toHaveLength(1);
  });

  it.each([
    ["required", "exporter", 1, 0],
    ["required", "stranger", 0, 1],
    ["required", undefined, 0, 1],
    ["optional", "exporter", 1, 0],
    ["optional", "stranger", 0, 1],
    ["optional", undefined, 1, 0],
    ["none", "stranger", 1, 0],
  ] as const)("with client certificates %s, an exporter with %s gives %i flow", async (client, who, rows, failed) => {
    const { collector, sink } = await start({ client, caFile: file("ca.crt") });
    await send(collector, who === undefined ? {} : identity(who));
    await expect
      .poll(() => [sink.rows.length, collector.counters()["tlsFailed"]], { timeout: 10_000 })
      .toEqual([rows, failed]);
    if (rows === 0) await expect.poll(() => collector.counters()["connections"]).toBe(0);
  });

  it.each([
    [["router.example.net"], "DNS:router.example.net", 1],
    [["other.example.net", "ROUTER.example.net"], "DNS:router.example.net", 1],
    [["192.0.2.9"], "IP:192.0.2.9", 1],
    [["2001:db8::1"], "IP:2001:db8:0:0:0:0:0:1", 1],
    [["*.example.net"], "DNS:router.example.net", 1],
    [["other.example.net"], "DNS:router.example.net", 0],
    [["192.0.2.10"], "IP:192.0.2.9", 0],
    [["*.example.net"], "DNS:a.b.example.net", 0],
    [["*.example.net"], "DNS:example.net", 0],
    [["router.example.net"], "DNS:*.example.net", 0],
    [["exporter"], undefined, 0],
  ] as const)("with --tls-name %j, an exporter whose certificate has %s gives %i flow", async (names, san, rows) => {
    if (san !== undefined) make("named", "ca", 2, san);
    const { collector, sink, log } = await start({ client: "required", caFile: file("ca.crt"), names });
    await send(collector, identity(san === undefined ? "exporter" : "named"));
    await expect
      .poll(() => [sink.rows.length, collector.counters()["tlsFailed"]], { timeout: 10_000 })
      .toEqual([rows, 1 - rows]);
    if (rows === 0) expect(log.join()).toContain("none of the names");
  });

  it.each([["a b"], [""], ["*.*.net"], ["192.0.2.0/24"]])("%j is no name", (name) => {
    const files = { certFile: file("server.crt"), keyFile: file("server.key"), caFile: file("ca.crt") };
    expect(() => tlsRules({ ...files, client: "required", names: [name] })).toThrow("not a DNS name");
  });

  it("refuses TLS 1.1, plain TCP and garbage, and goes on", async () => {
    const { collector, sink } = await start();
    await send(collector, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" });
    const { port } = collector.listening()[0]!;
    const plain = connectTcp({ port, host: "127.0.0.1" });
    plain.on("error", () => {});
    open.push({ close: () => plain.destroy() });
    await new Promise((resolve) => {
      plain.resume().on("close", resolve);
      plain.write(MESSAGES);
    });
    await expect.poll(() => collector.counters()).toMatchObject({ tlsFailed: 2, connections: 0 });
    await send(collector);
    await expect.poll(() => sink.rows).toHaveLength(1);
  });

  it.each([
    ["no certificate", { certFile: "absent.crt" }, "absent.crt: cannot read the certificate for TLS: no such file"],
    ["a key that is not one", { keyFile: "ca.crt" }, /ca\.crt: is not the key of .*server\.crt: /],
    ["the key of another", { keyFile: "stranger.key" }, /stranger\.key: is not the key of .*server\.crt: .*mismatch/],
    ["a certificate that is not one", { certFile: "server.key" }, "server.key: has no certificate in PEM format"],
    ["damaged authorities", { caFile: "bad.crt", client: "required" }, "bad.crt: certificate 2 is damaged: "],
  ] as const)("names the file: %s", (_, files, message) => {
    const damaged = readFileSync(file("ca.crt"), "latin1").replace(/\n[^-]{20}/, "\n");
    writeFileSync(file("bad.crt"), `${readFileSync(file("ca.crt"), "latin1")}\n${damaged}`);
    const usual = { certFile: file("server.crt"), keyFile: file("server.key"), client: "none" } as const;
    const chosen = Object.entries(files).map(([key, name]) => [key, key === "client" ? name : file(name)]);
    expect(() => tlsRules({ ...usual, ...(Object.fromEntries(chosen) as Partial<TlsSettings>) })).toThrow(message);
  });
});
