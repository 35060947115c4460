import { join } from "node:path";
import type { ElementRegistry, LearnedName, NameSources, NameTables } from "@ngflow/flows";
import { AS_NAMES_FILE, asNameReader, IDS_FILE, idReader } from "@ngflow/names";
import { type AbstractType, elementById, elementByName, fieldText } from "@ngflow/wire";
import { collectorState } from "./collector-state.ts";

/** The elements of this process's registry, those of a file included. */
const ELEMENTS: ElementRegistry = {
  byName: elementByName,
  byId: elementById,
  text: (bytes, type) => fieldText(bytes, 0, bytes.length, type as AbstractType),
};

/** The names that a store looks up for its queries. */
export function nameSources(
  learned: () => readonly LearnedName[],
  tables: () => NameTables = () => ({}),
): () => NameSources {
  return () => ({ learned: learned(), elements: ELEMENTS, tables: tables() });
}

/** The names of networks, places and ASes that the collector of a data directory wrote. */
export function savedTables(dataDirectory: string): () => NameTables {
  const state = collectorState(dataDirectory);
  const ids = idReader(join(state, IDS_FILE));
  const ases = asNameReader(join(state, AS_NAMES_FILE));
  return () => ({ ...ids(), as: ases() });
}
