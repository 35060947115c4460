import { Command } from "commander";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NgflowError } from "@ngflow/base";
import { afterAll, describe, expect, it, vi } from "vitest";
import { define } from "../commands/ngflow/verbs/export.ts";

const directory = mkdtempSync(join(tmpdir(), "ngflow-export-"));
afterAll(() => rmSync(directory, { recursive: true }));

const hasTshark = spawnSync("tshark", ["-v"]).status === 0;
const TSHARK_ABSENT = hasTshark ? "" : ": tshark is not installed";

/** A pcap of `count` packets, one a second: UDP and TCP over IPv4, ICMPv6, ARP; 25 flows. */
function capture(count: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(0x00040002, 4);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const packets = Array.from({ length: count }, (_, i) => {
    const kind = i % 4;
    const record = Buffer.alloc(16 + 74);
    record.writeUInt32LE(1_700_000_000 + i, 0);
    record.writeUInt32LE(250_000, 4);
    record.writeUInt32LE(74, 8);
    record.writeUInt32LE(kind === 1 ? 1014 : 74, 12);
    const frame = record.subarray(16);
    frame.writeUInt16BE(kind === 3 ? 0x0806 : kind === 2 ? 0x86dd : 0x0800, 12);
    if (kind < 2) {
      frame.writeUInt16BE(0x4500, 14);
      frame.writeUInt16BE(kind === 1 ? 1000 : 60, 16);
      frame[23] = kind === 0 ? 17 : 6;
      frame.writeUInt32BE(0x0a000000 + (i % 10), 26);
      frame.writeUInt32BE(0x0a000100, 30);
      frame.writeUInt16BE(4000, 34);
      frame.writeUInt16BE(53, 36);
    } else if (kind === 2) {
      frame[14] = 0x60;
      frame.writeUInt16BE(20, 18);
      frame[20] = 58;
      frame[22] = 0x20;
      frame[37] = i % 10;
      frame[38] = 0x20;
      frame[54] = 128;
    }
    return record;
  });
  return Buffer.concat([header, ...packets]);
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

/** Runs the verb. Returns what it wrote to standard output, or the error that would end the process. */
async function run(...args: string[]): Promise<{ out: string; error?: NgflowError }> {
  let out = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await define(new Command("export"))
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseAsync(args, { from: "user" });
    return { out };
  } catch (error) {
    if (error instanceof NgflowError) return { out, error };
    throw error;
  } finally {
    write.mockRestore();
  }
}

const TOTALS = { packets: 300, bytes: 100 * 60 + 100 * 1000 + 100 * 60 };
const SKIPPED = { notIp: 100, truncatedLink: 0, truncatedNetwork: 0, truncatedTransport: 0, malformed: 0 };

describe("ngflow export", () => {
  const input = file("in.pcap", capture(400));

  it.each(["v5", "v9", "ipfix"])("%s: totals on one line", async (format) => {
    const output = join(directory, `${format}.pcap`);
    const { out } = await run("-r", input, "--to", output, "--format", format, "--stats", "json", "--inactive", "60");
    const stats: unknown = JSON.parse(out);
    expect(out.split("\n")).toHaveLength(2);
    expect(stats).toMatchObject({ ...TOTALS, skipped: SKIPPED, sendErrors: 0 });
    expect(Object.keys(stats as object)).toEqual([
      ...["packets", "bytes", "skipped", "records", "datagrams", "sendErrors", "seconds"],
    ]);
  });

  it.skipIf(!hasTshark).each(["v5", "v9", "ipfix"])(
    `%s: tshark reads the same sums${TSHARK_ABSENT}`,
    async (format) => {
      const output = join(directory, `${format}-tshark.pcap`);
      const { out } = await run("-r", input, "--to", output, "--format", format, "--stats", "json");
      const stats = JSON.parse(out) as { datagrams: number };
      const fields = ["cflow.packets", "cflow.octets", "_ws.expert.message"].flatMap((name) => ["-e", name]);
      const read = spawnSync(
        "tshark",
        ["-r", output, "-d", "udp.port==2055,cflow", "-d", "udp.port==4739,cflow", "-T", "fields", ...fields],
        { encoding: "utf8" },
      );
      const rows = read.stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
      const sum = (column: number): number =>
        rows.reduce((n, row) => n + (row[column] || "0").split(",").reduce((m, value) => m + Number(value), 0), 0);
      const ipv6 = format === "v5" ? { packets: 100, bytes: 6000 } : { packets: 0, bytes: 0 };
      expect(rows).toHaveLength(stats.datagrams);
      expect([sum(0), sum(1)]).toEqual([TOTALS.packets - ipv6.packets, TOTALS.bytes - ipv6.bytes]);
      expect(rows.map((row) => row[2] ?? "").filter((message) => message !== "")).toEqual([]);
    },
  );

  it.each(["modern", "freebsd"])("%s: packets years apart are metered at once", async (profile) => {
    const bytes = capture(40);
    for (let i = 0; i < 40; i++) bytes.writeUInt32LE(i * 100_000_000, 24 + i * 90);
    const started = performance.now();
    const { out } = await run(
      ...["-r", file("years.pcap", bytes), "--to", join(directory, "years.out.pcap"), "--stats", "json"],
      ...["--profile", profile],
    );
    expect(JSON.parse(out)).toMatchObject({ packets: 30, records: 30 });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("gives the same bytes twice", async () => {
    const [a, b] = [join(directory, "a.pcap"), join(directory, "b.pcap")];
    await run("-r", input, "--to", a);
    await run("-r", input, "--to", b);
    expect(readFileSync(b).equals(readFileSync(a))).toBe(true);
    expect(readFileSync(a).length).toBeGreaterThan(1000);
  });

  it("runs profile freebsd with its timer on the time of the trace", async () => {
    const { out } = await run(
      "-r",
      input,
      "--to",
      join(directory, "k.pcap"),
      "--profile",
      "freebsd",
      "--stats",
      "json",
    );
    expect(JSON.parse(out)).toMatchObject({ ...TOTALS, skipped: { unaccounted: 100 } });
  });

  it("sends over UDP", async () => {
    const sink = createSocket("udp4");
    const versions: number[] = [];
    sink.on("message", (datagram) => versions.push(datagram.readUInt16BE(0)));
    sink.bind(0, "127.0.0.1");
    await once(sink, "listening");
    const { port } = sink.address() as AddressInfo;
    const { out } = await run("-r", input, "--to", `udp://127.0.0.1:${port}`, "--format", "ipfix", "--stats", "json");
    const { datagrams } = JSON.parse(out) as { datagrams: number };
    for (let i = 0; i < 100 && versions.length < datagrams; i++) await sleep(20);
    sink.close();
    expect(versions).toEqual(Array.from({ length: datagrams }, () => 10));
  });

  it("counts datagrams that nobody takes, goes on, and says so at the end", async () => {
    const { out, error } = await run("-r", input, "--to", "udp://127.0.0.1:9", "--inactive", "1", "--stats", "json");
    expect([error?.exit, error?.message]).toEqual([
      1,
      expect.stringMatching(/^127\.0\.0\.1:9 refused \d+ of \d+ datagrams: nobody listens there/),
    ]);
    expect(JSON.parse(out)).toMatchObject({ ...TOTALS, records: 300 });
    expect((JSON.parse(out) as { sendErrors: number }).sendErrors).toBeGreaterThan(0);
  });

  it.each(["v5", "v9", "ipfix"])(
    "%s: prints totals, what was not metered, destination, and the largest records",
    async (format) => {
      const output = join(directory, `summary-${format}.pcap`);
      const { out } = await run("-r", input, "--to", output, "--format", format, "--inactive", "60");
      const [totals, ...rest] = out.split("\n");
      expect(totals).toMatch(/^300 packets, 112000 bytes, \d+ flow records in [\d.]+ s$/);
      // Five TCP flows have 20 packets of 1000 bytes each; the others have less.
      const flow = expect.stringMatching(/^ {2}20000 bytes {2}tcp 10\.0\.0\.\d:4000 > 10\.0\.1\.0:53$/);
      expect(rest).toEqual([
        "not metered: 100 notIp",
        expect.stringMatching(new RegExp(`^\\d+ ${format} datagrams to ${output}$`)),
        ...["the largest records:", flow, flow, flow, flow, flow, ""],
      ]);
    },
  );

  it("says that records went nowhere without --to, and prints nothing with --quiet", async () => {
    const { out, error } = await run("-r", input);
    expect(error).toBeUndefined();
    expect(out).toMatch(/^300 packets, .*\n.*\nthe records went nowhere: --to .*\nthe largest records:\n/);
    expect((await run("-r", input, "--quiet")).out).toBe("");
  });

  it.each([
    ["standard input", ["-r", "-", "--workers", "2"], "standard input|each thread reads"],
    ["a pcap output", ["-r", input, "--workers", "2", "--to", join(directory, "w.pcap")], "udp://"],
    ["profile freebsd", ["-r", input, "--workers", "2", "--profile", "freebsd"], "profile freebsd"],
    ["a device", ["-r", "/dev/null", "--workers", "2"], "each thread reads"],
  ])("refuses several threads for %s; auto is one thread there", async (_name, args, text) => {
    const { error } = await run(...args);
    expect([error?.exit, error?.code, error?.message]).toEqual([64, "export-workers", expect.stringMatching(text)]);
  });

  it.each(["0", "65", "two", "-1", "1.5"])("refuses --workers %s", async (workers) => {
    await expect(run("-r", input, `--workers=${workers}`)).rejects.toThrow("auto or a whole number");
  });

  it.each([
    ["an input that is not there", "/nonexistent/x.pcap"],
    ["a foreign input", file("foreign.pcap", Buffer.from("hello, this is text"))],
  ])("leaves the file that was there before when it fails: %s", async (_, wrong) => {
    const output = file("precious.pcap", Buffer.from("precious"));
    expect((await run("-r", wrong, "--to", output)).error).toBeDefined();
    expect(readFileSync(output, "utf8")).toBe("precious");
    expect(existsSync(`${output}.part`)).toBe(false);
  });

  it("writes devices in place, and the file that a link leads to", async () => {
    const target = file("target.pcap", Buffer.from("old"));
    for (const to of ["/dev/null", target]) {
      const link = join(directory, "link.pcap");
      symlinkSync(to, link);
      expect((await run("-r", input, "--to", link)).error).toBeUndefined();
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      rmSync(link);
    }
    expect(readFileSync(target).length).toBeGreaterThan(1000);
  });

  it("exports what comes before damage, and then says where it is", async () => {
    const cut = file("cut.pcap", capture(9).subarray(0, 24 + 8 * 90 + 50));
    const { out, error } = await run("-r", cut, "--to", join(directory, "cut-out.pcap"), "--stats", "json");
    expect(JSON.parse(out)).toMatchObject({ packets: 6, skipped: { notIp: 2 } });
    expect([error?.exit, error?.message]).toEqual([65, expect.stringContaining(`offset ${24 + 8 * 90}`)]);
  });

  it.each([
    ["a missing file", ["-r", "/nonexistent/x.pcap"], 66, "no such file"],
    ["a directory", ["-r", directory], 66, "directory"],
    ["a foreign file", ["-r", file("text.pcap", Buffer.from("hello, this is text"))], 65, "offset 0"],
    ["an output that cannot be written", ["-r", input, "--to", "/nonexistent/out.pcap"], 73, "/nonexistent/out.pcap"],
    ["an odd destination", ["-r", input, "--to", "somewhere"], 64, "somewhere"],
    ["a destination without a port", ["-r", input, "--to", "udp://127.0.0.1"], 64, "udp://HOST:PORT"],
    ["no input", [], 64, "-r FILE"],
    ["IPFIX of profile freebsd", ["-r", input, "--profile", "freebsd", "--format", "ipfix"], 64, "no IPFIX"],
  ])("refuses %s in one line", async (_name, args, exit, text) => {
    const { error } = await run(...args);
    expect([error?.exit, error?.message]).toEqual([exit, expect.stringContaining(text)]);
    expect(error?.message).not.toContain("\n");
  });

  it.each([["--unknown"], ["--format=v7"], ["--active=soon"], ["--max-flows=0"]])("refuses %s", async (option) => {
    await expect(run("-r", input, option)).rejects.toThrow();
  });
});

it("a flow of the first packet alone has times above 0: nfcapd takes 0 as none", async () => {
  const input = file("first.pcap", capture(1));
  const target = join(directory, "first-v5.pcap");
  await run("-r", input, "--format", "v5", "--to", target, "--quiet");
  const bytes = readFileSync(target);
  // Version 5, one record; start and end are 24 bytes into the record.
  const datagram = bytes.indexOf(Buffer.from([0, 5, 0, 1]), 24 + 16);
  expect([bytes.readUInt32BE(datagram + 48), bytes.readUInt32BE(datagram + 52)]).toEqual([1, 1]);
});
