import { type NodeContext, NgError } from "@ngflow/graph";

/** Names a node like its interface; a name that another node has is left to it. */
export function takeInterfaceName(context: NodeContext, name: string): void {
  try {
    context.setName(name);
  } catch (error) {
    if (!(error instanceof NgError)) throw error;
    context.log.warn({}, `the name ${name} is taken by another node`);
  }
}
