import { NODE_TYPES } from "@ngflow/nodes";
import { expect, it } from "vitest";
import { FREEBSD_TYPES, lackedType } from "./freebsd-types.ts";

it("does not list what ngflow has", () => {
  const both = NODE_TYPES.map(({ name }) => name).filter((name) => FREEBSD_TYPES.has(name));
  expect(both).toEqual([]);
});

it("has a reason for every type, and nothing to say of other names", () => {
  for (const [name, reason] of FREEBSD_TYPES) expect(reason, name).toMatch(/^(?!.*\.$).{8,}/);
  expect(lackedType("nat")).toBe(
    "FreeBSD has the node type nat, ngflow does not: it needs FreeBSD's libalias; the host's own filter does it: " +
      "nftables, masquerade",
  );
  expect(lackedType("zork")).toBeUndefined();
});
