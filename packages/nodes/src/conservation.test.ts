import { type NodeType } from "@ngflow/graph";
import { PacketBatch } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bpf } from "./bpf/bpf.ts";
import { bridge } from "./bridge/bridge.ts";
import { car } from "./car/car.ts";
import { echo } from "./echo/echo.ts";
import { etf } from "./etf/etf.ts";
import { hole } from "./hole/hole.ts";
import { hub } from "./hub/hub.ts";
import { one2many } from "./one2many/one2many.ts";
import { patch } from "./patch/patch.ts";
import { pipe } from "./pipe/pipe.ts";
import { split } from "./split/split.ts";
import { tag } from "./tag/tag.ts";
import { tee } from "./tee/tee.ts";
import { vlan } from "./vlan/vlan.ts";
import { BenchGraph } from "./testing/bench-graph.ts";

const IS_IPV4 = "bpf_prog_len=4 bpf_prog=[ { code=48 } { code=21 jf=1 k=69 } { code=6 k=9 } { code=6 } ]";

/** Types with hooks of which any two make every packet leave at most once. */
const SUBJECTS: readonly (readonly [type: NodeType, hooks: readonly string[], setUp?: readonly [string, string]])[] = [
  [tee, ["left", "right"]],
  [hole, ["a", "b"]],
  [echo, ["a", "b"]],
  [hub, ["a", "b"]],
  [split, ["mixed", "in", "out"]],
  [bridge, ["link0", "link1"]],
  [one2many, ["one", "many0", "many1", "many2"]],
  [bpf, ["a", "b"], ["setprogram", `{ thisHook="a" ifMatch="b" ${IS_IPV4} }`]],
  [vlan, ["downstream", "nomatch", "a", "b"], ["setencapproto", "0x4545"]],
  [vlan, ["downstream", "nomatch", "a", "b"], ["addfilter", '{ hook="a" vid=5 }']],
  [etf, ["downstream", "nomatch", "a", "b"], ["setfilter", '{ matchhook="a" ethertype=0x4545 }']],
  [tag, ["a", "b"], ["sethookin", '{ thisHook="a" ifNotMatch="b" }']],
  [patch, ["in", "out"], ["setconfig", "{ count=1 ops=[ { mode=2 value=1 length=8 offset=8 } ] }"]],
  [pipe, ["upper", "lower"]],
  [
    pipe,
    ["upper", "lower"],
    ["setcfg", "{ bandwidth=1000 delay=1500000 downstream={ queuelen=5 } upstream={ drr=32 BER=500 } }"],
  ],
  [
    pipe,
    ["upper", "lower"],
    ["setcfg", "{ bandwidth=1000 upstream={ delaylen=5 wfq=1 } downstream={ queuelen=6 drophead=1 } }"],
  ],
  [car, ["upper", "lower"]],
  [
    car,
    ["upper", "lower"],
    [
      "setconf",
      "{ upstream={ cbs=20 cir=800 mode=3 greenAction=1 } downstream={ cbs=9 ebs=60 mode=2 cir=80 yellowAction=1 } }",
    ],
  ],
];

/** Seconds after which every node has given back what it kept. */
const PATIENCE = 60;

const octet = fc.constantFrom(0x45, 0x60, 0x02, 0x03, 0xff);
const packet = fc.oneof(fc.array(octet, { maxLength: 16 }), fc.array(octet, { minLength: 14, maxLength: 30 }));
const sends = fc.array(
  fc.record({
    hook: fc.nat({ max: 9 }),
    packets: fc.array(packet, { minLength: 1, maxLength: 6 }),
    seconds: fc.nat({ max: 2 }),
  }),
  { maxLength: 12 },
);

function batchOf(packets: readonly (readonly number[])[]): PacketBatch {
  const batch = new PacketBatch(packets.length, Uint8Array.from(packets.flat()));
  let at = 0;
  for (const { length } of packets) {
    batch.push(at, length, length, 0);
    at += length;
  }
  return batch;
}

describe.each(SUBJECTS.map(([type, hooks, setUp]) => [type.name, type, hooks, setUp] as const))(
  "%s",
  (name, type, hooks, setUp) => {
    it("lets every packet out or counts it under a reason", () => {
      fc.assert(
        fc.property(fc.subarray([...hooks], { minLength: 1 }), sends, (connected, script) => {
          const bench = new BenchGraph([type]);
          expect(bench.wire(name, ...connected.map((hook) => [hook, hook] as const))).toBe(0);
          const node = bench.graph.node(bench.socket.nodeId)!;
          if (setUp !== undefined) bench.msg(connected[0]!, ...setUp);
          let [sent, arrived] = [0, 0];
          for (const { hook, packets, seconds } of script) {
            node.hooks.get(connected[hook % connected.length]!)!.send(batchOf(packets));
            sent += packets.length;
            arrived += bench.take().length;
            for (let i = 0; i < seconds; i++) bench.graph.tick((bench.clock.ms += 1000));
          }
          for (let i = 0; i < PATIENCE; i++) bench.graph.tick((bench.clock.ms += 1000));
          arrived += bench.take().length;
          const counters = bench.counters(connected[0]!);
          const dropped = Object.keys(type.dropReasons).reduce((sum, reason) => sum + counters[reason]!, 0);
          expect(arrived + dropped).toBe(sent);
        }),
      );
    });
  },
);
