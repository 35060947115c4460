import { randomBytes } from "node:crypto";
import { Option } from "commander";
import { KEY_BYTES, readKeyFile } from "../../options/key-file.ts";
import type { StoredFlows } from "./stored-flows.ts";

/** Who asks may hide whose traffic it is. */
export interface PrivacyOptions {
  readonly anonymise?: string;
  readonly mask?: boolean;
}

export const privacyOptions = {
  anonymise: () =>
    new Option(
      "--anonymise <keyfile>",
      "other addresses that keep common prefixes (Crypto-PAn); names and MAC addresses are hidden",
    ).conflicts("mask"),
  mask: () => new Option("--mask", "the same with a key of this run, as for a screenshot"),
} as const;

/** What the options ask for. */
interface Privacy {
  /** Files that are read for it. */
  readonly reads: readonly string[];
  /** Stored flows as the options show them. */
  readonly shown: (stored: StoredFlows) => StoredFlows;
}

/** Call it before the store is opened. @throws OptionsError `tee-key` for a key that cannot be used */
export async function privacyOf({ anonymise, mask }: PrivacyOptions): Promise<Privacy> {
  if (anonymise === undefined && mask !== true) return { reads: [], shown: (stored) => stored };
  const key = anonymise === undefined ? randomBytes(KEY_BYTES) : readKeyFile("--anonymise ", anonymise);
  const [{ CryptoPan }, { anonymousReader }] = await Promise.all([
    import("@ngflow/collector"),
    import("../../output/anonymous-reader.ts"),
  ]);
  return {
    reads: anonymise === undefined ? [] : [anonymise],
    shown: ({ namesOf: _, ...stored }) => ({
      ...stored,
      reader: anonymousReader(stored.reader, new CryptoPan(key)),
    }),
  };
}
