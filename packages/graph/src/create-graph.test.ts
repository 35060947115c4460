import { describe, expect, it } from "vitest";
import { createGraph } from "./create-graph.ts";
import { LOOP_SENDS, MAX_DEPTH } from "./delivery.ts";
import { E, PacketBatch, silentLog } from "@ngflow/base";
import { NgError } from "./ng-error.ts";
import type { Hook } from "./hook.ts";
import { FLOW_COOKIE, LINK_IS_UP } from "./message.ts";
import type { NodeContext } from "./node-type.ts";
import type { ControlMessage } from "./control-message.ts";
import { errnoOf, ManualClock, testType } from "./testing/fixture.ts";

const plain = testType("plain");
const keeper = testType("keeper", undefined, { lastHook: "keep" });

function setUp(...types: Parameters<typeof testType>[]) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const graph = createGraph({
    clock,
    types: [plain, keeper, ...types.map((type) => testType(...type))],
    log: { ...silentLog, error: (_fields, message) => void logged.push(message) },
  });
  const root = graph.addNode("keeper", "root", () => ({}));
  return { graph, clock, root, logged };
}

describe("operations", () => {
  it("makes, names, connects and removes", () => {
    const { graph, root } = setUp();
    const a = graph.mkpeer(root, ".", "plain", "a", "x");
    graph.setName(root, "a", "first");
    const b = graph.mkpeer(root, "first:", "plain", "y", "z");
    expect(graph.resolve(undefined, "first:y")).toBe(b);
    graph.connect(root, "first:y", "root:", "back", "b");
    expect(graph.resolve(root, "b")).toBe(b);
    graph.rmhook(root, "first:", "x");
    expect([...graph.nodes()]).toEqual([root, a, b]);
    graph.rmhook(undefined, "first:", "y");
    expect([...graph.nodes()]).toEqual([root, b]);
    graph.rmhook(root, ".", "no such hook");
  });

  it("refuses in the kernel's order", () => {
    const veto = {
      newHook: () => {
        throw new NgError("EISCONN");
      },
    };
    const { graph, root } = setUp(["veto", () => veto], ["made", undefined, { create: undefined as never }]);
    expect(errnoOf(() => graph.mkpeer(root, "gone:", "none", "a", "b"))).toBe(E.ENOENT);
    expect(errnoOf(() => graph.mkpeer(undefined, ".", "plain", "a", "b"))).toBe(E.EINVAL);
    expect(errnoOf(() => graph.mkpeer(root, ".", "veto", "a", "b"))).toBe(E.EISCONN);
    expect(root.hooks.size).toBe(0);
    graph.mkpeer(root, ".", "plain", "a", "b");
    expect(errnoOf(() => graph.mkpeer(root, ".", "veto", "a", "b"))).toBe(E.EEXIST);
    expect(errnoOf(() => graph.connect(root, ".", "a", "a", "b"))).toBe(E.EEXIST);
    expect(errnoOf(() => graph.connect(root, ".", "a", "a", "c"))).toBe(E.EEXIST);
    expect(errnoOf(() => graph.connect(root, ".", ".", "same", "same"))).toBe(E.EEXIST);
    expect(root.hooks.size).toBe(1);
    expect([...graph.nodes()].length).toBe(2);
  });

  it("refuses hook names that no message could carry", () => {
    const { graph, root } = setUp();
    expect(errnoOf(() => graph.mkpeer(root, ".", "plain", "x".repeat(32), "b"))).toBe(E.EINVAL);
    expect(errnoOf(() => graph.mkpeer(root, ".", "plain", "流量流量流量流量流量流", "b"))).toBe(E.EINVAL);
    graph.mkpeer(root, ".", "plain", "x".repeat(31), "b");
    expect(root.hooks.size).toBe(1);
  });

  it("asks the far side of a connect first and notifies both", () => {
    const received: string[] = [];
    const note = (name: string) => (context: NodeContext) => ({
      newHook: (hook: Hook) => void received.push(`${name} new ${hook.name} of ${context.node.id}`),
      connected: (hook: Hook) => void received.push(`${name} connected ${hook.peer!.name}`),
      disconnect: (hook: Hook) => void received.push(`${name} lost ${hook.name}`),
    });
    const { graph, root } = setUp(["p", note("p")], ["q", note("q")]);
    graph.mkpeer(root, ".", "p", "p", "r");
    graph.mkpeer(root, ".", "q", "q", "r");
    received.length = 0;
    graph.connect(root, "p", "root:q", "left", "right");
    expect(received).toEqual(["p new left of 2", "q new right of 3", "q connected left", "p connected right"]);
    received.length = 0;
    graph.rmhook(root, "q", "right");
    expect(received).toEqual(["q lost right", "p lost left"]);
  });

  it("undoes both halves when a node objects to the connection", () => {
    const object = {
      connected: () => {
        throw new NgError("ELOOP");
      },
    };
    const { graph, root } = setUp(["objects", () => object]);
    expect(errnoOf(() => graph.mkpeer(root, ".", "objects", "a", "b"))).toBe(E.ELOOP);
    expect(root.hooks.size).toBe(0);
    expect([...graph.nodes()]).toEqual([root]);
  });

  it("uses up an ID for every attempt that makes a node", () => {
    const { graph, root } = setUp([
      "refuses",
      () => {
        throw new NgError("ENOMEM");
      },
    ]);
    expect(errnoOf(() => graph.mkpeer(root, ".", "refuses", "a", "b"))).toBe(E.ENOMEM);
    expect(errnoOf(() => graph.mkpeer(root, "nowhere", "plain", "a", "b"))).toBe(E.ENOENT);
    expect(graph.mkpeer(root, ".", "plain", "a", "b").id).toBe(3);
  });

  it("frees the name of a node that ends, not of one that is renamed to a name in use", () => {
    const { graph, root } = setUp();
    graph.mkpeer(root, ".", "plain", "a", "x");
    graph.mkpeer(root, ".", "plain", "b", "x");
    graph.setName(root, "a", "n");
    expect(errnoOf(() => graph.setName(root, "b", "n"))).toBe(E.EADDRINUSE);
    graph.shutdown(root, "n:");
    graph.setName(root, "b", "n");
    // As in 14 and before; 15 lets a node take the name that it has.
    expect(errnoOf(() => graph.setName(root, "b", "n"))).toBe(E.EADDRINUSE);
    for (const name of ["", "a.b", "a:b", "[1]", "x".repeat(32)]) {
      expect(
        errnoOf(() => graph.setName(root, "b", name)),
        name,
      ).toBe(E.EINVAL);
    }
  });

  it("carries names in any script", () => {
    const { graph, root } = setUp();
    graph.setName(root, ".", "流量");
    expect(graph.resolve(undefined, "流量:")).toBe(root);
    expect(graph.snapshot().nodes[0]!.name).toBe("流量");
  });
});

describe("shutdown", () => {
  it("closes first, while hooks are connected, and peers are notified after what was queued", () => {
    const received: string[] = [];
    const { graph, root } = setUp(
      [
        "source",
        (context) => ({
          close: () => void context.node.hooks.get("out")!.send(PacketBatch.of(Uint8Array.of(1))),
          disconnect: () => void received.push("source disconnect"),
          shutdown: () => void received.push("source shutdown"),
        }),
      ],
      [
        "queueing",
        (context) => ({
          receive: () => {
            context.enqueue(() => void received.push("queued delivery"));
            return 0;
          },
          disconnect: () => void received.push("sink disconnect"),
          shutdown: () => void received.push("sink shutdown"),
        }),
      ],
    );
    graph.mkpeer(root, ".", "plain", "p", "x");
    graph.mkpeer(root, "p", "source", "s", "r");
    graph.mkpeer(root, "p.s", "queueing", "out", "in");
    graph.rmhook(root, "p", "x");
    graph.shutdown(undefined, "[2]:s");
    expect(received).toEqual([
      "source disconnect",
      "source disconnect",
      "source shutdown",
      "queued delivery",
      "sink disconnect",
      "sink shutdown",
    ]);
    expect([...graph.nodes()]).toEqual([root]);
  });

  it("keeps persistent nodes until they are removed", () => {
    const { graph, root } = setUp(["stays", undefined, { lastHook: "keep" }]);
    const node = graph.addNode("stays", "stays", () => ({ shutdown: () => "persist" as const }));
    graph.connect(root, ".", "stays:", "a", "b");
    graph.shutdown(root, "stays:");
    expect(node.valid).toBe(true);
    expect(node.hooks.size).toBe(0);
    expect(root.hooks.size).toBe(0);
    graph.removeNode(node);
    expect(node.valid).toBe(false);
    expect(graph.node(node.id)).toBeUndefined();
    graph.removeNode(node);
  });

  it("survives nodes that fail while they end, and says so in the log", () => {
    const fail = (): never => {
      throw new TypeError("broken");
    };
    const { graph, root, logged } = setUp(["fails", () => ({ close: fail, disconnect: fail, shutdown: fail })]);
    graph.mkpeer(root, ".", "fails", "a", "b");
    graph.shutdown(root, "a");
    expect([...graph.nodes()]).toEqual([root]);
    expect(root.hooks.size).toBe(0);
    expect(logged.length).toBe(3);
    expect(logged[0]).toContain("[2] (fails): close failed: TypeError: broken");
  });

  it("joins the neighbours of a node that bypasses itself", () => {
    const { graph, root } = setUp([
      "wire",
      (context) => ({
        close: () => context.bypass(context.node.hooks.get("l")!, context.node.hooks.get("r")!),
      }),
    ]);
    graph.mkpeer(root, ".", "wire", "a", "l");
    graph.connect(root, ".", "a", "b", "r");
    graph.shutdown(root, "a");
    expect(root.hooks.get("a")!.peer).toBe(root.hooks.get("b"));
    expect(graph.resolve(root, "a")).toBe(root);
  });
});

describe("data", () => {
  it("counts at the hook and answers ENETDOWN when there is no peer", () => {
    const { graph, root } = setUp();
    graph.mkpeer(root, ".", "plain", "a", "b");
    const hook = root.hooks.get("a")!;
    const batch = PacketBatch.of(Uint8Array.of(1, 2, 3));
    expect(hook.send(batch)).toBe(0);
    expect([hook.outPackets, hook.outBytes, hook.outErrors]).toEqual([1, 3, 0]);
    graph.rmhook(root, ".", "a");
    expect(hook.send(batch)).toBe(E.ENETDOWN);
    expect(hook.outErrors).toBe(1);
  });

  it("ends loops, however copies multiply, and counts what it drops", () => {
    let received = 0;
    const { graph, root } = setUp([
      "flood",
      (context) => ({
        receive(hook, batch) {
          received++;
          let errno = 0;
          for (const other of context.node.hooks.values()) if (other !== hook) errno = other.send(batch) || errno;
          return errno;
        },
      }),
    ]);
    graph.mkpeer(root, ".", "flood", "a", "x");
    graph.mkpeer(root, "a", "flood", "p", "p");
    graph.connect(root, "a", "p", "q", "q");
    graph.connect(root, "a", "p", "r", "r");
    expect(root.hooks.get("a")!.send(PacketBatch.of(Uint8Array.of(1)))).toBe(E.ELOOP);
    expect(graph.counters().loopDrops).toBeGreaterThan(0);
    expect(received).toBeLessThanOrEqual(MAX_DEPTH + LOOP_SENDS);
    expect(root.hooks.get("a")!.send(PacketBatch.of(Uint8Array.of(2)))).toBe(E.ELOOP);
    expect(received).toBeLessThanOrEqual(2 * (MAX_DEPTH + LOOP_SENDS));
    expect(graph.run(() => 7)).toBe(7);
  });

  it("bounds the queue and drops deliveries to nodes that are gone", () => {
    let ran = 0;
    const { graph, root } = setUp([
      "lazy",
      (context) => ({
        receive: () => (context.enqueue(() => void ran++) ? 0 : E.ENOBUFS),
      }),
    ]);
    graph.mkpeer(root, ".", "lazy", "a", "b");
    const hook = root.hooks.get("a")!;
    const batch = PacketBatch.of(Uint8Array.of(1));
    let refused = 0;
    graph.run(() => {
      for (let i = 0; i < 5000; i++) if (hook.send(batch) === E.ENOBUFS) refused++;
    });
    expect([ran, refused, graph.counters().queueOverflows]).toEqual([4096, 904, 904]);
    graph.run(() => {
      hook.send(batch);
      graph.shutdown(root, "a");
    });
    expect([ran, graph.counters().deliveriesToDeadNode]).toEqual([4096, 1]);
  });

  it("drains the queue after an outermost send of its own", () => {
    const order: string[] = [];
    const { graph, root } = setUp([
      "lazy",
      (context) => ({
        receive: () => {
          context.enqueue(() => void order.push("queued"));
          order.push("direct");
          return 0;
        },
      }),
    ]);
    graph.mkpeer(root, ".", "lazy", "a", "b");
    root.hooks.get("a")!.send(PacketBatch.of(new Uint8Array(0)));
    expect(order).toEqual(["direct", "queued"]);
  });

  it("lets a node name itself as soon as it exists, or refuse to", () => {
    const { graph, root } = setUp([
      "named",
      (context) => ({
        created() {
          expect(graph.node(context.node.id)).toBe(context.node);
          context.setName("own");
        },
      }),
    ]);
    const first = graph.mkpeer(root, ".", "named", "a", "x");
    expect([first.name, graph.resolve(undefined, "own:")]).toEqual(["own", first]);
    expect(errnoOf(() => graph.mkpeer(root, ".", "named", "b", "x"))).toBe(E.EADDRINUSE);
    expect([...graph.nodes()]).toEqual([root, first]);
    expect([...root.hooks.keys()]).toEqual(["a"]);
  });

  it("lets a node make others of its type, which live without hooks", () => {
    const contexts: NodeContext[] = [];
    const { graph, root } = setUp([
      "parent",
      (context) => {
        contexts.push(context);
        return {};
      },
    ]);
    const parent = graph.mkpeer(root, ".", "parent", "a", "x");
    const child = contexts[0]!.spawn(() => ({}));
    expect([child.type, child.name, child.hooks.size, graph.node(child.id)]).toEqual([parent.type, null, 0, child]);
    graph.shutdown(root, "a");
    expect([...graph.nodes()]).toEqual([root, child]);
    graph.connect(root, ".", `[${child.id.toString(16)}]:`, "b", "y");
    graph.rmhook(root, ".", "b");
    expect([...graph.nodes()]).toEqual([root]);
  });

  it("sends messages along hooks", () => {
    const received: (ControlMessage & { via: string })[] = [];
    const { graph, root } = setUp([
      "listens",
      () => ({
        message: (message, _from, hook) => void received.push({ ...message, via: hook!.name }),
      }),
    ]);
    let context: NodeContext | undefined;
    graph.addNode("keeper", "speaker", (own) => {
      context = own;
      return {};
    });
    graph.mkpeer(root, "speaker:", "listens", "a", "b");
    const up: ControlMessage = {
      cookie: FLOW_COOKIE,
      cmd: LINK_IS_UP,
      flags: 0,
      token: 0,
      cmdstr: "",
      data: new Uint8Array(0),
    };
    const hook = context!.node.hooks.get("a")!;
    expect(context!.sendAlong(hook, up)).toBe(0);
    expect(received).toEqual([{ ...up, via: "b" }]);
    graph.rmhook(root, "speaker:", "a");
    expect(context!.sendAlong(hook, up)).toBe(E.ENETDOWN);
  });
});

describe("resources", () => {
  it("runs timers by the clock until the node ends", () => {
    const fired: number[] = [];
    const { graph, root, clock } = setUp([
      "ticks",
      (context) => {
        context.every(1000, (nowMs) => void fired.push(nowMs - 1_700_000_000_000));
        return {};
      },
    ]);
    expect(graph.tick(clock.ms)).toBe(Infinity);
    graph.mkpeer(root, ".", "ticks", "a", "b");
    expect(graph.tick(clock.ms)).toBe(1000);
    expect(graph.tick((clock.ms += 999))).toBe(1);
    expect(graph.tick((clock.ms += 1))).toBe(1000);
    expect(fired).toEqual([1000]);
    graph.shutdown(root, "a");
    expect(graph.tick((clock.ms += 5000))).toBe(Infinity);
    expect(fired).toEqual([1000]);
  });

  it("gives every node a tag bit of its own until it ends", () => {
    const contexts: NodeContext[] = [];
    const { graph, root } = setUp([
      "tags",
      (context) => {
        contexts.push(context);
        return {};
      },
    ]);
    for (let i = 0; i < 33; i++) graph.mkpeer(root, ".", "tags", `h${i}`, "x");
    const bits = contexts.slice(0, 32).map((context) => context.tagBit());
    expect(new Set(bits).size).toBe(32);
    expect(contexts[0]!.tagBit()).toBe(bits[0]);
    expect(contexts[0]!.typeTagBits()).toBe(0xffffffff);
    expect(errnoOf(() => contexts[32]!.tagBit())).toBe(E.ENOMEM);
    graph.rmhook(root, ".", "h5");
    expect(contexts[32]!.tagBit()).toBe(bits[5]);
  });

  it("loads types on demand and by module, and unloads what nothing uses", () => {
    const clock = new ManualClock();
    const later = testType("later");
    const graph = createGraph({
      clock,
      types: [keeper],
      loadable: [later, testType("never", undefined, { module: "ng_x" })],
    });
    const root = graph.addNode("keeper", null, () => ({}));
    expect(graph.types().map(({ type, nodes }) => [type.name, nodes])).toEqual([
      ["keeper", 1],
      ["socket", 0],
    ]);
    graph.mkpeer(root, ".", "later", "a", "b");
    expect(graph.types()[0]!.type).toBe(later);
    expect(graph.modules().find(({ name }) => name === "ng_x")).toEqual({
      name: "ng_x",
      types: ["never"],
      loaded: false,
    });
    expect(errnoOf(() => graph.unloadModule("ng_later"))).toBe(E.EBUSY);
    graph.rmhook(root, ".", "a");
    graph.unloadModule("ng_later");
    expect(errnoOf(() => graph.unloadModule("ng_later"))).toBe(E.ENOENT);
    graph.loadModule("ng_x");
    expect(errnoOf(() => graph.loadModule("ng_x"))).toBe(E.EEXIST);
    expect(errnoOf(() => graph.loadModule("ng_y"))).toBe(E.ENOENT);
    expect(errnoOf(() => graph.loadType(testType("never")))).toBe(E.EEXIST);
  });

  it("notifies listeners once per operation, when it is complete", () => {
    const { graph, root } = setUp();
    const received: number[] = [];
    const stop = graph.onChange((revision) => void received.push(revision));
    graph.mkpeer(root, ".", "plain", "a", "b");
    graph.run(() => {
      graph.mkpeer(root, ".", "plain", "c", "d");
      graph.shutdown(root, "c");
    });
    expect(received.length).toBe(2);
    expect(received[1]).toBe(graph.snapshot().revision);
    graph.snapshot();
    stop();
    graph.shutdown(root, "a");
    expect(received.length).toBe(2);
  });

  it("shows edges, counters and names in a snapshot", () => {
    const { graph, root, clock } = setUp(["counts", () => ({ counters: () => ({ packets: 3 }) })]);
    graph.mkpeer(root, ".", "counts", "a", "b");
    root.hooks.get("a")!.send(PacketBatch.of(new Uint8Array(9)));
    expect(graph.snapshot()).toEqual({
      revision: expect.any(Number),
      timeMs: clock.ms,
      nodes: [
        {
          id: 1,
          name: "root",
          type: "keeper",
          role: "plain",
          hooks: [{ name: "a", peerId: 2, peerHook: "b", outPackets: 1, outBytes: 9, outErrors: 0 }],
          counters: {},
        },
        {
          id: 2,
          name: null,
          type: "counts",
          role: "plain",
          hooks: [{ name: "b", peerId: 1, peerHook: "a", outPackets: 0, outBytes: 0, outErrors: 0 }],
          counters: { packets: 3 },
        },
      ],
      counters: { loopDrops: 0, queueOverflows: 0, deliveriesToDeadNode: 0, nodesRefused: 0 },
      ended: {},
      endedRoles: {},
    });
  });

  it("keeps the sums of nodes that are gone, but not what they had at the time", () => {
    const { graph, root } = setUp([
      "counts",
      () => ({ counters: () => ({ packets: 3, waiting: 5 }) }),
      { gauges: { waiting: "Packets waiting." } },
    ]);
    for (const hook of ["a", "b"]) graph.shutdown(undefined, `[${graph.mkpeer(root, ".", "counts", hook, "x").id}]:`);
    expect(graph.snapshot().ended).toEqual({ counts: { packets: 6 } });
  });
});
