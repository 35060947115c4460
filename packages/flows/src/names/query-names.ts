import type { LearnedName } from "../learned-name.ts";
import { ElementNames, type ElementRegistry, NO_REGISTRY } from "./element-names.ts";
import { applicationLookup } from "./application-value.ts";
import { borderLookup } from "./border-value.ts";
import { learnedLookup } from "./learned-lookup.ts";
import type { NameLookup, NameWindow } from "./name-lookup.ts";
import type { NameTables, NameTexts } from "./name-table.ts";
import { tableLookup } from "./table-lookup.ts";
import type { TableValue } from "./table-values.ts";
import { NAMED, namedByName, type NamedValueName } from "./named-value.ts";

/** What names there are when a query is answered. */
export interface NameSources {
  /** Names that exporters sent. The same array as long as nothing changed. */
  readonly learned: readonly LearnedName[];
  /** Default: none. */
  readonly elements?: ElementRegistry;
  /** Names of networks, places, ASes, hosts and MAC vendors. Default: none. */
  readonly tables?: NameTables;
}

/** Sources that name nothing. */
export const NO_NAMES: NameSources = { learned: [] };

/** The lookups of one query: each is made when it is needed, and once. */
export class QueryNames {
  readonly #sources: NameSources;
  readonly #window: NameWindow;
  readonly #made = new Map<NamedValueName, NameLookup>();

  constructor(sources: NameSources, window: NameWindow) {
    this.#sources = sources;
    this.#window = window;
  }

  /** The names that elements have now. */
  get elements(): ElementNames {
    return ElementNames.of(this.#sources.learned, this.#sources.elements ?? NO_REGISTRY);
  }

  lookup(name: NamedValueName): NameLookup {
    let lookup = this.#made.get(name);
    if (lookup === undefined) {
      const value = namedByName(name)!;
      if ("border" in value) lookup = this.#border();
      else if ("application" in value) lookup = applicationLookup(this.lookup("ApplicationName"));
      else if ("table" in value) lookup = tableLookup(value, this.#texts(value));
      else lookup = learnedLookup(value, this.#sources.learned, this.#window);
      this.#made.set(name, lookup);
    }
    return lookup;
  }

  #border(): NameLookup {
    const boundaries = { in: this.lookup("InIfBoundary"), out: this.lookup("OutIfBoundary") };
    const { name: names, role: roles } = this.#sources.tables?.network ?? {};
    return borderLookup(boundaries, { names, roles });
  }

  #texts({ table, field }: TableValue): NameTexts | undefined {
    return (this.#sources.tables?.[table] as Readonly<Record<string, NameTexts>> | undefined)?.[field];
  }

  /** The named values of which there is any name, without the application, which every flow has. */
  known(): readonly NamedValueName[] {
    return NAMED.flatMap((row) =>
      !("application" in row) && this.lookup(row.name).texts.length > 1 ? [row.name] : [],
    );
  }
}
