import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, set, template, v9 } from "@ngflow/wire/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW, run } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";

const DECODE = [...NGFLOW, "decode"];
const TEMPLATES = v9({ sequence: 0 }, set(0, template(256, [[2, 4]])));
const DATA = v9({ sequence: 1 }, set(256, bytes([1, 4], [2, 4], [3, 4])));

describe("ngflow decode", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-decode-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, content: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const kinds = (stdout: string): string[] =>
    stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { kind: string }).kind);

  test("reads files and standard input, templates of one file serving the next", () => {
    const paths = [file("templates.dat", TEMPLATES), file("data.bin", DATA)];
    const ended = run([...DECODE, ...paths]);
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(kinds(ended.stdout)).toEqual(["template", "flow", "flow", "flow"]);
    const piped = run([...DECODE, "-"], { input: bytes(TEMPLATES, DATA) });
    expect(piped).toMatchObject({ status: 0, stderr: "" });
    expect(kinds(piped.stdout)).toEqual(["template", "flow", "flow", "flow"]);
  });

  test.for([
    ["no such file", "absent.pcap", undefined, 66, /absent\.pcap: no such file/],
    ["a foreign file", "foreign.dat", bytes([0x89504e47, 4], [0, 60]), 65, /foreign\.dat: .*offset 0/],
    ["an empty file", "empty.dat", new Uint8Array(0), 65, /empty\.dat: is empty/],
    ["damage", "damaged.dat", bytes(TEMPLATES, [0xffff, 2], [0xffff, 2], [1, 4]), 65, /damaged\.dat: damaged/],
  ] as const)("%s is one line and its exit code", ([, name, content, status, message]) => {
    const path = content === undefined ? join(folder, name) : file(name, content);
    const ended = run([...DECODE, path]);
    expect(ended.status).toBe(status);
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(ended.stderr).toMatch(message);
  });

  test("nothing to read, or options that do not fit, are usage errors", () => {
    expect(run(DECODE).status).toBe(64);
    expect(run([...DECODE, "--count", "2", "x"]).status).toBe(64);
    expect(run([...DECODE, "--listen", "sctp://127.0.0.1:1"]).status).toBe(64);
    expect(run([...DECODE, "--listen", "127.0.0.1:2055", "--count", "0"]).status).toBe(64);
  });

  test("it ends without an error when the reader closes the pipe", async () => {
    const many = Array.from({ length: 3000 }, () => DATA);
    const path = file("many.dat", bytes(TEMPLATES, ...many.map((each) => Uint8Array.from(each))));
    const [command, ...args] = [...DECODE, path];
    const child = spawn(command!, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once("data", () => child.stdout.destroy());
    const [status] = (await once(child, "close")) as [number | null];
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("receives on a UDP port until the requested number of datagrams has arrived", async () => {
    const port = await freeUdpPort();
    const decode = new Background([...DECODE, "--listen", `udp://127.0.0.1:${port}`, "--count", "2"]);
    const socket = createSocket("udp4");
    const sending = setInterval(() => {
      socket.send(TEMPLATES, port, "127.0.0.1");
    }, 200);
    const { status, stdout, stderr } = await decode.ended(30_000);
    clearInterval(sending);
    socket.close();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(kinds(stdout)).toEqual(["template", "template"]);
    expect(JSON.parse(stdout.split("\n")[0]!)).toMatchObject({ exporter: "127.0.0.1", version: 9, template: 256 });
  });

  test("a port in use is exit 71", async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const ended = run([...DECODE, "--listen", `127.0.0.1:${socket.address().port}`]);
    socket.close();
    expect(ended.status).toBe(71);
    expect(ended.stderr).toMatch(/UDP port \d+ on 127\.0\.0\.1 is in use/);
  });
});
