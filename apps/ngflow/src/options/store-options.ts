import { Option } from "commander";
import type { StoreConfig } from "@ngflow/store";
import { wholeNumber } from "./capture-options.ts";

/** Options of the commands that keep flows: how many. */
export interface StoreOptions {
  readonly keepDays?: number | undefined;
  readonly maxStore?: number | undefined;
  readonly minFree?: number | undefined;
}

/** What the store is configured with by these options. */
export type StoreLimits = Pick<StoreConfig, "retentionDays" | "maxBytes" | "minFreeBytes">;

const DAYS_MAX = 36_500;
const GIB_MAX = 2 ** 20;

export const storeOptions = (): Option[] => [
  new Option("--keep-days <days>", "drop flows after this many days (default 30; 0 keeps them)").argParser(
    wholeNumber(0, DAYS_MAX),
  ),
  new Option("--max-store <GiB>", "drop the oldest days when stored flows take more").argParser(
    wholeNumber(1, GIB_MAX),
  ),
  new Option("--min-free <GiB>", "drop the oldest days when the disk has less free").argParser(wholeNumber(1, GIB_MAX)),
];

/** Limits that are not given have the defaults of the store. */
export function storeLimits({ keepDays, maxStore, minFree }: StoreOptions): StoreLimits {
  return {
    ...(keepDays === undefined ? {} : { retentionDays: keepDays }),
    ...(maxStore === undefined ? {} : { maxBytes: maxStore * 2 ** 30 }),
    ...(minFree === undefined ? {} : { minFreeBytes: minFree * 2 ** 30 }),
  };
}
