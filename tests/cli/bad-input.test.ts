import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Background, NGCTL, NGFLOW, run, type Ended } from "../support/command.ts";
import { absentPrivilege, skipWithout } from "../support/needs.ts";
import { createRandom, makeCapture } from "../support/packets.ts";
import { freeUdpPort } from "../support/udp-port.ts";

/** Exit codes of the commands, as in `packages/base/src/error.ts`. */
const USAGE = 64;
const DATA = 65;
const NO_INPUT = 66;
const OS = 71;
const CANNOT_CREATE = 73;
const CONFIG = 78;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-bad-input-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file of the test with the given bytes. */
function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/**
 * Asserts that a command ended with one line for people on standard error that says all of `words`, and with the exit
 * code. A daemon's log entries, one JSON object a line when nobody watches, are not for people.
 */
function expectRefusal(ended: Ended, status: number, ...words: readonly (string | RegExp)[]): void {
  const lines = ended.stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith('{"level":'));
  expect(lines, ended.stderr).toHaveLength(1);
  for (const word of words) expect(lines[0]).toMatch(word);
  expect(ended.status, ended.stderr).toBe(status);
}

const ngflow = (...words: readonly string[]): Ended => run([...NGFLOW, ...words], { timeoutMs: 60_000 });

describe("a capture file", () => {
  const whole = makeCapture(1, 20);
  const target = (): string => join(folder, "out.pcap");

  test("that is cut off: says where, and exit 65", () => {
    const path = file("cut.pcap", whole.subarray(0, whole.length - 7));
    expectRefusal(ngflow("export", "-r", path, "--to", target()), DATA, "cut.pcap", /offset|byte|packet/, /trunc|cut/i);
  });

  test("that is not a capture: exit 65", () => {
    const path = file("foreign.pcap", "PK\u0003\u0004 this is something else entirely\n".repeat(10));
    expectRefusal(ngflow("export", "-r", path, "--to", target()), DATA, "foreign.pcap");
  });

  test("that is empty: exit 65", () => {
    expectRefusal(ngflow("export", "-r", file("empty.pcap", ""), "--to", target()), DATA, "empty.pcap");
  });

  test("that is absent: exit 66", () => {
    const path = join(folder, "absent.pcap");
    expectRefusal(ngflow("export", "-r", path, "--to", target()), NO_INPUT, "absent.pcap");
    expectRefusal(ngflow("decode", path), NO_INPUT, "absent.pcap");
  });

  test("of random bytes after a good header is never an internal error", () => {
    const random = createRandom(7);
    for (let i = 0; i < 10; i++) {
      const bytes = whole.slice();
      for (let n = 0; n < 40; n++) bytes[24 + random(bytes.length - 24)] = random(256);
      const { status, stderr } = ngflow("export", "-r", file("noise.pcap", bytes), "--to", target());
      expect([0, DATA], stderr).toContain(status);
      expect(stderr).not.toMatch(/internal error|\n {4}at /);
    }
  });
});

describe("an option", () => {
  test.each([
    ["unknown", ["export", "--frobnicate"], /frobnicate/],
    ["without its value", ["export", "-r"], /-r/],
    ["with a format that does not exist", ["export", "-r", "x.pcap", "--to", "y.pcap", "--format", "v6"], /v6/],
    ["with a target that is none", ["export", "-r", "x.pcap", "--to", "udp://nowhere"], /nowhere/],
    ["with an address that is none", ["collect", "--listen", "here"], /here/],
    ["with a field that does not exist", ["query", "--by", "Colour"], /Colour/],
  ])("%s: exit 64", (_, words, said) => {
    expectRefusal(ngflow(...words), USAGE, said);
  });

  test("unknown to ngctl: exit 64", () => {
    expect(run([...NGCTL, "-Z"]).status).toBe(USAGE);
  });

  test("verb unknown: exit 64", () => {
    expectRefusal(ngflow("explode"), USAGE, "explode");
  });

  test("AS table with a line that is not valid: exit 65, with its number", () => {
    const table = file("as.csv", "192.0.2.0/24,64500\n192.0.2.1/24,64501\n");
    const capture = file("one.pcap", "");
    expectRefusal(
      ngflow("export", "-r", capture, "--to", join(folder, "as.pcap"), "--as-table", table),
      DATA,
      "as.csv:2:",
    );
    const none = join(folder, "none.csv");
    expectRefusal(
      ngflow("export", "-r", capture, "--to", join(folder, "as.pcap"), "--as-table", none),
      NO_INPUT,
      "none.csv",
    );
    expectRefusal(
      ngflow("graph", "--demo", "1", "--control", join(folder, "g.sock"), "--as-table", table),
      DATA,
      "as.csv:2:",
    );
  });

  test("configuration file with an unknown key: exit 78", () => {
    const path = file("bad.yaml", "data: /tmp/x\ncolour: blue\n");
    expectRefusal(ngflow("collect", "--config", path), CONFIG, "bad.yaml", "colour");
  });

  test("configuration file that is absent: exit 66", () => {
    expectRefusal(ngflow("collect", "--config", join(folder, "none.yaml")), NO_INPUT, "none.yaml");
  });
});

describe("a port in use", () => {
  let http: Server;
  let udp: Socket;
  beforeAll(async () => {
    http = createServer().listen(0, "127.0.0.1");
    await once(http, "listening");
    udp = createSocket("udp4");
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
  });
  afterAll(() => {
    http.close();
    udp.close();
  });

  test.each(["serve", "demo"])("of the console of %s: names it, leaves the data directory empty, exit 71", (verb) => {
    const address = `127.0.0.1:${(http.address() as AddressInfo).port}`;
    const data = mkdtempSync(join(folder, "http-in-use-"));
    const control = join(folder, "http-in-use.sock");
    expectRefusal(ngflow(verb, "--data", data, "--control", control, "--http", address), OS, address, /in use/);
    expect(readdirSync(data)).toEqual([]);
  });

  test("of the collector: names it, exit 71", () => {
    const { port } = udp.address();
    const data = ["--data", join(folder, "udp-in-use")];
    const ended = ngflow("collect", ...data, "--listen", `127.0.0.1:${port}`);
    expectRefusal(ended, OS, "127.0.0.1", String(port), /in use/);
  });
});

describe("an interface", () => {
  test("that does not exist: names it, exit 71", (ctx) => {
    const reason = absentPrivilege();
    ctx.skip(reason !== undefined, reason);
    const own = ["--data", join(folder, "none"), "--control", join(folder, "none.sock"), "--http", "127.0.0.1:0"];
    const ended = ngflow("up", "--interface", "ngflow-none0", "--listen", "127.0.0.1:0", ...own);
    expectRefusal(ended, OS, "ngflow-none0");
  });
});

describe("a data directory", () => {
  const started: Background[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((each) => each.stop("SIGKILL")));
  });

  const serve = (data: string): string[] => [...NGFLOW, "serve", "--data", data, "--http", "127.0.0.1:0"];

  test("that another process holds: names that process, exit 71, and the process keeps running", async () => {
    const data = join(folder, "held");
    const holder = new Background(serve(data));
    started.push(holder);
    await holder.until("the first server", () => holder.stdout.includes("http://"));
    expectRefusal(run(serve(data), { timeoutMs: 60_000 }), OS, data, /held|use/);
    expect(holder.running).toBe(true);
  });

  test("that is a file: exit 73", () => {
    const path = file("a-file", "not a directory");
    expectRefusal(run(serve(path), { timeoutMs: 60_000 }), CANNOT_CREATE, "a-file");
  });

  test("on a full disk: exit 73 at the start, no partial files", (ctx) => {
    const reason = absentPrivilege();
    ctx.skip(reason !== undefined, reason);
    skipWithout(ctx, "unshare", "mount");
    const disk = join(folder, "full");
    mkdirSync(disk);
    // A file system of its own, 64 kB and full, in a mount namespace that ends with the command.
    const script = `mount -t tmpfs -o size=64k tmpfs ${disk} && head -c 64k /dev/zero > ${disk}/ballast; exec "$@"`;
    const words = ["unshare", "--mount", "sh", "-c", script, "sh", ...serve(join(disk, "data"))];
    expectRefusal(run(words, { timeoutMs: 60_000 }), CANNOT_CREATE, disk);
  });
});

interface Hop {
  readonly hop: string;
  readonly counters: Readonly<Record<string, number>>;
}

interface Pipeline {
  readonly rowsStored: number;
  readonly hops: readonly Hop[];
}

describe("a malformed datagram", () => {
  test("in a file: an error line that says why and where, exit 65", () => {
    const path = file("noise.dat", Uint8Array.from([0, 9, 0, 40, 1, 2, 3]));
    const { status, stdout, stderr } = ngflow("decode", path);
    const line = JSON.parse(stdout.trim().split("\n")[0] ?? "{}") as Record<string, unknown>;
    expect(line).toMatchObject({ kind: "error", code: expect.any(String), message: expect.any(String) });
    expect(line["offset"]).toEqual(expect.any(Number));
    expect(status, stderr).toBe(DATA);
  });

  test("to a collector: counted by reason, and what follows is stored", { timeout: 90_000 }, async () => {
    const port = await freeUdpPort();
    const data = join(folder, "garbage");
    const http = createServer().listen(0, "127.0.0.1");
    await once(http, "listening");
    const address = `127.0.0.1:${(http.address() as AddressInfo).port}`;
    http.close();
    await once(http, "close");
    const words = ["demo", "--no-story", "--data", data, "--http", address, "--listen", `127.0.0.1:${port}`];
    const demo = new Background([...NGFLOW, ...words, "--control", join(folder, "garbage.sock")]);
    try {
      const pipeline = async (): Promise<Pipeline> =>
        (await fetch(`http://${address}/api/v1/pipeline`)).json() as Promise<Pipeline>;
      const hop = async (name: string): Promise<Hop> =>
        (await pipeline()).hops.find((each) => each.hop === name) ?? { hop: name, counters: {} };
      // The console answers before the collector listens.
      await demo.until("the first row", () =>
        pipeline().then(
          ({ rowsStored }) => rowsStored > 0,
          () => false,
        ),
      );
      const socket = createSocket("udp4");
      const random = createRandom(3);
      for (let i = 0; i < 200; i++) {
        const bytes = Uint8Array.from({ length: random(1400) }, () => random(256));
        // Half of them claim to be a version that is decoded.
        if (i % 2 === 0 && bytes.length > 2) bytes.set([0, [1, 5, 9, 10][random(4)] ?? 9]);
        socket.send(bytes, port, "127.0.0.1");
      }
      const malformed = async (): Promise<[string, number][]> =>
        Object.entries((await hop("collector")).counters).filter(([name]) => name.startsWith("malformed:"));
      await demo.until("three reasons", async () => (await malformed()).length > 2);
      socket.close();
      const reasons = await malformed();
      const metrics = await (await fetch(`http://${address}/metrics`)).text();
      for (const [name] of reasons) expect(metrics).toContain(`counter="${name}"`);
      const before = await pipeline();
      await demo.until("more rows", async () => (await pipeline()).rowsStored > before.rowsStored);
      expect(demo.running).toBe(true);
    } finally {
      await demo.stop();
    }
  });
});
