import type { NodeType } from "@ngflow/graph";
import { echo } from "./echo/echo.ts";
import { hole } from "./hole/hole.ts";
import { hub } from "./hub/hub.ts";
import { split } from "./split/split.ts";
import { tee } from "./tee/tee.ts";

/** Every node type of this package: the registry. Importing a module registers nothing. */
export const NODE_TYPES: readonly NodeType[] = [tee, hole, echo, hub, split];
