import { E } from "@ngflow/base";
import { encodeMessage } from "@ngflow/graph";
import { expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { hole } from "./hole.ts";

it("discards and counts by hook", () => {
  const bench = new BenchGraph([hole]);
  bench.wire("hole", ["a", "x"], ["b", "any name"]);
  expect(bench.write("a", "010203")).toEqual([]);
  bench.write("a", "04");
  bench.write("b", "05");
  expect(bench.msg("a", "getstats", '"x"')).toBe("{ frames=2 octets=4 }");
  expect(bench.msg("a", "getclrstats", '"x"')).toBe("{ frames=2 octets=4 }");
  expect(bench.msg("a", "getstats", '"x"')).toBe("{}");
  expect(bench.msg("a", "clrstats", '"any name"')).toBeUndefined();
  expect(bench.msg("a", "getstats", '"any name"')).toBe("{}");
  expect(bench.counters("a")).toEqual({ discarded: 3, octets: 5 });
});

it("refuses hooks it does not have and messages it does not know", () => {
  const bench = new BenchGraph([hole]);
  bench.wire("hole", ["a", "x"]);
  expect(bench.msg("a", "getstats", '"y"')).toBe(E.ENOENT);
  const send = (cmd: number, size: number) =>
    bench.socket.send(
      "a",
      encodeMessage({ cookie: hole.cookie, cmd, flags: 0, token: 0, cmdstr: "", data: new Uint8Array(size) }),
    );
  expect([send(1, 0), send(1, 31), send(4, 32), send(0, 32)]).toEqual([E.EINVAL, E.EINVAL, E.EINVAL, E.EINVAL]);
});
