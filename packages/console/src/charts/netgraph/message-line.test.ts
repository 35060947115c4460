import { expect, test } from "vitest";
import { argumentsText, fits, messageLine, pathOfNode } from "./message-line.ts";

const field = (path: string, type: string) => ({ path: path === "" ? [] : path.split("."), type });

test("arguments are structs of what is typed; the rest has its default", () => {
  const fields = [
    field("bandwidth", "uint64"),
    field("up.fifo", "uint32"),
    field("up.delay", "uint32"),
    field("name", "string"),
  ];
  expect(argumentsText(fields, ["", "1", "2", 'a "b" \\'])).toBe('{ up={ fifo=1 delay=2 } name="a \\"b\\" \\\\" }');
  expect(argumentsText(fields, ["", "", "", ""])).toBe(null);
  expect(argumentsText(fields, ["x", "", "", ""])).toBe(null);
  expect(argumentsText([], [])).toBe("");
});

test("one value, an address, an array", () => {
  expect(argumentsText([field("", "uint16")], [" 3 "])).toBe("3");
  expect(argumentsText([field("", "sockaddr")], ["inet/192.0.2.1:2055"])).toBe("inet/192.0.2.1:2055");
  expect(argumentsText([field("", "hook")], ["left"])).toBe('"left"');
  expect(argumentsText([field("links", "uint8[64]")], ["[ 1 1 ]"])).toBe("{ links=[ 1 1 ] }");
});

test.each([
  ["uint8", "255", true],
  ["uint8", "256", false],
  ["uint8", "-1", false],
  ["int8", "-128", true],
  ["int8", "128", false],
  ["hint16", "0xffff", true],
  ["uint64", "18446744073709551615", true],
  ["uint64", "18446744073709551616", false],
  ["uint32", "1.5", false],
  ["string", "anything", true],
])("%s %s: %s", (type, text, is) => {
  expect(fits(type, text)).toBe(is);
});

test("the line can be pasted into a shell", () => {
  expect(messageLine("netflow:", "info", "")).toBe("ngctl msg netflow: info");
  expect(messageLine(pathOfNode({ name: null, id: 31 }), "setfields", '"it\'s"')).toBe(
    `ngctl msg '[1f]:' setfields '"it'\\''s"'`,
  );
});
