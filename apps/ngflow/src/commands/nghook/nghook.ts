import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { EXIT, NgflowError, strerror } from "@ngflow/base";
import { encodeMessage, GENERIC, GENERIC_COOKIE } from "@ngflow/graph";
import { type ControlClient, connectControl } from "../../control/client.ts";
import type { ProcessIo } from "../process-io.ts";
import { systemErrorText } from "../ngctl/files.ts";
import { cFields, NAME, PATH } from "../ngctl/message.ts";
import { type Options, parseOptions } from "./options.ts";
import { OWN_HOOK, PacketOutput, RelayError, sendInput } from "./relay.ts";
import { printText } from "../../output/print-text.ts";
import { asksForHelp } from "../help-text.ts";
import { helpPage } from "./help-page.ts";

/** What nghook depends on besides its streams. Descriptors 0 and 1 are opened only when they are used. */
export interface NghookDeps {
  input(descriptor: 0 | 1): Readable;
  output(descriptor: 0 | 1): Writable;
  /** Path of the daemon's socket for a value of `--control`. */
  controlPath(option?: string): string;
}

/** Runs nghook until its input ends or the daemon is gone. Resolves to the exit status (reference: netgraph.md §9). */
export async function runNghook(argv: readonly string[], io: ProcessIo, deps: NghookDeps): Promise<number> {
  if (asksForHelp(argv)) {
    printText(io.stdout, helpPage());
    return EXIT.ok;
  }
  const options = parseOptions(argv);
  if ("problem" in options) {
    printText(io.stderr, options.problem);
    return EXIT.usage;
  }
  try {
    return await run(options, io, deps);
  } catch (error) {
    if (!(error instanceof NgflowError) && !(error instanceof RelayError)) throw error;
    printText(io.stderr, `nghook: ${error.message}\n`);
    return EXIT.os;
  }
}

async function run(options: Options, io: ProcessIo, deps: NghookDeps): Promise<number> {
  const debug = (text: string): void => {
    if (options.debugLevel > 0) printText(io.stderr, `nghook: debug: ${text}\n`);
  };
  let receive = (_packet: Uint8Array): void => {};
  let lose = (_error: Error): void => {};
  const lost = new Promise<never>((_resolve, reject) => {
    lose = reject;
  });
  // The promise may be awaited later; until then its rejection is not an unhandled one.
  lost.catch(() => {});
  const client = await open(options, deps, { onData: (packet) => receive(packet), onLost: (error) => lose(error) });
  try {
    // Connected last: packets may arrive from here on.
    const relay = options.execute
      ? runProgram(client, options, (sink) => (receive = sink))
      : relayDescriptors(client, options, deps, (sink) => (receive = sink), lose);
    await connectHook(client, options);
    debug(`connected [${client.nodeId.toString(16)}]:${OWN_HOOK} to ${options.hook} of ${options.path}`);
    for (const message of options.messages) await sendText(client, options.path, message);
    return await Promise.race([relay(), lost]);
  } finally {
    await client.close();
  }
}

async function open(
  options: Options,
  deps: NghookDeps,
  events: { onData: (packet: Uint8Array) => void; onLost: (error: Error) => void },
): Promise<ControlClient> {
  try {
    return await connectControl(deps.controlPath(options.control), {
      onData: (_hook, packet) => events.onData(packet),
      onLost: events.onLost,
    });
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    throw new RelayError(`can't get sockets: ${error.message}`);
  }
}

async function connectHook(client: ControlClient, options: Options): Promise<void> {
  const data = cFields([options.path, PATH], [OWN_HOOK, NAME], [options.hook, NAME]);
  const message = { cookie: GENERIC_COOKIE, cmd: GENERIC.connect, flags: 0, token: 1, cmdstr: "", data };
  if ((await client.send(".", encodeMessage(message))) !== 0) throw new RelayError("can't connect to node");
}

/** Sends `command arguments`. */
async function sendText(client: ControlClient, path: string, text: string): Promise<void> {
  const [, command = "", args = ""] = /^\s*(\S*)\s*([^]*)$/.exec(text) ?? [];
  const { errno } = await client.sendAscii(path, command, args);
  if (errno !== 0) throw new RelayError(`sending message '${text}': ${strerror(errno)}`);
}

/** Packets between the hook and this process's own descriptors. The end of input is an error, as in the original. */
function relayDescriptors(
  client: ControlClient,
  options: Options,
  deps: NghookDeps,
  onPacket: (sink: (packet: Uint8Array) => void) => void,
  fail: (error: Error) => void,
): () => Promise<number> {
  const output = new PacketOutput(deps.output(options.outputToStdin ? 0 : 1), options.dump);
  onPacket((packet) => {
    // A ksocket says with an empty packet that its stream has ended.
    if (packet.length === 0) fail(new RelayError("read EOF from hook?!"));
    output.packet(packet);
    // A packet that cannot be sent back is lost, as on any network. The end of the connection is handled elsewhere.
    if (options.loop) client.write(OWN_HOOK, packet).catch(() => {});
  });
  return async () => {
    if (options.noInput) return new Promise<number>(() => {});
    await sendInput(client, deps.input(options.inputFromStdout ? 1 : 0));
    if (output.dropped > 0) throw new RelayError(`EOF(stdin); the output was too slow for ${output.dropped} packets`);
    throw new RelayError("EOF(stdin)");
  };
}

/**
 * `-e`: packets between the hook and a program. The program gets pipes instead of the original's data socket, so
 * a slow program may read several packets at once. Each chunk that it writes is a packet.
 */
function runProgram(
  client: ControlClient,
  options: Options,
  onPacket: (sink: (packet: Uint8Array) => void) => void,
): () => Promise<number> {
  return async () => {
    const [program, ...args] = options.program as [string, ...string[]];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const failed = once(child, "error").then(([error]) => {
      throw new RelayError(`${program}: ${systemErrorText(error)}`);
    });
    child.stdin.on("error", () => {});
    const output = new PacketOutput(child.stdin, false);
    // An empty packet is the end of what the program reads.
    onPacket((packet) => (packet.length === 0 ? child.stdin.end() : output.packet(packet)));
    const ended = once(child, "close").then(([status]) => (status as number | null) ?? EXIT.os);
    if (options.noInput) child.stdout.resume();
    else sendInput(client, child.stdout).catch(() => child.kill());
    return Promise.race([failed, ended]);
  };
}
