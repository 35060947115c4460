import { Agreement } from "./agreement.ts";
import type { DomainNames } from "./domain-names.ts";
import type { Rates } from "./rates.ts";

/** What a fact of an options record is about: a column of the table of scopes. */
export type FactKind = "sampler" | "interface" | "lineCard" | "template" | "general" | "boot" | "activeTimeout";

/** Most facts of one kind and domain; real exporters have a handful of samplers, and a few hundred interfaces. */
const MAX_FACTS = 1024;
/** Key of the facts that are about a whole domain or exporter. */
const WHOLE = 0;
/** Key under which an exporter's samplers are compared with each other. */
const ANY_SAMPLER = -1;

interface Fact {
  readonly value: number;
  /** The options template of the record. */
  readonly template: number;
  /** Whether it holds for the other domains of the exporter, too. */
  readonly shared: boolean;
}

/** Most facts of all exporters; one address has at most half. */
const MOST_IN_ALL = 131_072;

/** What all exporters share: the room for facts, and what was refused. */
export class FactsRoom {
  facts = 0;
  /** Facts refused because a limit was reached. */
  refused = 0;
}

/** What the domains of one exporter (address, port and protocol) have said. */
export class Exporter {
  readonly agreements: Readonly<Record<FactKind, Agreement>> = {
    sampler: new Agreement(),
    interface: new Agreement(),
    lineCard: new Agreement(),
    template: new Agreement(),
    general: new Agreement(),
    boot: new Agreement(),
    activeTimeout: new Agreement(),
  };
  readonly domains = new Set<DomainFacts>();
  /** Facts of all its domains. */
  facts = 0;
  /** Rates that one domain sent for another, by domain. */
  readonly forDomains = new Map<number, number>();
  /** Names of domain 0, which is the exporter as a whole: its elements hold in the other domains, too. */
  wholeNames: DomainNames | undefined;
  /** Its key among the exporters. */
  key: string;
  readonly room: FactsRoom;

  constructor(key: string, room: FactsRoom) {
    this.key = key;
    this.room = room;
  }

  /** Forgets everything: the exporter has restarted. `keep` is what was sent since then. */
  void(keep?: DomainFacts): void {
    this.forDomains.clear();
    for (const facts of this.domains) if (facts !== keep) facts.clear();
  }
}

/**
 * What an exporter has said of itself in one domain: rates by sampler, interface, line card and template, a rate for
 * all the rest, when it started, and how long it keeps a flow. A value is looked up from narrow to wide: in the domain,
 * then among what the other domains of the exporter agree on.
 */
export class DomainFacts implements Rates {
  exporter: Exporter;
  readonly domain: number;
  /** Grows when what it says changes, so that it is saved. */
  changes = 0;
  /** Whether only the domain itself is believed: the exporter seems to have restarted. */
  alone = false;
  readonly #facts: Readonly<Record<FactKind, Map<number, Fact>>> = {
    sampler: new Map(),
    interface: new Map(),
    lineCard: new Map(),
    template: new Map(),
    general: new Map(),
    boot: new Map(),
    activeTimeout: new Map(),
  };
  /** What the records of each options template said: `forgetTemplate` must not look at all facts. */
  readonly #byTemplate = new Map<number, Map<string, readonly [FactKind, number]>>();
  /** How many of its samplers have a rate, by rate. */
  readonly #samplerRates = new Agreement();

  /** Facts of its address. */
  readonly #share: { facts: number };

  constructor(exporter: Exporter, domain: number, share: { facts: number }) {
    this.exporter = exporter;
    this.domain = domain;
    this.#share = share;
    exporter.domains.add(this);
  }

  set(kind: FactKind, key: number, value: number, template: number, shared: boolean): void {
    const facts = this.#facts[kind];
    const before = facts.get(key);
    if (before?.value === value && before.template === template && before.shared === shared) return;
    if (before === undefined && !this.#hasRoom(facts.size)) return;
    this.#remove(kind, key);
    this.changes++;
    facts.set(key, { value, template, shared });
    let said = this.#byTemplate.get(template);
    if (said === undefined) this.#byTemplate.set(template, (said = new Map()));
    said.set(`${kind} ${key}`, [kind, key]);
    this.#count(kind, key, value, shared, "add");
  }

  #hasRoom(size: number): boolean {
    const { room } = this.exporter;
    if (size < MAX_FACTS && room.facts < MOST_IN_ALL && this.#share.facts < MOST_IN_ALL / 2) return true;
    room.refused++;
    return false;
  }

  /** The template's record about `key` has no value any more: the one that it sent before is void. */
  unset(kind: FactKind, key: number, template: number): void {
    if (this.#facts[kind].get(key)?.template === template) this.#remove(kind, key);
  }

  /** Forgets what records of an options template said: it was defined again and cannot be read. */
  forgetTemplate(template: number): void {
    const said = this.#byTemplate.get(template);
    if (said !== undefined) for (const [kind, key] of [...said.values()]) this.#remove(kind, key);
  }

  clear(): void {
    for (const kind of Object.keys(this.#facts) as FactKind[]) {
      for (const key of [...this.#facts[kind].keys()]) this.#remove(kind, key);
    }
  }

  /** Joins another exporter with all it knows. */
  move(exporter: Exporter): void {
    this.#vote("remove");
    this.exporter.domains.delete(this);
    this.exporter = exporter;
    exporter.domains.add(this);
    this.#vote("add");
  }

  /** Whether neither the domain nor the rest of the exporter has said anything. */
  get isEmpty(): boolean {
    return this.exporter.facts === 0 && this.exporter.forDomains.size === 0;
  }

  /** Leaves its exporter: the session is dropped. */
  leave(): void {
    this.clear();
    this.exporter.domains.delete(this);
  }

  /** What the domain itself has sent, by key. */
  own(kind: FactKind): [key: number, value: number][] {
    return Array.from(this.#facts[kind], ([key, { value }]) => [key, value]);
  }

  get hasSamplers(): boolean {
    return this.#has("sampler");
  }

  get hasInterfaces(): boolean {
    return this.#has("interface");
  }

  get hasLineCards(): boolean {
    return this.#has("lineCard");
  }

  sampler(id: number): number {
    return this.#value("sampler", id);
  }

  interface(index: number): number {
    return this.#value("interface", index);
  }

  lineCard(id: number): number {
    return this.#value("lineCard", id);
  }

  /** Unix milliseconds of the exporter's start, by its clock; 0 when it is not known. */
  get bootMs(): number {
    return this.#value("boot", WHOLE);
  }

  /** Seconds after which the exporter reports a flow that goes on (IE 36); 0 when it is not known. */
  get activeTimeoutS(): number {
    return this.#value("activeTimeout", WHOLE);
  }

  /** Rate of a domain or exporter as a whole: it holds whatever sampler a record names. 0 when it is not known. */
  get general(): number {
    const own = this.#facts.general.get(WHOLE)?.value ?? 0;
    if (own > 0 || this.alone) return own;
    return this.exporter.forDomains.get(this.domain) ?? this.exporter.agreements.general.only(WHOLE);
  }

  /** Rate of records of a template that name nothing: also that of the exporter's only sampler. 0 when unknown. */
  rateOf(template: number): number {
    const narrow = this.#facts.template.get(template)?.value ?? 0;
    if (narrow > 0) return narrow;
    const { general } = this;
    if (general > 0) return general;
    if (this.#facts.sampler.size > 0) return this.#samplerRates.only(WHOLE);
    return this.alone ? 0 : this.exporter.agreements.sampler.only(ANY_SAMPLER);
  }

  #value(kind: FactKind, key: number): number {
    const own = this.#facts[kind].get(key)?.value ?? 0;
    return own > 0 || this.alone ? own : this.exporter.agreements[kind].only(key);
  }

  #has(kind: FactKind): boolean {
    return this.#facts[kind].size > 0 || (!this.alone && this.exporter.agreements[kind].size > 0);
  }

  #remove(kind: FactKind, key: number): void {
    const fact = this.#facts[kind].get(key);
    if (fact === undefined) return;
    this.#facts[kind].delete(key);
    const said = this.#byTemplate.get(fact.template)!;
    said.delete(`${kind} ${key}`);
    if (said.size === 0) this.#byTemplate.delete(fact.template);
    this.changes++;
    this.#count(kind, key, fact.value, fact.shared, "remove");
  }

  /** Counts all its facts among those of its exporter. */
  #vote(step: "add" | "remove"): void {
    for (const [kind, facts] of Object.entries(this.#facts) as [FactKind, Map<number, Fact>][]) {
      this.exporter.facts += step === "add" ? facts.size : -facts.size;
      for (const [key, { value, shared }] of facts) if (shared) voteOf(this.exporter, kind, key, value, step);
    }
  }

  #count(kind: FactKind, key: number, value: number, shared: boolean, step: "add" | "remove"): void {
    const by = step === "add" ? 1 : -1;
    this.exporter.facts += by;
    this.exporter.room.facts += by;
    this.#share.facts += by;
    if (kind === "sampler") this.#samplerRates[step](WHOLE, value);
    if (shared) voteOf(this.exporter, kind, key, value, step);
  }
}

function voteOf(exporter: Exporter, kind: FactKind, key: number, value: number, step: "add" | "remove"): void {
  exporter.agreements[kind][step](key, value);
  if (kind === "sampler") exporter.agreements.sampler[step](ANY_SAMPLER, value);
}
