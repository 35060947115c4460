import { expect, it } from "vitest";
import { Node, type NodeId } from "./node.ts";
import { NodeTable } from "./node-table.ts";
import { testType } from "./testing/fixture.ts";

const type = testType("t");

function tableOf(...ids: number[]) {
  const table = new NodeTable();
  const nodes = new Map(ids.map((id) => [id, new Node(id as NodeId, type)]));
  for (const node of nodes.values()) table.add(node);
  return { table, nodes, list: () => [...table.listNodes()].map(({ id }) => id as number) };
}

it("lists by ID modulo 16, newest first within a bucket", () => {
  expect(tableOf(2, 0x22, 1, 17).list()).toEqual([17, 1, 0x22, 2]);
});

it("reverses what stays together when the table grows with the eighth node", () => {
  const { table, list } = tableOf(2, 0x22, 3, 4, 5, 6, 7);
  expect(list()).toEqual([0x22, 2, 3, 4, 5, 6, 7]);
  table.add(new Node(8 as NodeId, type));
  expect(list()).toEqual([2, 0x22, 3, 4, 5, 6, 7, 8]);
});

it("leaves out nodes that are ending", () => {
  const { nodes, list } = tableOf(1, 2, 3);
  nodes.get(2)!.valid = false;
  expect(list()).toEqual([1, 3]);
});

it("finds nodes by name until they are renamed or removed", () => {
  const { table, nodes } = tableOf(1, 2);
  const one = nodes.get(1)!;
  table.rename(one, "a");
  expect(table.byName("a")).toBe(one);
  table.rename(one, "b");
  expect([table.byName("a"), table.byName("b")]).toEqual([undefined, one]);
  table.remove(one);
  expect([table.byName("b"), table.byId(1), one.name]).toEqual([undefined, undefined, null]);
  expect([...table.listNames()]).toEqual([]);
});
