import { z } from "@hono/zod-openapi";
import type { LearnedName } from "@ngflow/flows";
import { assistRoute } from "./route.ts";

/** Most things of a kind in one request. */
const MAX_THINGS = 500;
/** Longest list as text: each an IPv6 address with an interface. */
const MAX_CHARACTERS = MAX_THINGS * 60;

const list = (description: string, example: string) =>
  z
    .string()
    .max(MAX_CHARACTERS)
    .default("")
    .transform((text) => text.split(",").filter((part) => part !== ""))
    .refine((parts) => parts.length <= MAX_THINGS, `more than ${MAX_THINGS}`)
    .openapi({
      type: "string",
      description: `${description}, at most ${MAX_THINGS}, with commas between them.`,
      example,
    });

const NamesOfSchema = z
  .object({
    hosts: z.record(z.string(), z.string()).openapi({ description: "Name by address; without those that have none." }),
    interfaces: z.record(z.string(), z.string()).openapi({
      description: "Name by EXPORTER/INDEX, or the description where the exporter sent no name.",
    }),
    speeds: z.record(z.string(), z.number()).openapi({
      description: "Speed by EXPORTER/INDEX in bits per second, as SNMP says now; without those that are not known.",
    }),
    hasHosts: z.boolean().openapi({ description: "Whether this server has a source of names of hosts." }),
  })
  .openapi("NamesOf");

export const namesOf = assistRoute({
  summary: "Names of the hosts and interfaces that are asked for, and speeds of interfaces, as they are now",
  query: z.object({
    hosts: list("Addresses", "192.0.2.1,2001:db8::1"),
    interfaces: list("Interfaces, each as EXPORTER/INDEX", "192.0.2.9/3"),
  }),
  answer: NamesOfSchema,
  description:
    "What is shown next to addresses and numbers of interfaces. Nothing is asked for elsewhere: a name that reverse DNS" +
    " has not answered yet is there a little later.",
  handle: async ({ query: { hosts, interfaces } }, help) => {
    const known = help.hostNames();
    const learned = interfaces.length === 0 ? [] : await help.names();
    return {
      hosts: Object.fromEntries(hosts.flatMap((address) => pair(address, known?.get(address)))),
      ...interfacesOf(new Set(interfaces), learned),
      hasHosts: known !== null,
    };
  },
});

const pair = (key: string, name: string | undefined): [string, string][] => (name ? [[key, name]] : []);

/** The names and speeds that hold now. */
function interfacesOf(wanted: ReadonlySet<string>, learned: readonly LearnedName[]) {
  const interfaces: Record<string, string> = {};
  const speeds: Record<string, number> = {};
  for (const { kind, exporter, id, name, description, to } of learned) {
    const key = `${exporter}/${id}`;
    if (to !== null || !wanted.has(key)) continue;
    if (kind === "interface" && (name || description)) interfaces[key] = name || description;
    // Its name is in Mbit/s, its description in bits per second.
    if (kind === "interface-speed" && Number(description) > 0) speeds[key] = Number(description);
  }
  return { interfaces, speeds };
}
