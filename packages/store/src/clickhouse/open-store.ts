import path from "node:path";
import { type Log, NgflowError } from "@ngflow/base";
import { RETENTION_DAYS, type Tiers } from "@ngflow/flows";
import { refuseRestoring } from "../backup/restore.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { KeepLimits } from "../ledger/ledger-file.ts";
import { createSerial, type Serial } from "../serial.ts";
import { listBlockFiles } from "../spool/block-file.ts";
import { createIngester } from "../spool/ingester.ts";
import type { Ingester } from "../spool/ingester-types.ts";
import { type CollectorState, stateOf } from "./collector-state.ts";
import { Collectors } from "./collectors.ts";
import type { ClickHouseStoreConfig } from "./config.ts";
import { LiveTable } from "./live-table.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open-database.ts";
import { partsOf, rowsByDay, rowsOfBlocks } from "./parts.ts";
import { RollUps } from "./roll-ups.ts";
import type { StoreLock } from "../store.ts";
import type { SqlBackend, SqlClient } from "./sql-client.ts";
import { Upkeep } from "./upkeep.ts";
import { createBlockWriter } from "./writer.ts";

/** The parts of a store that is open. */
export interface OpenStore {
  readonly client: SqlClient;
  readonly ingester: Ingester;
  readonly ledger: Ledger;
  readonly upkeep: Upkeep;
  readonly rollUps: RollUps;
  readonly live: LiveTable;
  /** The collectors of the database; absent for the embedded one, which one process uses. */
  readonly collectors: Collectors | undefined;
  readonly exclusive: Serial;
  /** Closes the database. */
  close(): Promise<void>;
}

interface OpenDeps {
  readonly backend: SqlBackend;
  readonly tiers: Tiers;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly steadyMs: () => number;
  readonly lock?: StoreLock | undefined;
}

/**
 * Opens the database, brings its tables up to date, completes what an earlier process began, and compares the tables
 * with the ledger. @throws NgflowError when the database cannot be used.
 */
export async function openStore(config: ClickHouseStoreConfig, deps: OpenDeps): Promise<OpenStore> {
  const { backend, tiers, log, nowMs, steadyMs } = deps;
  const { spoolDirectory, ledgerFile, pollMs, ingest = true } = config;
  const { drop = true } = config;
  if (!config.restoring) refuseRestoring(path.dirname(ledgerFile));
  const { client, id, close } = await openDatabase(config, backend, deps.lock).catch((error: unknown): never => {
    throw usable(error, backend);
  });
  let collectors: Collectors | undefined;
  try {
    for (const tier of tiers) await migrate(client, tier);
    const ledger = await openLedger(client, tiers, spoolDirectory, ledgerFile);
    // A new store knows when it was made, whatever the age of the flows that a command will bring.
    if (ledger.clockMs === null && ledger.days().size === 0) ledger.clockMs = nowMs();
    const own = keepLimits(config);
    if (drop) ledger.limits = own;
    const limits = { ...own, ...ledger.limits };
    const exclusive = createSerial();
    const uncounted = async (): Promise<readonly string[]> =>
      (await listBlockFiles(spoolDirectory)).map(({ name }) => name.id).filter((id) => !ledger.isSettled(id));
    const changed = (): void => collectors?.changed();
    const rollUps = new RollUps(tiers, { client, ledger, log, steadyMs: steadyMs, exclusive, uncounted, changed });
    await rollUps.open();
    const upkeep = new Upkeep(
      { ...limits, drop, tiers },
      { client, ledger, log, nowMs, steadyMs: steadyMs, exclusive, rollUps, spoolDirectory },
    );
    const ingester = createIngester(
      { directory: spoolDirectory, ...(pollMs === undefined ? {} : { pollMs }) },
      createBlockWriter(client, tiers[0]),
      {
        ledger,
        log,
        nowMs,
        exclusive,
        storedMs: () => upkeep.storedMs(),
        isPlausible: (day) => upkeep.isPlausible(day),
        isTooOld: (madeMs) => upkeep.isTooOld(madeMs),
        beforeSettled: async () => collectors?.publish(),
        onStored: ({ id, rows }, range) => rollUps.stored({ id, rows, ...range }),
      },
    );
    const state = (): CollectorState => stateOf({ id, tiers, ledger, rollUps, upkeep, ingester });
    const file = path.join(path.dirname(ledgerFile), "collector.tmp");
    if (client.facts !== undefined)
      collectors = new Collectors({ client, tiers, name: backend.collector ?? "", file, state });
    await upkeep.start();
    await collectors?.open();
    if (ingest) await ingester.start();
    else await ingester.look();
    await collectors?.start();
    if (ingest) rollUps.start();
    const live = new LiveTable(client, path.join(path.dirname(ledgerFile), "live.native"), tiers[0]);
    return { client, ingester, ledger, upkeep, rollUps, live, collectors, exclusive, close };
  } catch (error) {
    await close();
    throw usable(error, backend);
  }
}

/** The error to show for one that happened while a store was opened. */
function usable(error: unknown, backend: SqlBackend): NgflowError {
  return error instanceof NgflowError ? error : backend.unusable(error as Error);
}

/** Limits with the defaults of those that are absent. */
export function keepLimits(limits: Partial<KeepLimits>): KeepLimits {
  const {
    retentionDays = RETENTION_DAYS,
    tierDays = {},
    addressDays = 0,
    maxBytes = 0,
    minFreeBytes = 0,
    spoolMaxAgeMs = 0,
  } = limits;
  return { retentionDays, tierDays, addressDays, maxBytes, minFreeBytes, spoolMaxAgeMs };
}

/**
 * The ledger of a store. A new one starts with what the database has, but for rows of blocks that an earlier process
 * stored before it was killed: their files are in the spool, and they are counted from there.
 */
async function openLedger(client: SqlClient, [tier]: Tiers, spoolDirectory: string, file: string): Promise<Ledger> {
  const { ledger, known } = await Ledger.open(file);
  if (known) return ledger;
  const days = new Map(rowsByDay(await partsOf(client, tier)));
  const waiting = (await listBlockFiles(spoolDirectory)).map(({ name }) => name.id);
  for (const [day, rows] of await rowsOfBlocks(client, tier, waiting)) days.set(day, (days.get(day) ?? 0) - rows);
  ledger.adopt(days);
  await ledger.save();
  return ledger;
}
