import { spawn, spawnSync } from "node:child_process";
import {
  encodeFrame,
  FLAG_NO_NODE,
  FRAME,
  FrameReader,
  MAGIC,
  MAX_REQUEST,
  MAX_RESPONSE,
  textBytes,
} from "../frame.ts";

/** Whether this process can be other users. */
export const canBeOthers = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;

/** A user, with the groups besides that of the same number. */
export interface OtherUser {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** Sends what it reads to a socket and prints what comes back, until the socket closes. */
const RELAY = `
const [, path] = process.argv;
const socket = require("node:net").connect(path);
process.stdin.pipe(socket);
socket.on("data", (chunk) => process.stdout.write(chunk));
socket.on("error", (error) => { process.stderr.write(error.code); process.exit(1); });
socket.on("close", () => process.exit(0));`;

/** What a control socket says to another user. */
export interface Answers {
  /** The answers in order: JSON of a call, errno of a message. Undefined if there was none. */
  readonly values: readonly unknown[];
  /** Why the socket could not be opened; empty if it could. */
  readonly refused: string;
}

/** A call with its argument, or a message in ASCII. */
export type Ask =
  | { readonly call: string; readonly args?: unknown }
  | { readonly path: string; readonly command: string; readonly args: string };

/** Asks a control socket as another user, with a process of that user. */
export async function askAs(user: OtherUser, path: string, asks: readonly Ask[]): Promise<Answers> {
  const withNode = asks.some((ask) => "path" in ask);
  const hello = Uint8Array.of(1, 0, withNode ? 0 : FLAG_NO_NODE, 0);
  const frames = asks.map((ask, i) =>
    "call" in ask
      ? encodeFrame(FRAME.call, i + 2, [ask.call, textBytes(JSON.stringify(ask.args) ?? "")], MAX_REQUEST, "utf8")
      : encodeFrame(FRAME.sendAscii, i + 2, [ask.path, ask.command, textBytes(ask.args)], MAX_REQUEST, "utf8"),
  );
  const groups = user.groups.length === 0 ? "--clear-groups" : `--groups=${user.groups.join()}`;
  const words = [`--reuid=${user.uid}`, `--regid=${user.uid}`, groups, "--", process.execPath, "-e", RELAY, path];
  const child = spawn("setpriv", words, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdin.write(encodeFrame(FRAME.hello, 1, [MAGIC, hello, ""], MAX_REQUEST, "utf8"));
  for (const frame of frames) child.stdin.write(frame);
  let refused = "";
  child.stderr.on("data", (chunk) => (refused += String(chunk)));
  const reader = new FrameReader(MAX_RESPONSE);
  const answers = new Map<number, unknown>();
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        if (frame.kind === FRAME.message || frame.kind === FRAME.data) continue;
        const body = Buffer.from(frame.body);
        const isNumber = frame.kind === FRAME.sendAscii || frame.kind === FRAME.hello;
        answers.set(frame.id, isNumber ? body.readUInt32LE(0) : JSON.parse(body.toString()));
      }
      if (answers.size > asks.length) child.stdin.end();
    });
    child.on("close", () => resolve());
  });
  return { values: asks.map((_, i) => answers.get(i + 2)), refused };
}
