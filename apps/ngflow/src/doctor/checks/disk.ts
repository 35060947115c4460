import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { type Finding, fault, ok, type Patient, warning } from "../finding.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

const gib = (bytes: number): string =>
  bytes < GIB ? `${Math.ceil(bytes / MIB)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;

/** The directory itself, or the nearest one above it that exists. */
function nearest(directory: string): string {
  let path = directory;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

function room({ dataDirectory: directory, url }: Patient): readonly Finding[] {
  const path = nearest(directory);
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const findings = [
    free >= GIB
      ? ok(`${gib(free)} free for ${directory}`)
      : fault(`only ${gib(free)} free for ${directory}`, "make room, or bound the store with --keep-size"),
  ];
  if (url !== null) return findings;
  try {
    accessSync(path, constants.W_OK);
  } catch {
    findings.push(warning(`this user may not write ${path}`, `sudo chown "$USER" ${path}, or use --data`));
  }
  return findings;
}

/** Whether what is kept will fit, at the pace of the days that are stored. */
async function growth({ ask }: Patient): Promise<readonly Finding[]> {
  const store = await ask("/store");
  const flows = store?.tiers[0];
  if (!store || !flows || flows.from === null || flows.to === null) return [];
  const days = (Date.parse(flows.to) - Date.parse(flows.from)) / DAY_MS + 1;
  const aDay = flows.bytes / days;
  if (flows.keepDays === 0 || store.maxBytes > 0 || store.minFreeBytes > 0) return [];
  const needed = aDay * flows.keepDays - flows.bytes;
  const pace = `flows take ${gib(aDay)} a day, and ${flows.keepDays} days are kept`;
  if (store.freeBytes === null || needed <= store.freeBytes) return [ok(pace)];
  return [
    warning(
      `${pace}: ${gib(needed)} more than now, and ${gib(store.freeBytes)} are free`,
      `--keep-size ${Math.max(1, Math.floor((store.freeBytes * 0.8 + flows.bytes) / GIB))}G, or --min-free 5G`,
    ),
  ];
}

export async function lookAtDisk(patient: Patient): Promise<readonly Finding[]> {
  return [...room(patient), ...(await growth(patient))];
}
