import type { NodeType } from "../node-type.ts";
import type { Structure, StructureNode } from "./structure.ts";

type TypeOf = (name: string) => Pick<NodeType, "lastHook" | "ownNames"> | undefined;

/** How to get back to an earlier structure. */
export interface Undo {
  /** Words of ngctl commands, in order. */
  readonly commands: readonly (readonly string[])[];
  /** Addresses of nodes that are made again, by the id that they had. */
  readonly remade: ReadonlyMap<number, string>;
  /** What no command brings back. */
  readonly beyond: readonly string[];
}

/**
 * The operations that turn one structure into an earlier one: made nodes are shut down, made edges removed, names given
 * back, nodes that no longer exist made again and connected. What nodes held inside (settings, counters, cached flows)
 * is not structure.
 * @param typeOf what is known of a type by its name.
 */
export function undoOf(before: Structure, after: Structure, typeOf: TypeOf): Undo {
  return new UndoPlanner(before, after, typeOf).plan();
}

class UndoPlanner {
  readonly #before: Structure;
  readonly #after: Structure;
  readonly #typeOf: TypeOf;
  /** Hooks in use, and old edges that are back, as the commands so far leave them. */
  readonly #taken: Set<string>;
  readonly #done = new Set<string>();
  readonly #commands: string[][] = [];
  readonly #remade = new Map<number, string>();
  readonly #beyond: string[] = [];

  constructor(before: Structure, after: Structure, typeOf: TypeOf) {
    this.#before = before;
    this.#after = after;
    this.#typeOf = typeOf;
    this.#taken = new Set([...after.values()].flatMap(({ id, hooks }) => hooks.map(({ name }) => `${id} ${name}`)));
  }

  plan(): Undo {
    this.#connectFree();
    this.#removeMadeEdges();
    this.#shutDownMade();
    this.#giveNamesBack();
    this.#makeAgain();
    return { commands: this.#commands, remade: this.#remade, beyond: this.#beyond };
  }

  /**
   * Old edges between nodes that are there come back as soon as their hooks are free: nodes that lose their last hook
   * would go.
   */
  #connectFree(): void {
    for (const node of this.#before.values()) {
      const now = this.#after.get(node.id);
      if (now === undefined) continue;
      for (const hook of node.hooks) {
        const ends = [`${node.id} ${hook.name}`, `${hook.peerId} ${hook.peerHook}`];
        if (!this.#after.has(hook.peerId) || this.#isSecondEnd(node, hook) || hasHook(now, hook)) continue;
        if (this.#done.has(edgeKey(node.id, hook)) || ends.some((end) => this.#taken.has(end))) continue;
        this.#commands.push(["connect", this.#address(node.id), this.#address(hook.peerId), hook.name, hook.peerHook]);
        this.#done.add(edgeKey(node.id, hook));
        for (const end of ends) this.#taken.add(end);
      }
    }
  }

  /** Whether a node goes away with its last hook. */
  #goesAlone(type: string): boolean {
    return (this.#typeOf(type)?.lastHook ?? "shutdown") === "shutdown";
  }

  /** The name that a node is to be given, null if it has none or is given it when it is made. */
  #givenName(node: StructureNode): string | null {
    const own = node.name !== null && this.#typeOf(node.type)?.ownNames?.test(node.name) === true;
    return own ? null : node.name;
  }

  #free(id: number, hook: string, peerId: number, peerHook: string): void {
    this.#taken.delete(`${id} ${hook}`);
    this.#taken.delete(`${peerId} ${peerHook}`);
  }

  #shutDownMade(): void {
    const down = new Set<number>();
    for (const node of this.#after.values()) {
      if (this.#before.has(node.id)) continue;
      const alone = node.hooks.length > 0 && node.hooks.every(({ peerId }) => down.has(peerId));
      if (!alone || !this.#goesAlone(node.type)) this.#commands.push(["shutdown", this.#address(node.id)]);
      down.add(node.id);
      for (const { name, peerId, peerHook } of node.hooks) this.#free(node.id, name, peerId, peerHook);
      this.#connectFree();
    }
  }

  #removeMadeEdges(): void {
    for (const node of this.#after.values()) {
      const was = this.#before.get(node.id);
      if (was === undefined) continue;
      for (const hook of node.hooks) {
        if (!this.#before.has(hook.peerId) || this.#isSecondEnd(node, hook)) continue;
        if (hasHook(was, hook)) continue;
        this.#commands.push(["rmhook", this.#address(node.id), hook.name]);
        this.#free(node.id, hook.name, hook.peerId, hook.peerHook);
        this.#connectFree();
      }
    }
  }

  #giveNamesBack(): void {
    const survivors = [...this.#after.values()].flatMap((node) => {
      const was = this.#before.get(node.id);
      return was === undefined || was.name === node.name ? [] : [{ node, name: was.name }];
    });
    const wanted = new Set(survivors.map(({ name }) => name));
    const addresses = new Map<number, string>();
    // A node that has a name which another node is to get back loses it first.
    for (const { node } of survivors) {
      addresses.set(node.id, this.#address(node.id));
      if (!wanted.has(node.name)) continue;
      const between = `undo-${node.id.toString(16)}`;
      this.#commands.push(["name", this.#address(node.id), between]);
      addresses.set(node.id, `${between}:`);
    }
    for (const { node, name } of survivors) {
      const address = addresses.get(node.id)!;
      if (name !== null) this.#commands.push(["name", address, name]);
      else
        this.#beyond.push(
          `node [${node.id.toString(16)}] keeps the name ${address.slice(0, -1)}: a name cannot be taken away`,
        );
    }
  }

  /** Nodes that no longer exist are made at a neighbour that does; their other edges are connected after. */
  #makeAgain(): void {
    const address = new Map<number, string>();
    for (const node of this.#before.values()) {
      if (!this.#after.has(node.id)) continue;
      // Names have been given back by then.
      address.set(node.id, node.name === null ? this.#address(node.id) : `${node.name}:`);
    }
    const done = this.#done;
    let progress = true;
    while (progress) {
      progress = false;
      for (const node of this.#before.values()) {
        if (address.has(node.id)) continue;
        const link = node.hooks.find(({ peerId }) => address.has(peerId) && peerId !== node.id);
        if (link === undefined) continue;
        const neighbour = address.get(link.peerId)!;
        this.#commands.push(["mkpeer", neighbour, node.type, link.peerHook, link.name]);
        done.add(edgeKey(node.id, link));
        const way = `${neighbour}${neighbour.endsWith(":") ? "" : "."}${link.peerHook}`;
        const name = this.#givenName(node);
        const made = name === null ? way : `${name}:`;
        if (name !== null) this.#commands.push(["name", way, name]);
        address.set(node.id, made);
        this.#remade.set(node.id, made);
        progress = true;
      }
    }
    for (const node of this.#before.values()) {
      const from = address.get(node.id);
      if (from === undefined) {
        this.#beyond.push(`node ${node.name ?? `[${node.id.toString(16)}]`} of type ${node.type} cannot be made again`);
        continue;
      }
      const now = this.#after.get(node.id);
      for (const hook of node.hooks) {
        const to = address.get(hook.peerId);
        if (to === undefined || this.#isSecondEnd(node, hook) || done.has(edgeKey(node.id, hook))) continue;
        if (now !== undefined && hasHook(now, hook)) continue;
        this.#commands.push(["connect", from, to, hook.name, hook.peerHook]);
      }
    }
  }

  /** Every edge is seen from both of its nodes; it is handled from the older one, or from the smaller hook name. */
  #isSecondEnd(node: StructureNode, hook: StructureNode["hooks"][number]): boolean {
    return hook.peerId < node.id || (hook.peerId === node.id && hook.peerHook < hook.name);
  }

  /** A name, or the way from a neighbour that has one and is older: ids differ from run to run. */
  #address(id: number): string {
    const node = this.#after.get(id);
    if (node !== undefined && node.name !== null) return `${node.name}:`;
    for (const hook of node?.hooks ?? []) {
      const peer = this.#after.get(hook.peerId);
      if (peer !== undefined && peer.name !== null && this.#before.has(peer.id)) return `${peer.name}:${hook.peerHook}`;
    }
    return `[${id.toString(16)}]:`;
  }
}

function hasHook(node: StructureNode, hook: StructureNode["hooks"][number]): boolean {
  return node.hooks.some(
    ({ name, peerId, peerHook }) => name === hook.name && peerId === hook.peerId && peerHook === hook.peerHook,
  );
}

/** The same for both ends of an edge. */
function edgeKey(id: number, hook: StructureNode["hooks"][number]): string {
  const ends = [`${id}:${hook.name}`, `${hook.peerId}:${hook.peerHook}`];
  return ends.sort().join(" ");
}
