import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { ServerPlace } from "./clickhouse/sql-client.ts";
import { syncDirectory } from "./spool/block-file.ts";
import { makeDirectory } from "./make-directory.ts";

/** The server that has the flows of a data directory. */
export interface SavedPlace extends ServerPlace {
  /** Id of the data directory, by which the database knows it. */
  readonly id: string;
}

const ID_BYTES = 8;

/** The file in which a data directory keeps where its flows are; there is none for the embedded database. */
const placeFile = (dataDirectory: string, name: PlaceFile): string => path.join(dataDirectory, `${name}.json`);

/** `store` is where the flows are, `copying` where they are being copied to. */
type PlaceFile = "store" | "copying";

/** The server of a data directory; undefined for the embedded database. @throws the system's error, SyntaxError. */
export function readPlace(dataDirectory: string, name: PlaceFile = "store"): SavedPlace | undefined {
  const file = placeFile(dataDirectory, name);
  if (!existsSync(file)) return undefined;
  const { url, id, passwordFile, caFile } = JSON.parse(readFileSync(file, "utf8")) as Partial<SavedPlace>;
  if (typeof url !== "string" || typeof id !== "string" || !/^[0-9a-f]{1,64}$/.test(id)) return undefined;
  return { url, id, passwordFile, caFile };
}

/** A new id of a data directory. */
export function newPlaceId(): string {
  return randomBytes(ID_BYTES).toString("hex");
}

/** Keeps where the flows are, so that after a power cut the file is whole. */
export async function savePlace(dataDirectory: string, place: SavedPlace, name: PlaceFile = "store"): Promise<void> {
  await makeDirectory(dataDirectory, 0o750);
  const temporary = `${placeFile(dataDirectory, name)}.tmp`;
  const handle = await open(temporary, "w", 0o640);
  try {
    await handle.writeFile(`${JSON.stringify(place)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, placeFile(dataDirectory, name));
  await syncDirectory(dataDirectory);
}

/** The flows are in the embedded database from now on, or not being copied any more. */
export async function removePlace(dataDirectory: string, name: PlaceFile = "store"): Promise<void> {
  await rm(placeFile(dataDirectory, name), { force: true });
  await syncDirectory(dataDirectory);
}
