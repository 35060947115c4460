import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectControl } from "./client.ts";
import { encodeFrame, encodeNumbers, FRAME, FrameReader, MAX_RESPONSE } from "./frame.ts";

let directory: string;
let path: string;
let server: Server;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-client-"));
  path = join(directory, "control.sock");
});
afterEach(async () => {
  if (server.listening) await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

/** A daemon that answers the hello and then whatever `answer` writes to each further request. */
async function listen(answer: (socket: Socket, id: number) => void, hello = true): Promise<void> {
  server = createServer((socket) => {
    const reader = new FrameReader(MAX_RESPONSE);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        if (hello && frame.kind === FRAME.hello) socket.write(reply(FRAME.hello, frame.id, encodeNumbers(1, 7)));
        else answer(socket, frame.id);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

function reply(kind: number, id: number, body: Uint8Array): Uint8Array {
  return encodeFrame(kind, id, [body], MAX_RESPONSE, "utf8");
}

it("takes answers in whatever order they come", async () => {
  const ids: number[] = [];
  await listen((socket, id) => {
    ids.push(id);
    if (ids.length < 2) return;
    for (const each of ids.reverse()) socket.write(reply(FRAME.call, each, Buffer.from(String(each))));
  });
  const client = await connectControl(path);
  expect(client.nodeId).toBe(7);
  expect(await Promise.all([client.call("a"), client.call("b")])).toEqual([2, 3]);
  await client.close();
});

it.each<[string, (socket: Socket, id: number) => void]>([
  ["text", (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["an answer of another kind", (socket, id) => socket.write(reply(FRAME.send, id, encodeNumbers(0, 0)))],
  ["an answer to nothing", (socket, id) => socket.write(reply(FRAME.call, id + 1, Buffer.from("1")))],
  ["a refusal that is no JSON", (socket, id) => socket.write(reply(FRAME.refused, id, Buffer.from("no")))],
  ["an event cut short", (socket) => socket.write(reply(FRAME.message, 0, Uint8Array.of(200, 0, 65)))],
])("gives up on a daemon that sends %s", async (_what, answer) => {
  await listen(answer);
  const lost: Error[] = [];
  const client = await connectControl(path, { onLost: (error) => lost.push(error), onMessage: () => {} });
  await expect(client.call("a")).rejects.toMatchObject({ code: "control-lost" });
  expect(lost).toMatchObject([{ code: "control-lost", exit: 71 }]);
  await expect(client.call("a")).rejects.toMatchObject({ code: "control-lost" });
  await client.close();
});

it("gives up on a daemon that does not answer in time, before its hello or later", async () => {
  await listen(() => {}, false);
  const said = expect.stringContaining("did not answer within 0.02 s") as string;
  await expect(connectControl(path, { answerMs: 20 })).rejects.toMatchObject({ code: "control-lost", message: said });
  await new Promise((resolve) => server.close(resolve));
  await listen(() => {});
  const client = await connectControl(path, { answerMs: 20 });
  await expect(client.call("a")).rejects.toMatchObject({ code: "control-lost", message: said });
  await client.close();
});

it("gives up when the daemon leaves before its hello", async () => {
  await listen((socket) => socket.destroy(), false);
  await expect(connectControl(path)).rejects.toMatchObject({ code: "control-lost" });
});
