import { sleep } from "../support/command.ts";
import { attacks, type Attack, type Given } from "./support/attack.ts";
import {
  HONEST,
  honest,
  pipeline,
  send,
  startApart,
  storedHonest,
  type Stream,
  untilStored,
} from "./support/target.ts";

const RECORDS_PER_SECOND = 5000;
/** The honest exporter is known before the flood begins. */
const BEFORE_MS = 3000;
/** It goes on for so long after the flood. */
const AFTER_S = 6;
const ATTACKER = "127.0.0.66";

/** Share of an honest exporter's records, in percent, that is not stored when forged datagrams arrive next to them. */
async function honestLoss(
  { folder }: Given,
  seconds: number,
  settings: object,
  flood: (to: number) => readonly Stream[],
): Promise<number> {
  const { port, collect, serve, url } = await startApart(folder);
  const streams = flood(port).map((stream) => ({ delayMs: BEFORE_MS, ...stream }));
  const [exporter] = await send(honest(port, seconds, RECORDS_PER_SECOND, settings), ...streams);
  await untilStored(url);
  await collect.stop();
  await untilStored(url);
  await serve.stop();
  const { ids } = storedHonest(folder);
  return Math.round((1 - ids / exporter!.records) * 1000) / 10;
}

/** A flood next to the honest exporter: how many datagrams, and how many a second, at most 30 s of them. */
interface Flood extends Pick<Attack, "name" | "does" | "before" | "rounds"> {
  readonly kind: string;
  readonly rate: number;
  readonly datagrams: number;
  /** Settings of the flood's stream, and of the honest exporter's. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly honest?: object;
}

const FLOODS: readonly Flood[] = [
  {
    name: "4200-sources",
    does: "4,200 forged datagrams of 72 bytes from as many addresses",
    before: 50.5,
    kind: "forgedSources",
    rate: 2100,
    datagrams: 4200,
  },
  {
    name: "100k-sources",
    does: "100,000 forged datagrams of 72 bytes from as many addresses",
    before: 81.1,
    kind: "forgedSources",
    rate: 10_000,
    datagrams: 100_000,
    rounds: { short: 0, long: 1 },
  },
  {
    name: "2m-domains",
    does: "2,000,000 observation domains of one address, with a template each",
    before: 64.3,
    kind: "domains",
    rate: 60_000,
    datagrams: 2_000_000,
    settings: { from: ATTACKER },
    rounds: { short: 0, long: 1 },
  },
  {
    name: "one-byte-records",
    does: "40 datagrams of 65 KB a second, of records of one byte",
    before: 48.8,
    kind: "hostile",
    rate: 40,
    datagrams: 1000,
    settings: { from: ATTACKER, pair: "v9-flow-1byte" },
    rounds: { short: 0, long: 1 },
  },
  {
    name: "held-sets",
    does: "100,000 forged sets without a template from as many addresses; the honest template is late by 6 s",
    before: 99.3,
    kind: "heldSets",
    rate: 10_000,
    datagrams: 100_000,
    settings: { delayMs: 500 },
    honest: { templateAfter: 1000 },
    rounds: { short: 0, long: 1 },
  },
];

attacks("floods", [
  ...FLOODS.map(({ name, does, before, rounds, kind, rate, datagrams, settings = {}, honest: own = {} }): Attack => ({
    name,
    does: `${does}, next to an honest exporter of 5,000 records a second`,
    unit: "% of honest records lost",
    before,
    bar: 1,
    ...(rounds === undefined ? {} : { rounds }),
    seconds: 180,
    run: (given) =>
      honestLoss(given, Math.ceil(datagrams / rate) + AFTER_S, own, (to) => [
        { kind, to, rate, datagrams, ...settings },
      ]),
  })),
  {
    name: "forged-sequence",
    does: "one of 200 datagrams has a forged sequence number, and nothing is lost",
    unit: "records counted as lost",
    before: 4_500_000,
    bar: 0,
    async run({ folder }) {
      const { port, url, serve } = await startApart(folder);
      await send({ kind: "forgedSequence", from: HONEST, to: port, rate: 500, datagrams: 1000 });
      await serve.until("the records", async () => (await pipeline(url))["recordsDecoded"] === 1000);
      await sleep(1500);
      return (await pipeline(url))["recordsLost"]!;
    },
  },
]);
