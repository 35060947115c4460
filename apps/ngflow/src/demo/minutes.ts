import { seededRng } from "@ngflow/base";
import { FlowSource, FlowTables } from "../synthetic/flow-source.ts";
import { AT, newValues } from "../synthetic/values.ts";
import { BACKUP_MINUTES, backupFlows, EVENTS, MINUTE_MS, STORY_MINUTES } from "./events.ts";
import type { StoryExporter } from "./exporters.ts";
import type { StoryFlow } from "./story-flow.ts";

/** A flow is reported after so long, and again as long as it lasts. */
const ACTIVE_MS = 60_000;
/** Seeds of minutes and exporters are far apart. */
const MINUTE_STEP = 0x9e37_79b9;
const SITE_STEP = 0x85eb_ca6b;
/** The first two octets of the generated hosts. */
const GENERATED = (10 << 8) | 20;
/** Of the hours before the last one, every so many minutes have a few flows. */
const QUIET_STEP = 5;
const QUIET_RECORDS = 12;
/** When the backup begins, by the clock on the wall. */
const BACKUP_HOUR = 2;
const BACKUP_MINUTE = 10;
const HOUR_MINUTES = 60;
/** So far back goes the quiet time: the backup is at most a day before the last hour. */
const PAST_MINUTES = 26 * HOUR_MINUTES;

/** The flows of every minute, the same for the same seed and minute. */
export class StoryMinutes {
  readonly #seed: number;
  readonly #tables = new FlowTables();
  /** Begin of the minute in which the demo was started, Unix milliseconds. */
  readonly baseMs: number;
  readonly #backupMs: number;

  constructor(seed: number, startMs: number) {
    this.#seed = seed;
    this.baseMs = startMs - (startMs % MINUTE_MS);
    this.#backupMs = lastNight(this.baseMs - STORY_MINUTES * MINUTE_MS);
  }

  /** The first minute with flows; minute 0 is the one in which the demo was started. */
  get first(): number {
    return -PAST_MINUTES;
  }

  /** Flows of an exporter that ended in a minute, in the order of their ends. */
  flows(exporter: StoryExporter, minute: number): StoryFlow[] {
    const startMs = this.baseMs + minute * MINUTE_MS;
    const flows = this.#ordinary(exporter, minute, startMs);
    // The gateway of the office sees what happens.
    if (exporter.site === 20) {
      const since = Math.floor((startMs - this.#backupMs) / MINUTE_MS);
      if (since >= 0 && since < BACKUP_MINUTES) flows.push(...backupFlows(startMs));
      if (minute >= -STORY_MINUTES) flows.push(...eventsOf(minute, startMs));
    }
    return flows.sort((a, b) => a.endMs - b.endMs);
  }

  #ordinary(exporter: StoryExporter, minute: number, startMs: number): StoryFlow[] {
    const quiet = minute < -STORY_MINUTES;
    if (quiet && minute % QUIET_STEP !== 0) return [];
    const records = quiet ? QUIET_RECORDS : exporter.recordsPerMinute;
    const rng = seededRng((this.#seed + minute * MINUTE_STEP + exporter.site * SITE_STEP) >>> 0);
    const source = new FlowSource(rng, this.#tables);
    return Array.from({ length: records }, (_, i) => {
      const endMs = startMs + Math.floor((i * (MINUTE_MS - 1)) / records);
      const values = newValues();
      source.next(values, false, endMs, endMs - ACTIVE_MS, false);
      settle(values, exporter.site);
      return { endMs: values[AT.endMs]!, values };
    });
  }
}

/** Moves the hosts to the site, whose gateway has one uplink. */
function settle(values: Float64Array, site: number): void {
  for (const at of [AT.source4, AT.destination4]) {
    const address = values[at]!;
    if (Math.floor(address / 65_536) === GENERATED) values[at] = (10 * 256 + site) * 65_536 + (address % 65_536);
  }
}

function eventsOf(minute: number, startMs: number): StoryFlow[] {
  const ofHour = ((minute % STORY_MINUTES) + STORY_MINUTES) % STORY_MINUTES;
  return EVENTS.flatMap(({ from, to, flows }) => (ofHour >= from && ofHour < to ? flows(ofHour - from, startMs) : []));
}

/** When the last backup began that was over at `beforeMs`: ten past two at night, in the zone of this machine. */
export function lastNight(beforeMs: number): number {
  const night = new Date(beforeMs);
  night.setHours(BACKUP_HOUR, BACKUP_MINUTE, 0, 0);
  if (night.getTime() + BACKUP_MINUTES * MINUTE_MS > beforeMs) night.setDate(night.getDate() - 1);
  return night.getTime();
}
