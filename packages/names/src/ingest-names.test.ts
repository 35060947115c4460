import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIp, silentLog } from "@ngflow/base";
import { FlowBatch, type FlowSink } from "@ngflow/flows";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { idReader } from "./ids/read-ids.ts";
import { AS_NAMES_FILE, IDS_FILE, type IngestConfig, IngestNames } from "./ingest-names.ts";
import { writeMmdb } from "./mmdb/testing/write-mmdb.ts";
import { asNameReader } from "./read-as-names.ts";

let directory: string;
let names: IngestNames | undefined;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "ngflow-names-"))));
afterEach(async () => {
  await names?.stop();
  names = undefined;
  rmSync(directory, { recursive: true });
});

const file = (name: string): string => join(directory, name);
const state = (): string => file("collector");
const SINK: FlowSink = { write: ({ rows }) => rows };

async function start(config: Omit<IngestConfig, "stateDir">): Promise<IngestNames> {
  names = new IngestNames({ ...config, stateDir: state() }, SINK, { log: silentLog, clock: { nowMs: Date.now } });
  await names.start();
  return names;
}

/** What a flow from an address gets. */
function enriched(source: string, as = 0): { network: number; place: number; as: number } {
  const batch = new FlowBatch(8);
  batch.trackWritten();
  batch.rows = 1;
  batch.columns.SrcAddr.set(parseIp(source)!);
  batch.columns.SrcAS[0] = as;
  names!.sink.write(batch);
  const { SrcNetId, SrcPlaceId, SrcAS } = batch.columns;
  const found = { network: SrcNetId[0]!, place: SrcPlaceId[0]!, as: SrcAS[0]! };
  batch.clear();
  expect([SrcNetId[0], SrcPlaceId[0], SrcAS[0]]).toStrictEqual([0, 0, 0]);
  return found;
}

const nameOf = (id: number): string | undefined => idReader(join(state(), IDS_FILE))().network.name?.get(id);
const cityOf = (id: number): string | undefined => idReader(join(state(), IDS_FILE))().place.city?.get(id);
const city = (name: string) => ({ country: { iso_code: "JP" }, city: { names: { en: name } } });

describe("flows on their way to the store", () => {
  it("get number of network, place and AS; an AS that the exporter sent stays", async () => {
    writeFileSync(file("networks.csv"), "cidr,name\n10.0.0.0/8,Office\n2001:db8::/32,Lab\n");
    const asn = { autonomous_system_number: 64_500, autonomous_system_organization: "Example" };
    writeFileSync(file("as.mmdb"), writeMmdb([{ prefix: "192.0.2.0/24", record: asn }]));
    writeFileSync(file("city.mmdb"), writeMmdb([{ prefix: "192.0.2.0/24", record: city("Tokyo") }]));
    const { status } = await start({ networks: file("networks.csv"), mmdb: [file("as.mmdb"), file("city.mmdb")] }).then(
      (started) => ({ status: started.status() }),
    );
    expect(status.slice(0, 3).map(({ kind, state, entries }) => [kind, state, entries])).toStrictEqual([
      ["networks", "current", 2],
      ["mmdb", "current", 1],
      ["mmdb", "current", 1],
    ]);
    expect(nameOf(enriched("10.1.2.3").network)).toBe("Office");
    expect(nameOf(enriched("2001:db8::1").network)).toBe("Lab");
    const remote = enriched("192.0.2.1");
    expect([remote.network, remote.as, cityOf(remote.place)]).toStrictEqual([0, 64_500, "Tokyo"]);
    expect(enriched("192.0.2.1", 65_000).as).toBe(65_000);
    expect(enriched("203.0.113.1")).toStrictEqual({ network: 0, place: 0, as: 0 });
    expect(enriched("::")).toStrictEqual({ network: 0, place: 0, as: 0 });
    const asNames = asNameReader(join(state(), AS_NAMES_FILE));
    await expect.poll(() => asNames().name?.get(64_500)).toBe("Example");
  });

  it("get what a replaced file says; a damaged one changes nothing and is shown as stale", async () => {
    writeFileSync(file("networks.csv"), "cidr,name\n10.0.0.0/8,Office\n");
    const started = await start({ networks: file("networks.csv") });
    const before = enriched("10.1.2.3").network;
    writeFileSync(file("networks.csv"), "cidr,name\n10.0.0.0/8,Annex\n");
    await expect.poll(() => nameOf(enriched("10.1.2.3").network)).toBe("Annex");
    expect(nameOf(before)).toBe("Office");
    writeFileSync(file("networks.csv"), "cidr,name\n10.0.0.0/99,Broken\n");
    await expect.poll(() => started.status()[0]!.state).toBe("stale");
    // It stays so while the file is the same.
    await started.refresh();
    expect(started.status()[0]!.state).toBe("stale");
    expect(started.status()[0]!.error).toBe('line 2: "10.0.0.0/99" has no length from 0 to 32');
    expect(nameOf(enriched("10.1.2.3").network)).toBe("Annex");
    rmSync(file("networks.csv"));
    await expect.poll(() => started.status()[0]!.error).toBe("there is no such file");
    expect(nameOf(enriched("10.1.2.3").network)).toBe("Annex");
  });

  it("pass where a source was never there", async () => {
    const started = await start({ mmdb: [file("absent.mmdb")] });
    expect(started.status()[0]).toMatchObject({ state: "absent", entries: null, error: "there is no such file" });
    expect(enriched("10.1.2.3")).toStrictEqual({ network: 0, place: 0, as: 0 });
  });
});

describe("networks from an address", () => {
  it("are sent again only when they changed, and those of before hold while it is gone, over a restart too", async () => {
    const answers: number[] = [];
    let body = "cidr,name\n10.0.0.0/8,Office\n";
    const server = createServer((request, response) => {
      const etag = `"${body.length}"`;
      response.statusCode = request.headers["if-none-match"] === etag ? 304 : 200;
      answers.push(response.statusCode);
      response.setHeader("etag", etag).end(response.statusCode === 304 ? undefined : body);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/networks.csv`;
    const started = await start({ networks: url });
    await started.refresh();
    body = "cidr,name\n10.0.0.0/8,Annex\n";
    body += "10.1.0.0/16,Lab\n";
    await started.refresh();
    expect(answers).toStrictEqual([200, 304, 200]);
    expect([nameOf(enriched("10.2.0.0").network), nameOf(enriched("10.1.0.0").network)]).toStrictEqual([
      "Annex",
      "Lab",
    ]);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await started.refresh();
    expect(started.status()[0]).toMatchObject({ state: "stale", entries: 2 });
    await started.stop();
    const again = await start({ networks: url });
    expect(again.status()[0]).toMatchObject({ state: "stale", entries: 2 });
    expect(nameOf(enriched("10.1.0.0").network)).toBe("Lab");
  });

  it("have names of other files after a reload, none of files that are gone, and those of before where one is wrong", async () => {
    writeFileSync(file("a.csv"), "cidr,name\n10.0.0.0/8,Office\n");
    writeFileSync(file("b.csv"), "cidr,name\n10.0.0.0/8,Branch\n");
    writeFileSync(file("wrong.csv"), "cidr,name\n10.0.0.0/99,Branch\n");
    writeFileSync(file("city.mmdb"), writeMmdb([{ prefix: "10.0.0.0/8", record: city("Tokyo") }]));
    const started = await start({ networks: file("a.csv"), mmdb: [file("city.mmdb")] });
    const readAt = started.status()[1]!.readAt;
    const of = (): (string | undefined)[] => {
      const { network, place } = enriched("10.1.2.3");
      return [nameOf(network), cityOf(place)];
    };
    expect(of()).toEqual(["Office", "Tokyo"]);
    await expect(started.prepare({ networks: file("wrong.csv") })).rejects.toThrow(`networks ${file("wrong.csv")}: `);
    await expect(started.prepare({ mmdb: [file("gone.mmdb")] })).rejects.toThrow("there is no such file");
    const dropped = await started.prepare({ networks: file("b.csv") });
    await dropped.discard();
    expect(of()).toEqual(["Office", "Tokyo"]);
    const change = await started.prepare({ networks: file("b.csv"), mmdb: [file("city.mmdb")] });
    expect(of()).toEqual(["Office", "Tokyo"]);
    await change.apply();
    expect(of()).toEqual(["Branch", "Tokyo"]);
    // What both name was not read again.
    expect(started.status().map(({ from }) => from)).toEqual([file("b.csv"), file("city.mmdb"), expect.any(String)]);
    expect(started.status()[1]!.readAt).toBe(readAt);
    await (await started.prepare({})).apply();
    expect(enriched("10.1.2.3")).toMatchObject({ network: 0, place: 0 });
  });
});
