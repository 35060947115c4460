import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, set, template, v9 } from "@ngflow/wire/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { lineSink } from "../../apps/ngflow/src/out/line-sink.ts";
import { parseOut } from "../../apps/ngflow/src/out/out-url.ts";
import { Background, must, NGFLOW, SAME_USER, sleep } from "../support/command.ts";
import { KafkaFront, type SentBatch } from "../support/kafka-front.ts";
import { absentTools } from "../support/needs.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { freeUdpPort } from "../support/udp-port.ts";

/**
 * librdkafka is the broker and the reader: kcat has a cluster for tests in its process, which speaks the real protocol
 * on loopback. It keeps no record of producers, so what it has twice must be twice by the identity that brokers go by.
 */

const missing = absentTools("kcat", "openssl");
const folder = mkdtempSync(join(tmpdir(), "ngflow-kafka-"));
const never = new AbortController().signal;
const file = (name: string): string => join(folder, name);
const fronts: KafkaFront[] = [];
const [USER, PASSWORD] = ["ngflow", "a,b=c"];
let kcat: Background;
let broker = 0;

beforeAll(async () => {
  if (missing !== undefined) return;
  writeFileSync(file("password"), `${PASSWORD}\n`);
  writeFileSync(file("wrong"), "wrong\n");
  for (const name of ["authority", "other"])
    must(
      [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
      ].concat([
        "-subj",
        `/CN=${name}`,
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        file(`${name}.key`),
        "-out",
        file(`${name}.crt`),
      ]),
    );
  const words = ["-C", "-b", "none", "-t", "flows", "-o", "beginning", "-u", "-f", "%p %o %s\\n", "-d", "broker"];
  kcat = new Background(["kcat", ...words, "-X", "test.mock.num.brokers=1"]);
  await kcat.until("the broker", () => /127\.0\.0\.1:\d+/.test(kcat.stderr));
  broker = Number(/127\.0\.0\.1:(\d+)/.exec(kcat.stderr)![1]);
});
afterEach(async () => {
  for (const front of fronts.splice(0)) await front.down().catch(() => undefined);
});
afterAll(async () => {
  if (missing === undefined) await kcat.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function front(how: ConstructorParameters<typeof KafkaFront>[1] = {}): Promise<readonly [KafkaFront, number]> {
  const made = new KafkaFront(broker, how);
  fronts.push(made);
  return [made, await made.up()];
}

const TLS = { cert: "authority.crt", key: "authority.key" };
const tls = (): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(file(TLS.cert)),
  key: readFileSync(file(TLS.key)),
});
/** What the reader has: a message by its partition and offset. */
const read = (has: string): string[] => kcat.stdout.split("\n").filter((line) => line.includes(has));

describe.skipIf(missing !== undefined)(`a topic of Kafka${missing === undefined ? "" : ` (${missing})`}`, () => {
  test("takes messages with TLS and every way of signing in, plain and compressed", async () => {
    const [, port] = await front({ tls: tls(), user: { name: USER, password: PASSWORD } });
    const to = (sasl: string, more = "", password = "password", ca = "authority.crt"): string =>
      `kafka+tls://127.0.0.1:${port}/flows#sasl=${sasl}&user=${USER}&password-file=${file(password)}&ca-file=${file(ca)}${more}`;
    const send = async (url: string, lines: string): Promise<void> => {
      const sink = lineSink(parseOut(url));
      await sink.send(lines, never).finally(() => sink.close());
    };
    await send(to("plain"), '{"way":"plain"}\n{"way":"plain too"}\n');
    await send(to("scram-sha-256", "&compression=gzip"), '{"way":"256"}\n');
    await send(to("scram-sha-512"), '{"way":"512"}\n');
    await kcat.until("the messages", () => read('"way"').length === 4);
    expect(read('"way"').map((line) => line.split(" ").slice(2).join(" "))).toEqual(
      expect.arrayContaining(['{"way":"plain"}', '{"way":"plain too"}', '{"way":"256"}', '{"way":"512"}']),
    );
    await expect(send(to("plain", "", "wrong"), "1\n")).rejects.toThrow(
      "refused the user or the password (code 58): no such user",
    );
    await expect(send(to("scram-sha-256", "", "wrong"), "1\n")).rejects.toThrow("refused the user or the password");
    await expect(send(to("plain", "", "password", "other.crt"), "1\n")).rejects.toThrow("SELF_SIGNED");
  });

  test("gets every flow of a daemon once, whatever fails in between", { timeout: 180_000 }, async () => {
    const [between, port] = await front({ tls: tls(), user: { name: USER, password: PASSWORD } });
    const [udp, http] = [await freeUdpPort(), await freeTcpPort()];
    const url = `kafka+tls://127.0.0.1:${port}/flows#sasl=scram-sha-512&user=${USER}&password-file=${file("password")}&ca-file=${file("authority.crt")}&batch=20`;
    const words = [
      "up",
      "--no-capture",
      "--data",
      file("data"),
      "--http",
      `127.0.0.1:${http}`,
      "--listen",
      `127.0.0.1:${udp}`,
      "--out",
      url,
    ];
    const ngflow = new Background([...NGFLOW, ...words, ...SAME_USER]);
    await ngflow.until("ngflow up", () => ngflow.stdout.includes(`http://127.0.0.1:${http}`));
    const exporter = createSocket("udp4").bind(0, "127.0.0.1");
    let sent = 0;
    /** Flows with numbers that none before had, in datagrams of 20. */
    const export20 = (datagrams: number): void => {
      const flow = template(256, [
        [8, 4],
        [12, 4],
        [1, 4],
      ]);
      for (let i = 0; i < datagrams; i++) {
        const records = Array.from({ length: 20 }, () =>
          bytes([0x0a000001, 4], [0xc0a80001, 4], [7_000_000 + sent++, 4]),
        );
        exporter.send(
          v9({ seconds: Math.floor(Date.now() / 1000), sequence: sent }, set(0, flow), set(256, ...records)),
          udp,
          "127.0.0.1",
        );
      }
    };
    const numbers = (): number[] =>
      read('"Bytes"').map(
        (line) => (JSON.parse(line.split(" ").slice(2).join(" ")) as { readonly Bytes: number }).Bytes,
      );
    const arrived = (count: number): Promise<void> =>
      ngflow.until(`${count} flows`, () => new Set(numbers()).size === count, 60_000);
    const metric = async (name: string): Promise<number> => {
      const lines = (await (await fetch(`http://127.0.0.1:${http}/metrics`)).text()).split("\n");
      return Number(
        lines
          .find((line) => line.startsWith(`${name}{`) && line.includes("kafka+tls"))
          ?.split(" ")
          .at(-1),
      );
    };
    export20(1);
    await arrived(20);
    // The broker has a batch, and its answer does not arrive.
    between.swallow = 2;
    export20(5);
    await arrived(120);
    expect(between.swallow).toBe(0);
    await between.down();
    export20(5);
    while ((await metric("ngflow_out_failures_total")) === 0) await sleep(200);
    expect(numbers().length).toBeLessThan(220);
    await between.up();
    await arrived(220);
    while ((await metric("ngflow_out_flows_total")) < 220) await sleep(200);
    expect(await metric("ngflow_out_flows_total")).toBe(220);
    exporter.close();
    await ngflow.stop();

    const byIdentity = new Map<string, SentBatch[]>();
    for (const batch of between.batches) {
      const identity = [batch.producerId, batch.epoch, batch.partition, batch.sequence].join(" ");
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), batch]);
    }
    const again = [...byIdentity.values()].filter((same) => same.length > 1);
    expect(again.length).toBeGreaterThan(0);
    for (const [first, ...others] of again)
      for (const other of others) expect(other.bytes.equals(first!.bytes)).toBe(true);
    const once = [...byIdentity.values()].reduce((sum, [batch]) => sum + batch!.count, 0);
    expect([once, new Set(between.batches.map(({ producerId }) => producerId)).size]).toEqual([220, 1]);
    expect(numbers().length).toBe(between.batches.reduce((sum, { count }) => sum + count, 0));
    // In each partition, numbers follow each other without a gap.
    const batches = [...byIdentity.values()].map(([batch]) => batch!);
    for (const { partition, sequence, count } of batches) {
      const next = batches
        .filter((batch) => batch.partition === partition && batch.sequence > sequence)
        .map((batch) => batch.sequence);
      if (next.length > 0) expect(Math.min(...next)).toBe(sequence + count);
    }
    expect(ngflow.stderr + ngflow.stdout).not.toContain(PASSWORD);
  });
});
