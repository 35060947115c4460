import { createGraph, type Graph, openControlSocket } from "@ngflow/graph";
import { E } from "@ngflow/base";
import { NODE_TYPES } from "@ngflow/nodes";
import { beforeEach, expect, it } from "vitest";
import { refusalReason } from "./refusal-reason.ts";

const MAKER = { sender: "ngctl77", command: "ngflow up" };
let graph: Graph;
let from: number;

/** A graph that `ngctl77` made: a tee at its hook `up`, called tap, and its hook `more` without a name. */
beforeEach(() => {
  graph = createGraph({
    clock: { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 },
    types: NODE_TYPES.filter(({ name }) => name === "tee" || name === "bridge"),
    history: 10,
  });
  const control = openControlSocket(graph, { name: "ngctl77", events: { onMessage() {}, onData() {} } });
  from = control.nodeId;
  control.sendAscii(".", "mkpeer", '{ type="tee" ourhook="up" peerhook="left" }');
  control.sendAscii("up", "name", '{ name="tap" }');
});

const reason = (verb: string, args: readonly string[], errno: number): string | null =>
  refusalReason(graph, { from, verb, args, errno }, MAKER);

it("lists what there is instead of what was named", () => {
  expect(reason("show", ["nope:"], E.ENOENT)).toBe("no node is called nope; nodes: tap");
  expect(reason("mkpeer", ["tap:", "foo", "right", "x"], E.ENOENT)).toBe(
    "no node type is called foo; types: bridge, socket, tee",
  );
  expect(reason("mkpeer", ["tap:", "nat", "right", "x"], E.ENOENT)).toMatch(
    /^FreeBSD has the node type nat, ngflow does not: it needs FreeBSD's libalias/,
  );
  expect(reason("show", ["tap:right"], E.ENOENT)).toBe("tap has no connected hook right; it has left");
  expect(reason("msg", ["tap:", "getstat"], E.ENOSYS)).toMatch(/^type tee has no message getstat; it has getstats, /);
  expect(reason("show", ["tap"], E.ENOENT)).toBe(
    'write "tap:" for the node of that name; without ":" it is a hook of ngctl\'s own node',
  );
});

it("says that a hook is taken, and who did it when the graph was made by a command", () => {
  expect(reason("mkpeer", ["tee", "up", "left"], E.EEXIST)).toBe(
    "the hook up of ngctl77 is connected already, with tap:left; " +
      '"ngflow up" made tap when it started; to build the graph yourself, run "ngflow graph" instead',
  );
  const other = openControlSocket(graph, { name: "ngctl78", events: { onMessage() {}, onData() {} } });
  other.sendAscii("tap:", "mkpeer", '{ type="tee" ourhook="right" peerhook="left" }');
  expect(reason("mkpeer", ["tap:", "tee", "right", "left"], E.EEXIST)).toMatch(
    /^the hook right of tap is connected already, with \[\w+\]:left$/,
  );
});

it("does not blame the maker for another error at a hook that it made", () => {
  expect(reason("mkpeer", ["foo", "up", "left"], E.ENOENT)).toBe(
    "no node type is called foo; types: bridge, socket, tee",
  );
});

it("knows modules that are not loaded", () => {
  graph.unloadModule("ng_bridge");
  expect(reason("mkpeer", ["tap:", "bridge", "right", "link0"], E.ENOENT)).toBe(
    "type bridge is not loaded: ngflow kldload ng_bridge",
  );
});

it("has nothing to add to most errors, and refuses what is no request", () => {
  expect(reason("list", [], E.ENOMEM)).toBeNull();
  expect(() => refusalReason(graph, { verb: "show" })).toThrow(/^why: /);
});
