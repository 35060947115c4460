import { PacketBatch } from "@ngflow/base";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { TypedSession } from "./testing/typed-session.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(async () => {
  await daemon.stop();
});

it("prints the help, prompts, survives errors and ends with quit", async () => {
  const shell = new TypedSession(daemon.path);
  await shell.sees("Available commands:\n  config     ");
  await shell.sees("  quit       Leave ngctl.\n+ ");
  await shell.type("nosuch\r");
  await shell.sees('ngctl: "nosuch": unknown command\nngflow: the commands are config, connect, ');
  await shell.type("name one\r");
  await shell.sees("ngctl: usage: name <path> <name>\n+ ");
  await shell.type("\rlist\r");
  await shell.sees("There are 1 total nodes:\n  Name: ngctl100 ");
  await shell.type("quit\r");
  expect(await shell.status).toBe(0);
});

it("ends with a new line at the end of input, after running what was typed", async () => {
  const shell = new TypedSession(daemon.path);
  await shell.sees("+ ");
  shell.input.write("debug 1\rdebug\r");
  shell.input.end();
  await shell.sees("Current debug level is 1\n");
  await shell.sees("\n");
  expect(await shell.status).toBe(0);
});

it("cancels a line with ^C and recalls lines from the history, each once", async () => {
  const shell = new TypedSession(daemon.path);
  await shell.sees("Leave ngctl.\n+ ");
  await shell.type("debug 4\r");
  await shell.sees("+ ");
  await shell.type("debug\rdebug\r");
  await shell.sees("level is 4\n");
  await shell.sees("level is 4\n+ ");
  await shell.type("shutdown em0:\x03");
  await shell.sees("^C\n");
  await shell.type("debug 7\r");
  await shell.sees("+ ");
  const up = "\x1b[A";
  shell.input.write(up + up + up);
  await shell.type("\rdebug\r");
  await shell.sees("level is 4\n");
  await shell.type("\x04");
  expect(await shell.status).toBe(0);
});

it("shows messages and packets when they arrive, above the line being typed", async () => {
  daemon.makeNode("em0");
  const shell = new TypedSession(daemon.path);
  await shell.sees("Leave ngctl.\n+ ");
  await shell.type("mkpeer pair up left\rmsg up later\r");
  await shell.sees("later\n+ ");
  await shell.type("types\r");
  await shell.sees("socket       1\n+ ");
  await shell.type("mkp");
  await shell.sees("mkp");
  daemon.answerLater();
  await shell.sees(`Rec'd response "later" (9) from "[3]:":\nArgs:\t77\n+ mkp`);
  await shell.type("eer up pair right left\rconnect . up.right down right\rwrite up 1 2 65\r");
  await shell.sees(`Rec'd data packet on hook "down":\n0000:  01 02 41 ${" ".repeat(39)} ..A${" ".repeat(13)}\n+ `);
  await shell.type("quit\r");
  expect(await shell.status).toBe(0);
});

it("ends when an empty packet arrives, which is how a stream's end is announced", async () => {
  const shell = new TypedSession(daemon.path);
  await shell.sees("Leave ngctl.\n+ ");
  await shell.type("mkpeer pair bar left\rname bar pair\r");
  const send = (...bytes: number[]): void => {
    const pair = [...daemon.graph.nodes()].find((node) => node.name === "pair")!;
    daemon.graph.run(() => pair.hooks.get("left")!.send(PacketBatch.of(Uint8Array.from(bytes), 0)));
  };
  await vi.waitFor(() => expect(() => send(65)).not.toThrow());
  await shell.sees(`Rec'd data packet on hook "bar":\n0000:  41 `);
  send();
  await shell.sees('ngctl: EOF from hook "bar"?\n');
  expect(await shell.status).toBe(71);
});

it("completes commands, paths, types, hooks and messages", async () => {
  daemon.makeNode("em0");
  const shell = new TypedSession(daemon.path);
  await shell.sees("Leave ngctl.\n+ ");
  await shell.type("mkp\te\t");
  await shell.sees("mkpeer em0:");
  await shell.type(" p\ti\tl\t\r");
  await shell.sees("+ ");
  await shell.type("name em0:i\t meter\r");
  await shell.sees("+ ");
  await shell.type("msg met\t getl\t\r");
  await shell.sees(`Args:\t0\n+ `);
  await shell.type("he\tshu\t\r");
  await shell.sees("usage:    shutdown <path>");
  await shell.type("connect em0: met\t o\tri\t\rshow em0:\r");
  await shell.sees("Num hooks: 2");
  await shell.type("q\t\r");
  expect(await shell.status).toBe(0);
});

it("says so when the daemon goes away, and ends", async () => {
  const shell = new TypedSession(daemon.path);
  await shell.sees("Leave ngctl.\n+ ");
  await daemon.stop();
  await shell.sees(`ngctl: the daemon on ${daemon.path} closed the connection\n`);
  expect(await shell.status).toBe(71);
});
