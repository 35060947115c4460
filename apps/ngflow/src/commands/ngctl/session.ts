import {
  type ControlMessage,
  encodeMessage,
  GENERIC,
  GENERIC_COOKIE,
  NAME_BYTES,
  NgError,
  RESPONSE,
} from "@ngflow/graph";
import { NgflowError, strerror, terminalWord } from "@ngflow/base";
import { type ControlClientOptions, connectControl } from "../../control/client.ts";
import { type Files, OWN_FILES } from "./files.ts";
import { findVerb } from "./find-verb.ts";
import { hexDump } from "./hex-dump.ts";
import { cText, messageOf } from "./message.ts";
import type { NgctlSession, Output, SessionClient, Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

export interface SessionOptions {
  readonly path: string;
  /** Makes the connection instead of `connectControl`. */
  readonly connect?: (path: string, options: ControlClientOptions) => Promise<SessionClient>;
  /** Name of the own node, cut to 31 bytes; empty for none. */
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly output: Output;
  /** The files that the verbs may use; those of this process's user by default. */
  readonly files?: Files;
  readonly debugLevel: number;
  /** Whether errors are followed by a line of ngflow's own, which says why and what to do. */
  readonly remarks?: boolean;
  /** Called when a message or packet has arrived; read it with `showArrivals`. */
  readonly onArrival?: () => void;
  readonly onLost?: (error: Error) => void;
}

type Arrival =
  | { readonly kind: "message"; readonly from: string; readonly bytes: Uint8Array; readonly message: ControlMessage }
  | { readonly kind: "data"; readonly hook: string; readonly packet: Uint8Array };

/** Most messages and packets waiting to be read. The oldest are dropped, so that there is always room for a reply. */
const MAX_ARRIVALS = 1024;

/** ngctl's socket node and the messages and packets that have arrived at it. */
export class Session implements NgctlSession {
  readonly verbs: readonly Verb[];
  readonly output: Output;
  readonly files: Files;
  debugLevel: number;
  readonly #remarks: boolean;
  /** Types of which the daemon's advice was asked for. */
  readonly #advised = new Set<string>();
  #client!: SessionClient;
  #token = 0;
  #arrivals: Arrival[] = [];

  private constructor(options: SessionOptions) {
    this.verbs = options.verbs;
    this.output = options.output;
    this.files = options.files ?? OWN_FILES;
    this.debugLevel = options.debugLevel;
    this.#remarks = options.remarks === true;
  }

  /** Connects to the daemon, which makes the node. @throws NgflowError as `connectControl`. */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    const arrive = (arrival: Arrival): void => {
      if (session.#arrivals.length >= MAX_ARRIVALS) session.#arrivals.shift();
      session.#arrivals.push(arrival);
      options.onArrival?.();
    };
    session.#client = await (options.connect ?? connectControl)(options.path, {
      name: Buffer.from(options.name)
        .subarray(0, NAME_BYTES - 1)
        .toString("utf8"),
      onMessage(from, bytes) {
        const message = messageOf(bytes);
        if (message !== undefined) arrive({ kind: "message", from, bytes, message });
      },
      onData: (hook, packet) => arrive({ kind: "data", hook, packet }),
      ...(options.onLost !== undefined && { onLost: options.onLost }),
    });
    return session;
  }

  get client(): SessionClient {
    return this.#client;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  out(text: string): void {
    this.output.out(text);
  }

  warn(text: string): void {
    this.output.err(`ngctl: ${text}\n`);
  }

  /** A line of ngflow's own after one of FreeBSD's: `ngflow: …`. */
  remark(text: string): void {
    if (this.#remarks) this.output.err(`ngflow: ${terminalWord(text)}\n`);
  }

  /** The reason of an error that a command has just got, from the daemon; undefined where it knows none. */
  async reason(words: readonly string[], errno: number | undefined): Promise<string | undefined> {
    if (!this.#remarks || errno === undefined) return undefined;
    const [word, ...args] = words;
    const { name: verb, words: kinds } = findVerb(this.verbs, word!);
    // Options of verbs that take a path only.
    const operands = kinds.length === 1 ? args.filter((each) => !each.startsWith("-")) : args;
    return this.#inquire("why", { from: this.#client.nodeId, verb, args: operands, errno });
  }

  /** What the daemon has to say of nodes of a type, the first time; undefined for nothing. */
  async advice(type: string): Promise<string | undefined> {
    if (!this.#remarks || this.#advised.has(type)) return undefined;
    this.#advised.add(type);
    return this.#inquire("advice", type);
  }

  /** A sentence from the daemon; undefined where it has none, or is older and does not know the request. */
  async #inquire(request: string, args: unknown): Promise<string | undefined> {
    try {
      const text = await this.#client.call(request, args);
      return typeof text === "string" ? text : undefined;
    } catch (error) {
      if (error instanceof NgflowError) return undefined;
      throw error;
    }
  }

  /** Sends a generic message. Resolves to 0 or an errno. */
  async post(path: string, cmd: number, data: Uint8Array = new Uint8Array(0)): Promise<number> {
    this.#token = (this.#token + 1) & 0x7fffffff || 1;
    this.debug(1, `sending generic message ${cmd & 0xff} to "${path}", ${data.length} bytes, token ${this.#token}`);
    const errno = await this.#client.send(
      path,
      encodeMessage({ cookie: GENERIC_COOKIE, cmd, flags: 0, token: this.#token, cmdstr: "", data }),
    );
    if (errno !== 0) this.debug(1, `"${path}": ${strerror(errno)}`);
    return errno;
  }

  /** Sends a generic message. @throws CommandError `<label>: <strerror>`. */
  async send(path: string, cmd: number, data?: Uint8Array, label = "send msg"): Promise<void> {
    const errno = await this.post(path, cmd, data);
    if (errno !== 0) throw new CommandError(`${label}: ${strerror(errno)}`, { errno });
  }

  /** Sends a generic message and takes its reply's data. @throws CommandError. */
  async ask(path: string, cmd: number, data?: Uint8Array, label = "send msg"): Promise<Uint8Array> {
    await this.send(path, cmd, data, label);
    const reply = this.takeReply();
    // A node may accept the message without a reply, if its type does not define one. ngctl must not wait for it.
    if (reply === undefined) throw new CommandError(`recv msg: ${new NgError("EAGAIN").message}`);
    return reply;
  }

  /** Data of the reply to the last message posted, if it has arrived. */
  takeReply(): Uint8Array | undefined {
    const at = this.#arrivals.findIndex(
      (arrival) =>
        arrival.kind === "message" && (arrival.message.flags & RESPONSE) !== 0 && arrival.message.token === this.#token,
    );
    const [arrival] = at < 0 ? [] : this.#arrivals.splice(at, 1);
    return arrival?.kind === "message" ? arrival.message.data : undefined;
  }

  /** Prints what has arrived: the oldest message (`msg` does this once), or everything, packets included. */
  async showArrivals(what: "one message" | "all"): Promise<void> {
    for (;;) {
      const at = what === "all" ? 0 : this.#arrivals.findIndex((arrival) => arrival.kind === "message");
      const [arrival] = at < 0 ? [] : this.#arrivals.splice(at, 1);
      if (arrival === undefined) return;
      if (arrival.kind === "data") this.#showPacket(arrival.hook, arrival.packet);
      else await this.#showMessage(arrival.from, arrival.message, arrival.bytes);
      if (what === "one message") return;
    }
  }

  /** Prints a packet. @throws CommandError for an empty one, by which a ksocket says that its stream has ended. */
  #showPacket(hook: string, packet: Uint8Array): void {
    const name = terminalWord(hook);
    if (packet.length === 0) throw new CommandError(`EOF from hook "${name}"?`);
    this.out(`Rec'd data packet on hook "${name}":\n${hexDump(packet)}`);
  }

  /**
   * Prints a message as text from the node that sent it, or as a dump when that node cannot translate it or is gone.
   */
  async #showMessage(from: string, message: ControlMessage, bytes: Uint8Array): Promise<void> {
    const sender = terminalWord(from);
    const word = (message.flags & RESPONSE) !== 0 ? "response" : "command";
    if ((await this.post(from, GENERIC.binary2ascii, bytes)) === 0) {
      const data = this.takeReply();
      const ascii = data === undefined ? undefined : messageOf(data);
      if (ascii !== undefined) {
        const args = cText(ascii.data);
        this.out(`Rec'd ${word} "${ascii.cmdstr}" (${ascii.cmd | 0}) from "${sender}":\n`);
        this.out(args === "" ? "No arguments\n" : `Args:\t${args}\n`);
        return;
      }
    }
    this.out(`Rec'd ${word} ${message.cmd | 0} from "${sender}":\n`);
    this.out(message.data.length === 0 ? "No arguments\n" : hexDump(message.data));
  }

  /** A line on standard error when the debug level (`-d`, `debug`) is at least `level`. */
  debug(level: number, text: string): void {
    if (this.debugLevel >= level) this.output.err(`ngctl: debug: ${text}\n`);
  }
}
