import { describe, expect, it } from "vitest";
import { storeUrl } from "./database-options.ts";

describe("the URL of the store", () => {
  const store = "clickhouse://u@a,b/d";

  it("has the cluster as a part", () => {
    expect(storeUrl({ store })).toBe(store);
    expect(storeUrl({ store, storeCluster: "c" })).toBe(`${store}?cluster=c`);
    expect(storeUrl({ store: `${store}?timeout=5`, storeCluster: "c", storeShardBy: "exporter" })).toBe(
      `${store}?timeout=5&cluster=c&shard-by=exporter`,
    );
  });

  it("has the collector and the policy as parts", () => {
    expect(storeUrl({ store, storeCluster: "c", storeCollector: "b" })).toBe(`${store}?cluster=c&collector=b`);
    expect(storeUrl({ store, storePolicy: "hot_cold" })).toBe(`${store}?policy=hot_cold`);
    expect(() => storeUrl({ storePolicy: "p" })).toThrow("--store-policy needs the URL of a server");
    expect(() => storeUrl({ storeCollector: "b" })).toThrow("--store-collector needs the URL of a server");
  });

  it("is needed for a cluster", () => {
    for (const url of [{}, { store: "chdb:" }])
      expect(() => storeUrl({ ...url, storeCluster: "c" })).toThrow(/needs the URL of a server/);
  });
});
