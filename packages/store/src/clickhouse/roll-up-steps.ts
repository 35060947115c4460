import { longOf, rollUpsOf, type Tier, type Tiers } from "@ngflow/flows";
import type { RollUpStep } from "../ledger/ledger-file.ts";
import { createNext, nextOf, STEP_COLUMN } from "./ddl.ts";
import { add, collect, copyLong, daysOfStep, daysWithStep, type StepDay, stepDays } from "./roll-up-sql.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** What a step does to the tables of the roll-ups. */
export class RollUpSteps {
  readonly #tiers: Tiers;
  readonly #client: SqlClient;

  constructor(tiers: Tiers, client: SqlClient) {
    this.#tiers = tiers;
    this.#client = client;
  }

  /** Makes the tables in which steps collect rows. @throws SqlError. */
  async open(): Promise<void> {
    const parents = this.#parents();
    for (const tier of rollUpsOf(this.#tiers)) {
      if (parents.includes(tier)) await this.#makeNext(tier);
      // An older release had one. In a cluster the servers would have to share it.
      else if (this.#client.facts?.cluster === undefined)
        await this.#client.run(`DROP TABLE IF EXISTS ${nextOf(tier)} SYNC`);
    }
  }

  /** Adds the rows of a step to every roll-up. With `maybeAdded`, some may have them. @throws SqlError. */
  async apply(step: RollUpStep, number: number, maybeAdded: boolean): Promise<void> {
    const client = this.#client;
    const [flows] = this.#tiers;
    const long = longOf(this.#tiers)!;
    const present = async (tier: Tier): Promise<readonly string[]> =>
      maybeAdded ? (await client.inspect(daysWithStep(tier, number))).map(([day]) => String(day)) : [];
    const days = await this.daysOf(step);
    const parents = this.#parents();
    for (const root of parents) {
      await client.run(`TRUNCATE TABLE ${nextOf(root)}`);
      for (const { day } of days) await client.run(collect(flows, root, step, day, { facts: client.facts }));
    }
    const rollUps = rollUpsOf(this.#tiers);
    const parentOf = ({ name, from }: Tier): Tier | undefined =>
      parents.find((parent) => parent.name === (from ?? name));
    // The quick ones together at the end: until the step has ended, its parts may not be merged with earlier ones.
    for (const tier of rollUps.filter((each) => parentOf(each) === undefined)) {
      const except = await present(tier);
      for (const { day } of days.filter((each) => !except.includes(each.day)))
        await client.run(collect(flows, tier, step, day, { number, facts: client.facts }));
    }
    for (const tier of rollUps) {
      const parent = parentOf(tier);
      if (parent !== undefined) await client.run(add(parent, tier, number, await present(tier)));
    }
    if (days.some(({ hasLong }) => hasLong)) {
      const { facts } = client;
      await client.run(copyLong(flows, long, step, { number, facts, except: await present(long) }));
    }
  }

  /** The days on which the flows of a step were received, and what they have. @throws SqlError. */
  async daysOf(step: RollUpStep): Promise<readonly StepDay[]> {
    return stepDays(await this.#client.inspect(daysOfStep(this.#tiers[0], step, this.#finestMs())));
  }

  /** The table in which a step collects rows; again if it has not the columns of this release. */
  async #makeNext(tier: Tier): Promise<void> {
    const client = this.#client;
    const columns = async (table: string): Promise<string> => {
      const from = `system.columns WHERE database = currentDatabase() AND table = ${sqlString(table)}`;
      const names = await client.inspect(
        `SELECT name FROM ${from} AND name != ${sqlString(STEP_COLUMN)} ORDER BY name`,
      );
      return names.join();
    };
    if ((await columns(nextOf(tier))) === (await columns(tier.table))) return;
    await client.run(`DROP TABLE IF EXISTS ${nextOf(tier)} SYNC`);
    await client.run(createNext(tier));
  }

  /** The roll-ups that others are summed from. In a cluster each is summed from the flows. */
  #parents(): readonly Tier[] {
    if (this.#client.facts?.cluster !== undefined) return [];
    const rollUps = rollUpsOf(this.#tiers);
    return rollUps.filter(({ name }) => rollUps.some(({ from }) => from === name));
  }

  #finestMs(): number {
    return Math.min(...rollUpsOf(this.#tiers).map(({ resolutionMs }) => resolutionMs!));
  }
}
