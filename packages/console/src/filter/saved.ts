import type { Saved, SavedEntry } from "@ngflow/server/client";

/** How a request to save ended. */
export type SaveOutcome =
  | { readonly kind: "saved"; readonly entry: SavedEntry }
  /** Something else is there now; null if it was removed. */
  | { readonly kind: "conflict"; readonly theirs: SavedEntry | null }
  | { readonly kind: "failed"; readonly reason: string };

/** A name for the address `/saved/NAME` out of what was typed; empty where nothing of it can be one. */
export function savedName(typed: string): string {
  return typed
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, "");
}

/** The address of the page that an entry opens: that of the page, or the records of the filter. */
export function openedBy({ kind, text }: Saved): string {
  return kind === "page" ? text : `/flows?filter=${encodeURIComponent(text)}`;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;
const path = (name: string): string => `/api/v1/saved/${encodeURIComponent(name)}`;

/** Everything that is saved for everybody. @throws Error when the server does not answer */
export async function listSaved(fetchIt: Fetch, signal?: AbortSignal): Promise<readonly SavedEntry[]> {
  const response = await fetchIt("/api/v1/saved", { signal: signal ?? null });
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(await reasonOf(response));
  return ((await response.json()) as { saved: readonly SavedEntry[] }).saved;
}

/** One entry; null where nothing is saved under the name. @throws Error as `listSaved` */
export async function readSaved(fetchIt: Fetch, name: string, signal?: AbortSignal): Promise<SavedEntry | null> {
  const response = await fetchIt(path(name), { signal: signal ?? null });
  if (response.status === 404 || response.status === 400) return null;
  if (!response.ok) throw new Error(await reasonOf(response));
  return (await response.json()) as SavedEntry;
}

/** Saves an entry in the place of the version that was read; null creates it. Nothing else is overwritten. */
export async function writeSaved(
  fetchIt: Fetch,
  name: string,
  { title, kind, text }: Saved,
  version: string | null,
): Promise<SaveOutcome> {
  return outcomeOf(fetchIt, name, {
    method: "PUT",
    headers: { "content-type": "application/json", ...condition(version) },
    body: JSON.stringify({ title, kind, text }),
  });
}

/** Removes the version of an entry that was read. */
export async function removeSaved(fetchIt: Fetch, { name, version }: SavedEntry): Promise<SaveOutcome> {
  return outcomeOf(fetchIt, name, { method: "DELETE", headers: condition(version) });
}

function condition(version: string | null): Record<string, string> {
  return version === null ? { "if-none-match": "*" } : { "if-match": `"${version}"` };
}

async function outcomeOf(fetchIt: Fetch, name: string, init: RequestInit): Promise<SaveOutcome> {
  try {
    const response = await fetchIt(path(name), init);
    if (response.ok) return { kind: "saved", entry: (await response.json()) as SavedEntry };
    if (response.status === 412) return { kind: "conflict", theirs: await readSaved(fetchIt, name) };
    return { kind: "failed", reason: await reasonOf(response) };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { error: { message: string } }).error.message;
  } catch {
    return `${response.status}`;
  }
}
