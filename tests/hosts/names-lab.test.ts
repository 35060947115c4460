import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytes, set, template, v9, v9Options } from "@ngflow/wire/testing";
import { expect, test } from "vitest";
import { writeMmdb } from "../../packages/names/src/mmdb/testing/write-mmdb.ts";
import { Api, type QueryAnswer } from "../support/api.ts";
import { type Background, must, NGFLOW, run, sleep } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "snmpd", "snmpset", "dnsmasq");
const on = useTwoHosts(missing);

const HTTP = "127.0.0.1:8080";
const PORT = 2055;
/** Records of a datagram: an exporter is established when it has sent so many, over ten seconds. */
const FLOWS = 10;
/** The exporter of the other site, on the right host, too. */
const BRANCH = "10.77.0.3";
const [AUTH, PRIVACY] = ["an-auth-secret", "a-privacy-secret"];
const SENDER = `
const [hex, from, port, to] = process.argv.slice(1);
const socket = require("node:dgram").createSocket("udp4").bind(40000, from);
socket.send(Buffer.from(hex, "hex"), Number(port), to, () => socket.close());
`;
/** Says what it gets: mails to port 2525, posts to port 8090. */
const SINKS = `
const { SMTPServer } = require("smtp-server");
const say = (kind, what) => console.log(JSON.stringify({ kind, ...what }));
const read = async (stream) => { let all = ""; for await (const part of stream) all += part; return all; };
new SMTPServer({
  disabledCommands: ["STARTTLS", "AUTH"],
  onData: (stream, session, done) =>
    void read(stream).then((text) => {
      say("mail", { to: session.envelope.rcptTo.map(({ address }) => address), text });
      done();
    }),
}).listen(2525, process.argv[1]);
require("node:http").createServer((request, response) =>
  void read(request).then((text) => { say("post", { url: request.url, body: JSON.parse(text) }); response.end(); }),
).listen(8090, process.argv[1], () => say("ready", {}));
`;
const FLOW = template(256, [
  [8, 4],
  [12, 4],
  [10, 4],
  [14, 4],
  [56, 6],
  [1, 4],
  [234, 4],
  [95, 4],
  [48, 1],
]);
/** The names of a VRF, an application and a sampler, as exporters send them in options. */
const OPTIONS = [
  v9Options(
    300,
    [[1, 4]],
    [
      [234, 4],
      [236, 8],
    ],
  ),
  v9Options(
    301,
    [[1, 4]],
    [
      [95, 4],
      [96, 8],
    ],
  ),
].concat(
  v9Options(
    302,
    [[1, 4]],
    [
      [48, 1],
      [84, 8],
    ],
  ),
);
const [VRF, APPLICATION] = [7, 0x03000050];
const RULES = `
- { alias: '^Transit: (?<provider>\\S+)', boundary: external, connectivity: transit, provider: $<provider> }
- { exporter: ^branch, max-speed: 100M, connectivity: access }
- { boundary: internal }
`;

const alerts = (sinks: string): string => `
rules:
  - name: to-video
    condition: threshold
    metric: flows
    by: [SrcNetSite]
    filter: DstASName = "Video Site"
    above: 5
    window: 10s
    time: arrival
notify:
  hook: { type: webhook, url: "http://${sinks}:8090/hook" }
  mail: { type: email, server: "smtp://${sinks}:2525", from: ngflow@example.net, to: [noc@example.net] }
`;

const name = (text: string): Uint8Array => new TextEncoder().encode(text.padEnd(8, "\0"));

interface Source {
  readonly kind: string;
  readonly from: string;
  readonly state: string;
  readonly entries: number | null;
  readonly readAt: string | null;
  readonly error: string | null;
}

test("two sites have every kind of name, and lose no flow when its sources die", { timeout: 300_000 }, async () => {
  const { left, right } = on.hosts;
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(on.folder, name), content);
    return join(on.folder, name);
  };
  must(["ip", "-n", right.namespace, "address", "add", `${BRANCH}/24`, "dev", "eth0"]);
  const index = (
    JSON.parse(must(["ip", "-n", right.namespace, "-j", "link", "show", "eth0"])) as { ifindex: number }[]
  )[0]!.ifindex;

  /** Debian's agent on an address of the right host; its state is in the folder of the test. */
  const agent = (name: string, address: string, lines: readonly string[]): Background => {
    mkdirSync(join(on.folder, name));
    const config = file(
      `${name}.conf`,
      [`agentaddress udp:${address}:161`, `sysName ${name}`, ...lines, ""].join("\n"),
    );
    const words = ["snmpd", "-f", "-Lo", "-C", "-c", config, "-p", join(on.folder, `${name}.pid`)];
    return on.start(words, { on: right, env: { SNMP_PERSISTENT_DIR: join(on.folder, name) } });
  };
  const agents = [
    agent("edge-1", right.ipv4, ["rocommunity reading", "rwcommunity writing", "interface eth0 6 10000000000"]),
    agent("branch-1", BRANCH, [
      `createUser reader SHA-256 "${AUTH}" AES "${PRIVACY}"`,
      "rouser reader priv",
      "interface eth0 6 100000000",
    ]),
  ];
  const alias = right.exec(
    `snmpset -v2c -c writing ${right.ipv4} 1.3.6.1.2.1.31.1.1.1.18.${index} s`.split(" ").concat("Transit: ExampleNet"),
  );
  await agents[0]!.until("the agent", () => run(alias).status === 0);
  const dns = on.start(
    ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root"].concat(
      `--pid-file=${join(on.folder, "dns.pid")}`,
      `--listen-address=${right.ipv4}`,
      "--bind-interfaces",
      "--ptr-record=5.20.0.10.in-addr.arpa,anna-laptop.example",
    ),
    { on: right },
  );

  file("community", "reading\n");
  file("auth", AUTH);
  file("privacy", PRIVACY);
  const v3 = "version: 3, user: reader, auth: sha256, auth-file: auth, privacy: aes, privacy-file: privacy";
  const snmp = file(
    "snmp.yaml",
    `interval: 10s\nagents:\n  - { exporters: ${right.ipv4}, community-file: community }\n  - { exporters: ${BRANCH}, ${v3} }\n`,
  );
  const mmdb = file(
    "places.mmdb",
    writeMmdb([
      {
        prefix: "203.0.113.0/24",
        record: {
          autonomous_system_number: 64500,
          autonomous_system_organization: "Video Site",
          country: { iso_code: "CH" },
          city: { names: { en: "Bern" } },
        },
      },
    ]),
  );
  const words = ["up", "--no-capture", "--data", join(on.folder, "data"), "--http", HTTP]
    .concat("--listen", `${left.ipv4}:${PORT}`, "--snmp", snmp, "--mmdb", mmdb, "--reverse-dns", right.ipv4)
    .concat("--interface-rules", file("rules.yaml", RULES))
    .concat(
      "--networks",
      file("networks.csv", "cidr,name,site\n10.0.20.0/24,Clients,tokyo\n10.0.30.0/24,Branch,osaka\n"),
    )
    .concat("--hosts", file("hosts", "203.0.113.15 video.example\n"))
    .concat("--alerts", file("alerts.yaml", alerts(right.ipv4)))
    .concat("--mac-vendors", file("manuf", "00:00:5E\tICANN\tICANN, IANA Department\n"));
  const sinks = on.start([process.execPath, "-e", SINKS, right.ipv4], { on: right });
  await sinks.until("the sinks", () => sinks.stdout.includes("ready"));
  const got = (kind: string): Record<string, unknown>[] =>
    sinks.stdout
      .split("\n")
      .filter((line) => line.includes(`"kind":"${kind}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ngflow = on.start([...NGFLOW, ...words]);
  const api = new Api(left, HTTP);
  await ngflow.until("ngflow up", () => ngflow.stdout.includes(`http://${HTTP}`) && api.answers());

  let sent = 0;
  /** Ten flows from a host of a site to the video site, by the site's exporter. */
  const send = (from: string, host: number): void => {
    const record = bytes(
      [host, 4],
      [0xcb00710f, 4],
      [index, 4],
      [0, 4],
      [0x5e005301, 6],
      [1000, 4],
      [VRF, 4],
      [APPLICATION, 4],
      [1, 1],
    );
    const datagram = v9(
      { seconds: Math.floor(Date.now() / 1000), sequence: sent++ },
      set(1, ...OPTIONS),
      set(300, bytes([0, 4], [VRF, 4], name("clients"))),
      set(301, bytes([0, 4], [APPLICATION, 4], name("http"))),
      set(302, bytes([0, 4], [1, 1], name("one-in-1"))),
      set(0, FLOW),
      set(256, ...Array.from({ length: FLOWS }, () => record)),
    );
    const hex = Buffer.from(datagram).toString("hex");
    must(right.exec([process.execPath, "-e", SENDER, hex, from, String(PORT), left.ipv4]));
  };
  const rows = (by: string, filter = ""): QueryAnswer["rows"] =>
    api.get<QueryAnswer>(`/query?by=${by}&metric=flows&last=1h&top=100&filter=${encodeURIComponent(filter)}`).rows;
  const sources = (): readonly Source[] => api.get<{ readonly sources: readonly Source[] }>("/names/status").sources;
  const source = (kind: string, from?: string): Source | undefined =>
    sources().find((each) => each.kind === kind && (from === undefined || each.from === from));
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    const deadlineMs = Date.now() + 60_000;
    while (Date.now() < deadlineMs) {
      if (holds()) return;
      await sleep(1000);
    }
    throw new Error(`${what}: ${JSON.stringify(sources())}\n${ngflow.stderr}`);
  };
  send(right.ipv4, 0x0a001405);
  send(BRANCH, 0x0a001e05);
  await sleep(11_000);
  send(right.ipv4, 0x0a001405);
  send(BRANCH, 0x0a001e05);
  await until("the flows of both", () => api.pipeline()["rowsStored"] === 4 * FLOWS);
  const interfaces = "ExporterName,InIfName,InIfAlias,InIfSpeed,InIfBoundary,InIfProvider,InIfConnectivity";
  await until("names of both agents", () => rows("ExporterName").every(({ ExporterName }) => ExporterName !== ""));
  await until("classes", () => rows("InIfBoundary").every(({ InIfBoundary }) => InIfBoundary !== ""));
  const ofInterfaces = [
    {
      ExporterName: "branch-1",
      InIfName: "eth0",
      InIfAlias: "",
      InIfSpeed: "100",
      InIfBoundary: "internal",
      InIfProvider: "",
      InIfConnectivity: "access",
      flows: 2 * FLOWS,
    },
    {
      ExporterName: "edge-1",
      InIfName: "eth0",
      InIfAlias: "Transit: ExampleNet",
      InIfSpeed: "10000",
      InIfBoundary: "external",
      InIfProvider: "ExampleNet",
      InIfConnectivity: "transit",
      flows: 2 * FLOWS,
    },
  ];
  const byExporter = (all: QueryAnswer["rows"]): QueryAnswer["rows"] =>
    all.toSorted((a, b) => String(a["ExporterName"]).localeCompare(String(b["ExporterName"])));
  expect(byExporter(rows(interfaces))).toEqual(ofInterfaces);
  // DNS is asked for what an answer had.
  rows("SrcAddr");
  await until("the name of the host", () => rows("SrcHostName", "site = tokyo")[0]?.["SrcHostName"] !== "");
  const ends = "SrcHostName,SrcNetName,SrcNetSite,SrcMacVendor,DstHostName,DstASName,DstCountry,DstGeoCity";
  expect(rows(ends, "InIfBoundary = external and InIfSpeed = 10000")).toEqual([
    {
      SrcHostName: "anna-laptop.example",
      SrcNetName: "Clients",
      SrcNetSite: "tokyo",
      SrcMacVendor: "ICANN, IANA Department",
      DstHostName: "video.example",
      DstASName: "Video Site",
      DstCountry: "CH",
      DstGeoCity: "Bern",
      flows: 2 * FLOWS,
    },
  ]);
  // What exporters sent in options.
  expect(rows("InVrfName,ApplicationName,SamplerName")).toEqual([
    { InVrfName: "clients", ApplicationName: "http", SamplerName: "one-in-1", flows: 4 * FLOWS },
  ]);
  // A rule whose filter and groups are names fires, and both sinks have it.
  await sinks.until("the mail and the post of both sites", () => {
    const all = JSON.stringify([got("mail"), got("post")]);
    return got("mail").length > 0 && got("post").length > 0 && all.includes("tokyo") && all.includes("osaka");
  });
  expect(got("mail")[0]).toMatchObject({ to: ["noc@example.net"], text: expect.stringContaining("to-video") });
  const fired = got("post").flatMap(({ body }) => (body as { readonly alerts: readonly object[] }).alerts);
  for (const site of ["tokyo", "osaka"])
    expect(fired).toContainEqual(
      expect.objectContaining({ rule: "to-video", state: "firing", group: { SrcNetSite: site } }),
    );
  const query = [...NGFLOW, "query", "--data", join(on.folder, "data"), "--by", interfaces, "--metric", "flows"];
  const asked = JSON.parse(must(left.exec([...query, "--last", "1h", "--format", "json"]))) as QueryAnswer;
  expect(byExporter(asked.rows)).toEqual(ofInterfaces);

  await Promise.all([...agents, dns].map((each) => each.stop("SIGKILL")));
  file("places.mmdb", "damaged");
  send(right.ipv4, 0x0a001406);
  send(BRANCH, 0x0a001e06);
  await until("the flows after that", () => api.pipeline()["rowsStored"] === 6 * FLOWS);
  rows("SrcAddr");
  for (const exporter of [right.ipv4, BRANCH])
    await until(`the agent of ${exporter} is stale`, () => source("snmp", exporter)?.state === "stale");
  await until("the MMDB is stale", () => source("mmdb")?.state === "stale");
  await until("DNS has an error", () => source("reverse-dns")?.error !== null);
  const { readAt, error, entries } = source("snmp", BRANCH)!;
  expect(Date.parse(readAt!)).toBeLessThan(Date.now());
  expect(error).toBe("Request timed out");
  expect(entries).toBeGreaterThan(3);
});
