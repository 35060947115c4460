import { describe, expect, it } from "vitest";
import { idAddress, isNodeName, parseAddress, parseIdAddress } from "./address.ts";
import { errnoOf } from "./testing/fixture.ts";

describe("parseAddress", () => {
  it.each([
    ["", undefined, []],
    [".", undefined, []],
    [".:", ".", []],
    ["em0:", "em0", []],
    ["em0:lower", "em0", ["lower"]],
    ["em0:.lower.", "em0", ["lower"]],
    ["netflow:iface0.upper", "netflow", ["iface0", "upper"]],
    ["[1a]:", "[1a]", []],
    ["foo", undefined, ["foo"]],
  ])("%j", (text, node, hooks) => expect(parseAddress(text)).toEqual({ node, hooks }));

  it.each([":lower", ":", "em0.lower:", "a:b:c", "a:b..c", "..", ".."])("refuses %j", (text) => {
    expect(errnoOf(() => parseAddress(text))).toBe(22);
  });
});

it.each([
  ["[1a]", 0x1a],
  ["[0x1f]", 0x1f],
  ["[100000004]", 4],
  ["[100000000]", 0],
  ["[ffffffffffffffff]", 0],
  ["[0]", 0],
  ["[]", 0],
  ["[x]", 0],
  ["[1]x", 0],
  ["[ 1]", 0],
  ["[-1]", 0],
  ["1", 0],
])("reads %j as ID %d", (text, id) => expect(parseIdAddress(text)).toBe(id));

it("writes and reads numeric addresses", () => {
  expect(idAddress(0xabcdef01)).toBe("[abcdef01]:");
  expect(parseIdAddress(parseAddress(idAddress(0xabcdef01)).node!)).toBe(0xabcdef01);
});

it("accepts as names what is not an address", () => {
  expect(["a", "[0]", "sp ace", "x".repeat(31)].filter((name) => !isNodeName(name))).toEqual([]);
  expect(["", "a.b", "a:", "[1]", "x".repeat(32)].filter(isNodeName)).toEqual([]);
});
