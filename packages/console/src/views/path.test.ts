import { expect, test } from "vitest";
import { hasParams, matchPath, pathOf } from "./path.ts";

test.each([
  ["/host/:address", "/host/10.0.0.1", { address: "10.0.0.1" }],
  ["/host/:address", "/host/2001:db8::1", { address: "2001:db8::1" }],
  ["/host/:address", "/host/a%2Fb", { address: "a/b" }],
  ["/as/:number/:other", "/as/1/2", { number: "1", other: "2" }],
  ["/flows", "/flows", {}],
  ["/docs/*page", "/docs/how-to/query", { page: "how-to/query" }],
  ["/docs/*page", "/docs/a%20b", { page: "a b" }],
  ["/docs/*page", "/docs/", null],
  ["/docs/*page", "/docs", null],
  ["/host/:address", "/host/", null],
  ["/host/:address", "/host", null],
  ["/host/:address", "/host/1/2", null],
  // Not an encoding.
  ["/host/:address", "/host/%E0%A4%A", null],
])("%s matches %s as %j", (pattern, path, params) => {
  expect(matchPath(pattern, path)).toEqual(params);
  expect(hasParams(pattern)).toBe(pattern !== "/flows");
});

test("a path is read back as it was written", () => {
  for (const value of ["10.0.0.1", "fe80::1%eth0", "a/b?c#d", "日本", "<b>"]) {
    expect(matchPath("/host/:address", pathOf("/host/:address", { address: value }))).toEqual({ address: value });
  }
});
