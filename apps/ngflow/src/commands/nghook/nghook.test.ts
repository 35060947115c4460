import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ControlClient, connectControl } from "../../control/client.ts";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { collectingIo } from "../testing/collecting-io.ts";
import { runNghook } from "./nghook.ts";
import { USAGE } from "./options.ts";

let daemon: TestDaemon;
let peer: ControlClient;
let received: string[];

beforeEach(async () => {
  daemon = await startTestDaemon();
  received = [];
  peer = await connectControl(daemon.path, {
    name: "peer",
    onData: (hook, packet) => received.push(`${hook}:${Buffer.from(packet).toString()}`),
  });
});
afterEach(async () => {
  await peer.close();
  await daemon.stop();
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !condition(); i++) await sleep(2);
  expect(condition()).toBe(true);
}

/** A run of nghook with descriptors 0 and 1 as streams. */
class Hooked {
  readonly inputs = [new PassThrough(), new PassThrough()] as const;
  readonly outputs = [new PassThrough(), new PassThrough()] as const;
  err = "";
  readonly status: Promise<number>;

  constructor(...argv: string[]) {
    const io = collectingIo({ pid: 100, onErr: (text) => void (this.err += text) });
    this.status = runNghook(argv, io, {
      input: (descriptor) => this.inputs[descriptor],
      output: (descriptor) => this.outputs[descriptor],
      controlPath: () => daemon.path,
    });
  }

  text(descriptor: 0 | 1): string {
    return (this.outputs[descriptor].read() as Buffer | null)?.toString() ?? "";
  }
}

function hooks(): string[] {
  return [...daemon.graph.node(peer.nodeId)!.hooks.keys()];
}

describe("nghook", () => {
  it("relays packets both ways until the end of input, which is an error", async () => {
    const hooked = new Hooked("peer:", "tap");
    await until(() => hooks().length === 1);
    expect(hooks()).toEqual(["tap"]);
    expect(await peer.write("tap", Buffer.from("one"))).toBe(0);
    await until(() => hooked.outputs[1].readableLength === 3);
    expect(hooked.text(1)).toBe("one");
    hooked.inputs[0].write("first");
    await until(() => received.length === 1);
    hooked.inputs[0].end("second");
    expect(await hooked.status).toBe(71);
    expect(received).toEqual(["tap:first", "tap:second"]);
    expect(hooked.err).toBe("nghook: EOF(stdin)\n");
    await until(() => hooks().length === 0);
  });

  it("dumps, sends back, and uses the other descriptors", async () => {
    const hooked = new Hooked("-alsS", "peer:");
    await until(() => hooks().length === 1);
    expect(hooks()).toEqual(["debug"]);
    await peer.write("debug", Buffer.from("AB"));
    await until(() => received.length === 1);
    expect(received).toEqual(["debug:AB"]);
    expect(hooked.text(0)).toBe(`0000:  41 42 ${" ".repeat(42)} AB${" ".repeat(14)}\n\n`);
    hooked.inputs[1].end();
    expect(await hooked.status).toBe(71);
  });

  it("sends messages first", async () => {
    await peer.sendAscii(".", "mkpeer", '{ type="pair" ourhook="up" peerhook="left" }');
    await peer.sendAscii("up", "name", '{ name="meter" }');
    const hooked = new Hooked("-m", "setlimit { limit=9 burst=2 }", "-mgetlimit", "meter:", "right");
    await until(() => daemon.graph.snapshot().nodes.some((node) => node.hooks.some((hook) => hook.name === "right")));
    hooked.inputs[0].end("through");
    expect(await hooked.status).toBe(71);
    expect(received).toEqual(["up:through"]);
    const refused = new Hooked("-m", "nosuch", "peer:");
    expect(await refused.status).toBe(71);
    expect(refused.err).toBe("nghook: sending message 'nosuch': Function not implemented\n");
  });

  it("without input runs until the daemon is gone", async () => {
    const hooked = new Hooked("-n", "peer:");
    await until(() => hooks().length === 1);
    hooked.inputs[0].end("ignored");
    await peer.write("", Buffer.from("x"));
    await until(() => hooked.outputs[1].readableLength === 1);
    expect(received).toEqual([]);
    await daemon.stop();
    expect(await hooked.status).toBe(71);
    expect(hooked.err).toMatch(/^nghook: the daemon on .* closed the connection\n$/);
  });

  it("runs a program on the hook", async () => {
    const hooked = new Hooked("-e", "peer:", "tap", "sh", "-c", "read line; echo got $line; exit 3");
    await until(() => hooks().length === 1);
    await until(() => daemon.graph.node(peer.nodeId)?.hooks.has("tap") === true);
    // Until the program has started packets are lost, as anywhere on a network.
    const sending = setInterval(() => void peer.write("tap", Buffer.from("hello\n")).catch(() => {}), 20);
    expect(await hooked.status).toBe(3);
    clearInterval(sending);
    await until(() => received.length === 1);
    expect(received).toEqual(["tap:got hello\n"]);
    const absent = new Hooked("-e", "peer:", "tap", "/nonexistent/program");
    expect(await absent.status).toBe(71);
    expect(absent.err).toBe("nghook: /nonexistent/program: No such file or directory\n");
  });

  it("says when it cannot connect", async () => {
    const unknown = new Hooked("nobody:");
    expect(await unknown.status).toBe(71);
    expect(unknown.err).toBe("nghook: can't connect to node\n");
    await daemon.stop();
    const alone = new Hooked("peer:");
    expect(await alone.status).toBe(71);
    expect(alone.err).toMatch(/^nghook: can't get sockets: no daemon listens on /);
  });

  it.each([
    [[], ""],
    [["-x", "a:"], "nghook: illegal option -- x\n"],
    [["a:", "b", "c"], ""],
    [["-e", "a:", "b"], ""],
    [["-ea", "a:", "b", "c"], "conflicting options\n"],
    [["-el", "a:"], "conflicting options\n"],
    [["-m"], "nghook: option requires an argument -- m\n"],
    [["--control"], "nghook: option requires an argument -- control\n"],
  ])("usage: %j", async (argv, reason) => {
    const wrong = new Hooked(...argv);
    expect(await wrong.status).toBe(64);
    expect(wrong.err).toBe(`${reason}${USAGE}`);
  });
});
