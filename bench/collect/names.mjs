// Files of names for `ngflow collect`, made once: a million prefixes with their AS, 2,000 networks, an SNMP agent of
// all exporters with 64 interfaces, and rules for the classes of these.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceLoader } from "../../tools/load-sources.mjs";

const PREFIXES = 1_000_000;
const NETWORKS = 2000;
const INTERFACES = 64;

const RULES = `rules:
  - alias: "^Transit: (?<provider>\\\\S+)"
    boundary: external
    connectivity: transit
    provider: $<provider>
  - name: ^xe-
    min-speed: 10G
    boundary: internal
    connectivity: backbone
  - boundary: internal
`;

function networks() {
  const lines = Array.from({ length: NETWORKS }, (_, n) => {
    const second = n % 256;
    return `${1 + (n >>> 3)}.${second}.0.0/16,Network ${n},site-${n % 40},clients,region-${n % 8},tenant-${n % 16}`;
  });
  return `cidr,name,site,role,region,tenant\n${lines.join("\n")}\n0.0.0.0/0,Internet,,external,,\n`;
}

/** Writes the files and starts the agent: the arguments of `ngflow collect`, and what ends the agent. */
export async function openNames(folder) {
  mkdirSync(folder, { recursive: true });
  const { load, close } = await sourceLoader();
  const { manyPrefixes } = await load("packages/names/src/mmdb/testing/many-prefixes.ts");
  const { writeMmdb } = await load("packages/names/src/mmdb/testing/write-mmdb.ts");
  const { COMMUNITY, MadeAgent } = await load("packages/names/src/snmp/testing/run-agent.ts");
  const at = (name) => join(folder, name);
  writeFileSync(at("as.mmdb"), writeMmdb(manyPrefixes(PREFIXES).prefixes));
  const agent = await MadeAgent.start();
  const row = (index) => ({
    descr: `port ${index}`,
    name: `xe-0/0/${index}`,
    alias: index % 8 === 0 ? `Transit: Provider${index}` : `link ${index}`,
    highSpeed: 10_000,
  });
  agent.set("edge", Object.fromEntries(Array.from({ length: INTERFACES }, (_, n) => [n + 1, row(n + 1)])));
  writeFileSync(at("networks.csv"), networks());
  writeFileSync(at("rules.yaml"), RULES);
  writeFileSync(at("community"), COMMUNITY);
  writeFileSync(
    at("snmp.yaml"),
    `agents:\n  - exporters: [127.0.0.0/8]\n    address: 127.0.0.1\n    port: ${agent.port}\n    community-file: community\n`,
  );
  return {
    args: [
      ...["--mmdb", at("as.mmdb"), "--networks", at("networks.csv")],
      ...["--snmp", at("snmp.yaml"), "--interface-rules", at("rules.yaml")],
    ],
    async end() {
      agent.stop();
      await close();
    },
  };
}
