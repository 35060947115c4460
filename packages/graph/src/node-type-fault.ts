import { HASREPLY, READONLY } from "./control-message.ts";
import { isNodeRole, METER_COUNTER, NODE_ROLES } from "./node-role.ts";
import { NAME_BYTES } from "./parse/string.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What keeps a value from being a `NodeType` whose nodes users can make, in words that name the field; undefined when
 * nothing does. For values from outside, whatever their author's compiler said.
 */
export function nodeTypeFault(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not an object";
  const { name, cookie, summary, role, module, hooks, messages, create, lastHook } = value;
  if (!isName(name)) return `its name has to be 1 to ${NAME_BYTES - 1} letters, digits, "-" or "_"`;
  if (!isUint32(cookie)) return "its cookie has to be a 32-bit number";
  if (typeof summary !== "string") return "its summary has to be a string";
  if (module !== undefined && !isName(module)) return "its module has to be a name like that of a type";
  if (typeof create !== "function") return "it has no create function";
  if (!isNodeRole(role)) return `its role has to be one of ${Object.keys(NODE_ROLES).join(", ")}`;
  if (lastHook !== undefined && lastHook !== "shutdown" && lastHook !== "keep" && lastHook !== "decide") {
    return 'its lastHook has to be "shutdown", "keep" or "decide"';
  }
  if (!Array.isArray(hooks) || !hooks.every(isHook))
    return 'its hooks have to be a list of { name, summary }, carries "packets" or "export"';
  if (!Array.isArray(messages)) return "its messages have to be a list";
  for (const field of ["dropReasons", "counters", "gauges"]) {
    if (value[field] === undefined && field !== "dropReasons") continue;
    if (!isSentences(value[field])) return `its ${field} have to be sentences by name`;
  }
  if (role === "meter" && !(isObject(value["counters"]) && METER_COUNTER in value["counters"])) {
    return `a meter has to have the counter ${METER_COUNTER}`;
  }
  return messagesFault(messages, cookie);
}

function messagesFault(messages: readonly unknown[], typeCookie: number): string | undefined {
  const names = new Set<unknown>();
  const commands = new Set<string>();
  for (const [i, message] of messages.entries()) {
    if (!isObject(message) || !isName(message["name"])) return `its message ${i} has no name`;
    const { name, cmd, summary, args, reply, run, cookie = typeCookie } = message;
    if (!isUint32(cmd) || (cmd & ~(READONLY | HASREPLY)) === 0) return `its message ${name} has no number`;
    if (!isUint32(cookie)) return `the cookie of its message ${name} has to be a 32-bit number`;
    if (typeof summary !== "string") return `its message ${name} has no summary`;
    if (![args, reply].every((type) => type === undefined || isParseType(type))) {
      return `args and reply of its message ${name} have to be types of the argument language`;
    }
    if (run !== undefined && typeof run !== "function") return `run of its message ${name} has to be a function`;
    if (run !== undefined && ![args, reply].every((type) => type === undefined || hasValues(type))) {
      return `args and reply of its message ${name} need read and write, because it has run`;
    }
    if (names.has(name)) return `it has two messages named ${name}`;
    if (commands.has(`${cookie}/${cmd}`)) return `it has two messages of number ${cmd}`;
    names.add(name);
    commands.add(`${cookie}/${cmd}`);
  }
  return undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]+$/.test(value) && value.length < NAME_BYTES;
}

function isUint32(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

function isHook(value: unknown): boolean {
  if (!isObject(value) || typeof value["name"] !== "string" || typeof value["summary"] !== "string") return false;
  return [undefined, "packets", "export"].includes(value["carries"] as string | undefined);
}

function isSentences(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

function isParseType(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { label, align, parse, unparse } = value;
  return (
    typeof label === "string" &&
    typeof align === "number" &&
    typeof parse === "function" &&
    typeof unparse === "function"
  );
}

function hasValues(type: unknown): boolean {
  return isObject(type) && typeof type["read"] === "function" && typeof type["write"] === "function";
}
