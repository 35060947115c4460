import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setU32le, u16le, u32le } from "@ngflow/base";
import {
  byteArray,
  createGraph,
  GENERIC,
  GENERIC_COOKIE,
  type Graph,
  HASREPLY,
  type Node,
  NgError,
  type NodeContext,
  type NodeType,
  READONLY,
  type ReplyAddress,
  string,
  structType,
  uint16,
  uint32,
} from "@ngflow/graph";
import { type ControlServer, type ControlServerOptions, serveControl } from "./serve-control.ts";

/** A type whose nodes only the daemon makes, and which stay when they are shut down: like an interface. */
const WALL: NodeType = {
  name: "wall",
  cookie: 1001,
  summary: "Two hooks, in and out; stays.",
  role: "plain",
  hooks: [
    { name: "in", summary: "Anything." },
    { name: "out", summary: "Anything." },
  ],
  messages: [],
  dropReasons: {},
  lastHook: "keep",
};

const LIMITS = structType([
  ["limit", uint32],
  ["burst", uint16],
]);
const SEEN_BYTES = 10;

/** A type with every kind of message and reply that a client has to show. */
const PAIR: NodeType = {
  name: "pair",
  cookie: 1002,
  summary: "Two hooks, left and right, and messages of many kinds.",
  role: "plain",
  hooks: [
    { name: "left", summary: "Packets are counted and go to right." },
    { name: "right", summary: "Packets are counted and go to left." },
  ],
  messages: [
    { name: "getlimit", cmd: 1, reply: uint32, summary: "The limit." },
    { name: "setlimit", cmd: 2, args: LIMITS, summary: "Sets limit and burst." },
    { name: "getall", cmd: 3 + READONLY + HASREPLY, reply: LIMITS, summary: "Limit and burst." },
    { name: "nothing", cmd: 4, summary: "Answers without arguments." },
    { name: "untold", cmd: 1, cookie: 1003, summary: "Answers with a message that no list knows." },
    { name: "getname", cmd: 6, reply: string, summary: "A text." },
    { name: "getseen", cmd: 7, reply: byteArray(SEEN_BYTES), summary: "The first bytes received." },
    { name: "refuse", cmd: 8, summary: "Refuses with EISCONN." },
    { name: "later", cmd: 9, reply: uint32, summary: "Answers when the test says so." },
  ],
  dropReasons: {},
  create: (context) => pairNode(context),
};

/** What `later` messages wait for. */
const waiting: (() => void)[] = [];

function pairNode(context: NodeContext): ReturnType<NonNullable<NodeType["create"]>> {
  const limits = new Uint8Array(8);
  const seen = new Uint8Array(SEEN_BYTES);
  let seenLength = 0;
  return {
    newHook(hook) {
      if (hook.name !== "left" && hook.name !== "right") throw new NgError("EINVAL");
    },
    receive(hook, batch) {
      for (let i = 0; i < batch.count; i++) {
        const packet = batch.packet(i).subarray(0, SEEN_BYTES - seenLength);
        seen.set(packet, seenLength);
        seenLength += packet.length;
      }
      const other = context.node.hooks.get(hook.name === "left" ? "right" : "left");
      return other === undefined ? 0 : other.send(batch);
    },
    message(message, from: ReplyAddress) {
      if (message.cookie === GENERIC_COOKIE && message.cmd === GENERIC.textstatus) {
        return Buffer.from(`limit ${u32le(limits, 0)}\nburst ${u16le(limits, 4)}\0`);
      }
      if (message.cookie === GENERIC_COOKIE && message.cmd === GENERIC.textconfig) {
        const text = Buffer.from(message.data).toString().replace(/\0$/, "");
        return Buffer.from(`was ${u32le(limits, 0)}, is "${text}"\0`);
      }
      if (message.cookie === 1003) {
        const data = Uint8Array.from({ length: 20 }, (_, i) => (i < 16 ? i : [65, 66, 126, 127][i - 16]!));
        context.respond(from, { ...message, cookie: 1004, cmd: 5, flags: 1, data });
        return undefined;
      }
      switch (message.cmd) {
        case 1:
          return limits.slice(0, 4);
        case 2:
          limits.set(message.data);
          return undefined;
        case 3 + READONLY + HASREPLY:
          return limits.slice();
        case 4:
          return new Uint8Array(0);
        case 6:
          return Buffer.from('a "quoted" word\0');
        case 7:
          return seen.slice();
        case 8:
          throw new NgError("EISCONN");
        case 9: {
          const data = new Uint8Array(4);
          setU32le(data, 0, 77);
          waiting.push(() => context.respond(from, { ...message, flags: 1, data }));
          return undefined;
        }
        default:
          throw new NgError("EINVAL");
      }
    },
  };
}

/** A graph with the types above, or others, behind a real control socket, in a directory of its own. */
export interface TestDaemon extends AsyncDisposable {
  readonly graph: Graph;
  readonly server: ControlServer;
  readonly path: string;
  readonly directory: string;
  readonly errors: Error[];
  /** Makes a node as the daemon makes interfaces. */
  makeNode(name: string): Node;
  /** Answers the `later` messages received so far. */
  answerLater(): void;
  stop(): Promise<void>;
}

export async function startTestDaemon(
  options: Partial<ControlServerOptions> & { types?: readonly NodeType[] } = {},
): Promise<TestDaemon> {
  const directory = mkdtempSync(join(tmpdir(), "ngflow-control-"));
  const path = join(directory, "control.sock");
  const errors: Error[] = [];
  let nowMs = 1_700_000_000_000;
  const graph = createGraph({
    clock: { nowMs: () => nowMs++, monotonicMs: () => nowMs },
    types: options.types ?? [WALL, PAIR],
  });
  const server = await serveControl(graph, { path, onError: (error) => errors.push(error), ...options });
  const stop = async (): Promise<void> => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return {
    graph,
    server,
    path,
    directory,
    errors,
    makeNode: (name) => graph.addNode("wall", name, () => ({ shutdown: () => "persist" })),
    answerLater: () => {
      for (const answer of waiting.splice(0)) answer();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
