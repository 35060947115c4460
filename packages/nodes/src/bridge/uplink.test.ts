import { E } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { hub } from "../hub/hub.ts";
import { bridge } from "./bridge.ts";
import { MAX_HOSTS } from "./host-table.ts";

const MULTICAST = "ff04060000";
const BROADCAST = "ffffffffff";

/** A frame from host `from` to host `to`, as FreeBSD's test of ng_bridge makes them. */
function frame(from: number, to: number, prefix = "0204060000"): string {
  const last = (value: number): string => (value & 0xff).toString(16).padStart(2, "0");
  return `${prefix}${last(to)}0204060000${last(from)}0800`;
}

/** A bridge with hooks `hooks`, in this order; the program's own hooks have their names without the word "link". */
function setUp(...hooks: readonly string[]) {
  const bench = new BenchGraph([bridge, hub]);
  const own = (hook: string): string => hook.replace("uplink", "u").replace("link", "l");
  expect(bench.wire("bridge", ...hooks.map((hook) => [own(hook), hook] as const))).toBe(0);
  /** Hooks at which a frame arrives that comes in by `hook`. */
  const send = (hook: string, hex: string): string =>
    bench
      .write(hook, hex)
      .map((line) => String(line).split(" ")[0])
      .sort()
      .join(" ");
  return { bench, send };
}

const hosts = (bench: BenchGraph, path: string): string =>
  /numHosts=(\d+)/.exec(String(bench.msg(path, "gettable")))?.[1] ?? "0";

describe("FreeBSD's tests of ng_bridge (tests/sys/netgraph/bridge.c)", () => {
  it("uplink_private", () => {
    const { bench, send } = setUp("uplink1", "uplink2", "link0", "link3");
    expect(send("u1", frame(1, 0))).toBe("u2");
    expect(send("l0", frame(0, 2))).toBe("u1 u2");
    expect(send("u2", frame(2, 0))).toBe("l0");
    expect(send("l3", frame(3, 0))).toBe("l0");
    expect(send("u1", frame(1, 2))).toBe("u2");
    expect(send("l0", frame(0, 2))).toBe("u1 u2");
    expect(send("u1", frame(1, 2, MULTICAST))).toBe("l0 l3 u2");
    expect(send("l0", frame(0, 2, MULTICAST))).toBe("l3 u1 u2");
    expect(send("u1", frame(1, 0xff, BROADCAST))).toBe("l0 l3 u2");
    expect(send("l0", frame(0, 0xff, BROADCAST))).toBe("l3 u1 u2");
    expect(hosts(bench, "u1")).toBe("2");
  });

  it("uplink_classic", () => {
    const { bench, send } = setUp("link0", "uplink1", "uplink2", "link3");
    expect(send("u1", frame(1, 0))).toBe("l0 l3 u2");
    expect(send("l0", frame(0, 2))).toBe("l3 u1 u2");
    expect(send("u2", frame(2, 0))).toBe("l0");
    expect(send("l3", frame(3, 0))).toBe("l0");
    expect(send("u1", frame(1, 2))).toBe("l0 l3 u2");
    expect(send("l0", frame(0, 2))).toBe("l3 u1 u2");
    expect(send("u1", frame(1, 2, MULTICAST))).toBe("l0 l3 u2");
    expect(send("l0", frame(0, 2, MULTICAST))).toBe("l3 u1 u2");
    expect(send("u1", frame(1, 0xff, BROADCAST))).toBe("l0 l3 u2");
    expect(send("l0", frame(0, 0xff, BROADCAST))).toBe("l3 u1 u2");
    expect(hosts(bench, "l0")).toBe("2");
  });
});

describe("a bridge with uplinks", () => {
  it("is private as its first hook made it, and stays so", () => {
    const { bench, send } = setUp("uplink1", "link0", "link1");
    bench.msg(".", "rmhook", '{ hook="u1" }');
    expect(send("l0", frame(0, 9))).toBe("");
    expect(bench.counters("l0")["unconnected"]).toBe(1);
    expect(bench.msg("l0", "setprivate", "0")).toBeUndefined();
    expect(send("l0", frame(0, 9))).toBe("l1");
  });

  it("becomes private when an uplink is the first hook again", () => {
    const { bench, send } = setUp("link0");
    bench.msg("l0", "setpersistent");
    bench.msg("l0", "name", '{ name="br" }');
    bench.msg(".", "rmhook", '{ hook="l0" }');
    for (const [hook, peerhook] of [
      ["u1", "uplink1"],
      ["l0", "link0"],
      ["l1", "link1"],
    ]) {
      bench.socket.sendAscii(".", "connect", `{ path="br:" ourhook="${hook}" peerhook="${peerhook}" }`);
    }
    expect(send("l0", frame(0, 9))).toBe("u1");
  });

  it("tells a new node its mode, whichever hook that one has first", () => {
    const settingsOf = (bench: BenchGraph, path: string) =>
      bench.graph.resolve(bench.graph.node(bench.socket.nodeId), path).behaviour.settings!();
    const closed = setUp("uplink1", "link0", "link1");
    const open = setUp("link0", "uplink1", "link1");
    const [wasClosed, wasOpen] = [settingsOf(closed.bench, "u1"), settingsOf(open.bench, "u1")];
    closed.bench.apply("u1", wasOpen);
    open.bench.apply("u1", wasClosed);
    expect(closed.send("l0", frame(0, 9))).toBe("l1 u1");
    expect(open.send("l0", frame(0, 9))).toBe("u1");
    // A bridge without uplinks has nothing to tell.
    const { bench } = setUp("link0", "link1");
    expect(settingsOf(bench, "l0").map(({ command }) => command)).toEqual(["setconfig"]);
  });

  it("lets an uplink take over a host that was behind a link", () => {
    const { bench, send } = setUp("link0", "uplink1", "link1");
    send("l0", frame(5, 9));
    for (let i = 0; i < 2; i++) bench.graph.tick((bench.clock.ms += 1000));
    send("u1", frame(5, 9));
    expect(bench.msg("l0", "gettable")).toContain('hook="uplink1"');
    expect(send("l1", frame(6, 5))).toBe("u1");
  });
});

describe("movehost", () => {
  it("takes the link that the address leads through, if it names none", () => {
    const { bench } = setUp("link0", "link1");
    expect(bench.msg("l1", "movehost", "{ addr=02:00:00:00:00:07 }")).toBeUndefined();
    expect(bench.msg("l0", "gettable")).toBe('{ numHosts=1 hosts=[ { addr=02:00:00:00:00:07 hook="link1" } ] }');
    expect(bench.msg("l0", "name", '{ name="br" }')).toBeUndefined();
    expect(bench.msg("br:", "movehost", "{ addr=02:00:00:00:00:08 }")).toBe(E.ENOENT);
  });

  it("is refused when the table is full, and then frames for further hosts go everywhere", () => {
    const { bench, send } = setUp("link0", "link1", "link2");
    const node = bench.graph.resolve(bench.graph.node(bench.socket.nodeId), "l0");
    const row = bridge.messages.find(({ name }) => name === "movehost")!;
    const put = (i: number): unknown =>
      row.run!(node.behaviour, { addr: Uint8Array.of(2, i >> 16, i >> 8, i, 0, 0), hook: "link0" }, {} as never);
    for (let i = 0; i < MAX_HOSTS; i++) put(i);
    expect(() => put(MAX_HOSTS)).toThrow(expect.objectContaining({ errno: E.ENOMEM }));
    expect(send("l1", frame(1, 2))).toBe("l0 l2");
    expect(send("l0", frame(2, 1))).toBe("l1 l2");
    expect(bench.counters("l0")).toMatchObject({ hosts: MAX_HOSTS, memoryFailures: 3 });
  });
});

it("does not count as sent what the next node refuses", () => {
  const { bench } = setUp("link0", "link1");
  bench.msg("l0", "mkpeer", '{ type="bridge" ourhook="link2" peerhook="link0" }');
  bench.msg("l0.link2", "mkpeer", '{ type="hub" ourhook="link1" peerhook="x" }');
  // The next bridge knows the host behind another link: for a second it refuses its frames from here.
  bench.msg("l0.link2", "movehost", '{ addr=02:04:06:00:00:01 hook="link1" }');
  expect(bench.write("l1", frame(1, 2))).toEqual([`l0 ${frame(1, 2)}`, E.ELOOP]);
  expect(bench.msg("l0", "getstats", "2")).toBe("{}");
  bench.msg("l0.link2", "reset");
  expect(bench.write("l1", frame(1, 2))).toEqual([`l0 ${frame(1, 2)}`]);
  expect(bench.msg("l0", "getstats", "2")).toBe("{ xmitOctets=14 xmitPackets=1 }");
});
