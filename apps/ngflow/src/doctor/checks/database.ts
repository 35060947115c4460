import { HOPS } from "@ngflow/flows";
import { type Finding, fault, ok, type Patient, warning } from "../finding.ts";

/** A server is away when it has not answered for longer. */
const AWAY_MS = 10_000;

/** Whether a server that has the flows answers, and what it cannot do. Nothing for the embedded database. */
export async function lookAtDatabase({ ask }: Patient): Promise<readonly Finding[]> {
  const pipeline = await ask("/pipeline");
  const counters = pipeline?.hops.find(({ hop }) => hop === HOPS.store)?.counters ?? {};
  const { databaseAwayMs = 0, ledgerWaiting = 0 } = counters;
  if (databaseAwayMs > AWAY_MS) {
    const seconds = Math.round(databaseAwayMs / 1000);
    return [
      fault(
        `the database has not answered for ${seconds} s; ${ledgerWaiting.toLocaleString("en-US")} rows wait in the spool`,
        "start the server, or mend the way to it: nothing is lost while the spool has room",
      ),
    ];
  }
  const server = (await ask("/store"))?.server ?? null;
  if (server === null) return [];
  return [
    ok(`${server.url}: ClickHouse ${server.version} answers`),
    ...server.lacks.map((lack) => warning(lack, "use a newer ClickHouse, or a user with more rights")),
  ];
}
