import { expect, it } from "vitest";
import { exportPorts, isOwn } from "./own-graph.ts";

it("finds where the sockets of a graph are connected to", () => {
  const commands = [
    ["mkpeer", "netflow:", "ksocket", "export9", "inet/dgram/udp"],
    ["msg", "netflow:export9", "connect", "inet/127.0.0.1:4444"],
    ["msg", "netflow:export", "connect", "inet6/[::1]:2055"],
    ["msg", "other:", "bind", "inet/127.0.0.1:9"],
    ["connect", "a:", "b:", "inet/127.0.0.1:1", "x"],
  ];
  expect(exportPorts({ commands, beyond: [] })).toEqual([4444, 2055]);
});

it("takes a graph for another directory's unless it exports to its collector, or nowhere", () => {
  expect(isOwn([4444, 2055], [2055])).toBe(true);
  expect(isOwn([], [2055])).toBe(true);
  expect(isOwn([], null)).toBe(true);
  expect(isOwn([4444], [2055])).toBe(false);
  expect(isOwn([4444], null)).toBe(false);
});
