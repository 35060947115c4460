import { ASA } from "./asa.ts";
import type { Dialect } from "./dialect.ts";
import { FIREWALLS } from "./firewalls.ts";
import { ROUTERS } from "./routers.ts";

/** What `--like` takes. */
export const DIALECTS: Readonly<Record<string, Dialect>> = { asa: ASA, ...ROUTERS, ...FIREWALLS };
