import { expect, test } from "vitest";
import { ownAddresses } from "./own-addresses.ts";

const address = { netmask: "", mac: "", internal: false, cidr: null } as const;

test("the graph sends from addresses of interfaces, and not from the rest of 127.0.0.0/8", () => {
  const isOwn = ownAddresses({
    lo: [
      { ...address, address: "127.0.0.1", family: "IPv4" },
      { ...address, address: "::1", family: "IPv6", scopeid: 0 },
    ],
    eth0: [{ ...address, address: "192.0.2.7", family: "IPv4" }],
  });
  expect(["127.0.0.1", "::1", "192.0.2.7"].filter(isOwn)).toEqual(["127.0.0.1", "::1", "192.0.2.7"]);
  // The exporters of the demo's story.
  expect(["127.1.0.1", "127.1.0.2", "192.0.2.8"].filter(isOwn)).toEqual([]);
});
