import { describe, expect, it } from "vitest";
import { serverAddress } from "./server-address.ts";

describe("URL of a server", () => {
  it.each([
    ["clickhouse://db", ["http://db:8123"], "default", "ngflow"],
    ["clickhouse://ngflow@db.example.net/", ["http://db.example.net:8123"], "ngflow", "ngflow"],
    ["clickhouse://a%40b@db:80/flows", ["http://db:80"], "a@b", "flows"],
    ["clickhouse+https://db/flows", ["https://db:8443"], "default", "flows"],
    ["clickhouse+https://db:443/flows", ["https://db:443"], "default", "flows"],
    ["clickhouse://u@a,b:9,[2001:db8::1]/d", ["http://a:8123", "http://b:9", "http://[2001:db8::1]:8123"], "u", "d"],
  ])("%s", (url, endpoints, user, database) => {
    expect(serverAddress(url)).toEqual({
      endpoints,
      user,
      database,
      compress: false,
      timeoutMs: 60_000,
      collector: "",
    });
  });

  it("has parameters", () => {
    expect(serverAddress("clickhouse://db/d?compress=gzip&timeout=5")).toMatchObject({
      compress: true,
      timeoutMs: 5000,
      cluster: undefined,
    });
    const cluster = (text: string): unknown => serverAddress(`clickhouse://a,b/d?${text}`).cluster;
    expect(cluster("cluster=all-of.it")).toEqual({ name: "all-of.it", shardBy: "flow" });
    expect(serverAddress("clickhouse://db/d?collector=tokyo1").collector).toBe("tokyo1");
    expect(cluster("shard-by=exporter&cluster=c")).toEqual({ name: "c", shardBy: "exporter" });
  });

  it.each([
    ["clickhouse://", "it has the form"],
    ["clickhouse:db", "it has the form"],
    ["clickhouse://u:hidden@db/", "a password does not belong in it"],
    ["clickhouse://db/a-b", "its database is no name"],
    ["clickhouse://db:99999/", '"db:99999" is no host'],
    ["clickhouse://a,,b/", '"" is no host'],
    ["clickhouse://db/d?compress=zstd", "compress is gzip or off"],
    ["clickhouse://db/d?timeout=0", "timeout is 1 to 3600 seconds"],
    ["clickhouse://db/d?clusters=x", '"clusters" is no parameter'],
    ["clickhouse://db/d?collector=a_b", "collector is a name of at most 32"],
    ["clickhouse://db/d?cluster=a`b", "cluster is a name of letters"],
    ["clickhouse://db/d?cluster=c&shard-by=host", "shard-by is flow or exporter"],
    ["clickhouse://db/d?shard-by=flow", "shard-by needs cluster"],
    ["clickhouse://%zz@db/", "its user is not written"],
    [`clickhouse://${Array.from({ length: 17 }, () => "h").join()}/`, "it has more than 16 hosts"],
  ])("%s is refused", (url, reason) => {
    const read = (): unknown => serverAddress(url);
    const message = expect.stringContaining(reason);
    expect(read).toThrow(expect.objectContaining({ code: "store-url", exit: 78, message }));
    expect(read).not.toThrow(expect.objectContaining({ message: expect.stringContaining("hidden") }));
  });
});
