import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FlowTotal, readCapture } from "../support/capture.ts";
import { must, NGFLOW } from "../support/command.ts";
import { accountedBy, DIFFERENCES } from "../support/dialects.ts";
import { mixCapture } from "../support/mixed-capture.ts";
import { skipWithout } from "../support/needs.ts";
import { collectWithNfcapd, readNfdump } from "../support/nfdump.ts";
import { type PacketFacts, readPacketFacts } from "../support/packet-facts.ts";
import { padCapture, withHopByHop } from "../support/padded-capture.ts";
import { makeCapture } from "../support/packets.ts";
import { withReplies } from "../support/replied-capture.ts";
import { freeUdpPort } from "../support/udp-port.ts";
import { wrapCapture } from "../support/wrapped-capture.ts";

const SEED = 20_260_103;
const FLOWS = 300;
const CORPUS = join(process.env["NGFLOW_SHARED"]!, "corpus/ipfixprobe");

type Flows = Map<string, FlowTotal>;

/**
 * The flows of which two accounts differ, a line each. One of no packet is none: nfpcapd has one for the outside of
 * tunnels.
 */
function unlike(expected: Flows, got: Flows): string[] {
  const text = (flow: FlowTotal | undefined): string =>
    flow === undefined || flow.packets === 0 ? "no flow" : `${flow.packets} packets ${flow.bytes} bytes`;
  return [...new Set([...expected.keys(), ...got.keys()])]
    .filter((key) => text(expected.get(key)) !== text(got.get(key)))
    .map((key) => `${key}: ${text(got.get(key))} instead of ${text(expected.get(key))}`);
}

/** Has a program export to nfcapd, and returns the flows that nfdump then has. */
async function collected(folder: string, send: (port: number) => string): Promise<Flows> {
  const port = await freeUdpPort();
  const own = mkdtempSync(join(folder, "nfcapd-"));
  const { flows } = await collectWithNfcapd(own, port, () => void send(port));
  return flows;
}

const TOOLS = {
  softflowd: (capture: string, folder: string): Promise<Flows> =>
    collected(folder, (port) => must(["softflowd", "-r", capture, "-v", "9", "-n", `127.0.0.1:${port}`, "-d"])),
  nfpcapd: (capture: string, folder: string): Flows => {
    const files = mkdtempSync(join(folder, "nfpcapd-"));
    must(["nfpcapd", "-r", capture, "-l", files]);
    return readNfdump(files).flows;
  },
} as const;

/**
 * ngflow's flows are those of the packets as tshark dissects them; the other tools' are the same, but for the packets
 * that a row of `DIFFERENCES` names. Returns those rows with their packets.
 */
async function expectAgreement(capture: string, packets: readonly PacketFacts[]): Promise<Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-agree-"));
  try {
    for (const format of ["v9", "ipfix"]) {
      const words = [...NGFLOW, "export", "-r", capture, "--format", format, "--to"];
      const ours = await collected(folder, (port) => must([...words, `udp://127.0.0.1:${port}`]));
      expect(unlike(accountedBy(packets, []).flows, ours), `ngflow, ${format}`).toEqual([]);
    }
    const explained = new Set<string>();
    for (const tool of ["softflowd", "nfpcapd"] as const) {
      const { flows, causes } = accountedBy(packets, DIFFERENCES[tool]);
      expect(unlike(flows, await TOOLS[tool](capture, folder)), tool).toEqual([]);
      for (const cause of causes.keys()) explained.add(`${tool}: ${cause}`);
    }
    return explained;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The captures of a folder and below it. */
function capturesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /\.(pcap|pcapng|cap)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

describe("ngflow, softflowd and nfpcapd have the same packets and bytes for every flow", () => {
  describe("of captures of an office", () => {
    let folder = "";
    const explained = new Set<string>();
    const office = withReplies(makeCapture(SEED, FLOWS));
    const made = {
      "plain.pcap": [office, office],
      "tags.pcap": [mixCapture(office, false).tagged, mixCapture(office, false).fragmented],
      "stacked.pcap": [mixCapture(office, true).tagged, mixCapture(office, true).fragmented],
      "padded.pcap": [padCapture(office), office],
      "hop-by-hop.pcap": [withHopByHop(office), undefined],
      "tunnels.pcap": [wrapCapture(office), undefined],
    } as const;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "ngflow-agree-"));
      mkdirSync(join(folder, "captures"));
      for (const [name, [bytes]] of Object.entries(made)) writeFileSync(join(folder, "captures", name), bytes);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test.for(Object.entries(made))("%s", async ([name, [, plain]], ctx) => {
      skipWithout(ctx, "nfcapd", "nfdump", "nfpcapd", "softflowd", "tshark");
      const capture = capturesOf(join(folder, "captures")).find((file) => basename(file) === name);
      const packets = readPacketFacts(capture!);
      // Two accounts that share no code: tshark's of the packets, and that of the bytes before they were wrapped.
      if (plain !== undefined) expect(accountedBy(packets, []).flows).toEqual(readCapture(plain).flows);
      for (const cause of await expectAgreement(capture!, packets)) explained.add(cause);
    });

    test("every known difference occurred", (ctx) => {
      skipWithout(ctx, "nfcapd", "nfdump", "nfpcapd", "softflowd", "tshark");
      const all = Object.entries(DIFFERENCES).flatMap(([tool, rows]) => rows.map(({ cause }) => `${tool}: ${cause}`));
      expect([...explained].sort()).toEqual(all.sort());
    });
  });

  const corpus = capturesOf(CORPUS);
  if (corpus.length === 0) test.skip(`every capture of the corpus of ipfixprobe (skipped: ${CORPUS} is absent)`);
  test.for(corpus.map((file) => [basename(file), file] as const))(
    "corpus/ipfixprobe: %s",
    { timeout: 300_000 },
    async ([, capture], ctx) => {
      skipWithout(ctx, "nfcapd", "nfdump", "nfpcapd", "softflowd", "tshark");
      await expectAgreement(capture, readPacketFacts(capture));
    },
  );
});
