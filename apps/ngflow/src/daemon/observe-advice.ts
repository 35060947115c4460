import type { Log } from "@ngflow/base";
import type { NodeType } from "@ngflow/graph";

/** What an operator has to know who makes a node of a type while interfaces only observe; undefined for most types. */
function adviceOn(type: NodeType): string | undefined {
  if (type.needsWire !== true) return undefined;
  return (
    `interfaces only observe here: nothing that nodes of type ${type.name} send reaches their wire; ` +
    "start the daemon with --inline IF for each interface of the graph"
  );
}

/** Types for a daemon whose interfaces only observe, and what it answers about them. */
export interface ObserveAdvice {
  readonly types: NodeType[];
  /** What to print when a node of this type has been made; null for nothing. */
  readonly of: (type: unknown) => string | null;
}

/** Has types that need a wire warn in the log when their first node is made. */
export function observeAdvice(types: readonly NodeType[], log: Pick<Log, "warn">): ObserveAdvice {
  const texts = new Map(types.map((type) => [type.name, adviceOn(type)] as const));
  return {
    types: types.map((type) => warning(type, texts.get(type.name), log)),
    of: (type) => (typeof type === "string" ? texts.get(type) : undefined) ?? null,
  };
}

function warning(type: NodeType, text: string | undefined, log: Pick<Log, "warn">): NodeType {
  const { create } = type;
  if (text === undefined || create === undefined) return type;
  let said = false;
  return {
    ...type,
    create: (context) => {
      const behaviour = create(context);
      if (!said) log.warn({}, text);
      said = true;
      return behaviour;
    },
  };
}
