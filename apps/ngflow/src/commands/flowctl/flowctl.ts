import { EXIT, NgflowError, strerror } from "@ngflow/base";
import { type ControlMessage, decodeMessage, encodeMessage, RESPONSE } from "@ngflow/graph";
import { type ControlClient, connectControl } from "../../control/client.ts";
import type { ProcessIo } from "../process-io.ts";
import { type Form, type InterfaceNames, renderFlows } from "./render.ts";
import { decodeShowReply, encodeShowRequest, type Family, NETFLOW_COOKIE, NETFLOW_SHOW } from "./show-reply.ts";
import { printText } from "../../output/print-text.ts";
import { asksForHelp } from "../help-text.ts";
import { helpPage } from "./help-page.ts";
import { USAGE } from "./usage.ts";

/** What flowctl depends on besides its streams. */
export interface FlowctlDeps {
  /** Path of the daemon's socket for a value of `--control`. */
  controlPath(option?: string): string;
  readonly interfaceNames: InterfaceNames;
}

const MAX_PATH = 512;
/** EX_SOFTWARE, for a reply of the wrong family. */
const EXIT_SOFTWARE = 70;

/** A failure that ends flowctl: the text after `flowctl: `. */
class Failure extends Error {
  readonly exit: number;

  constructor(message: string, exit: number = EXIT.failed) {
    super(message);
    this.exit = exit;
  }
}

/** Runs flowctl. Resolves to the exit status; as in the original, wrong usage is 0 (reference: flowctl.md §1). */
export async function runFlowctl(argv: readonly string[], io: ProcessIo, deps: FlowctlDeps): Promise<number> {
  if (asksForHelp(argv)) {
    printText(io.stdout, helpPage());
    return EXIT.ok;
  }
  const options = parseOptions(argv);
  if (options === undefined) {
    printText(io.stderr, `${USAGE}\n`);
    return EXIT.ok;
  }
  try {
    const [path, command, ...words] = options.words;
    if (!"show".startsWith(command)) throw new Failure(`bad command: ${command}`);
    const inbox: Uint8Array[] = [];
    const client = await open(io, deps, options.control, (message) => inbox.push(message));
    try {
      for (const { family, form } of listings(words)) await show(client, inbox, path, family, form, io, deps);
    } finally {
      await client.close();
    }
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Failure) && !(error instanceof NgflowError)) throw error;
    printText(io.stderr, `flowctl: ${error.message}\n`);
    return error.exit;
  }
}

interface Options {
  readonly control?: string;
  readonly words: readonly [path: string, command: string, ...rest: string[]];
}

/** @returns undefined for wrong usage. */
function parseOptions(argv: readonly string[]): Options | undefined {
  let control: string | undefined;
  let at = 0;
  for (; argv[at]?.startsWith("-") === true; at++) {
    const word = argv[at]!;
    if (word === "--") {
      at++;
      break;
    }
    if (word === "--control") control = argv[++at];
    else if (word.startsWith("--control=")) control = word.slice("--control=".length);
    else if (word === "-d") at++;
    else if (!/^-d\d+$/.test(word)) return undefined;
  }
  const [path, command, ...rest] = argv.slice(at);
  if (path === undefined || command === undefined || command === "") return undefined;
  if (Buffer.byteLength(path) > MAX_PATH) return undefined;
  return { ...(control !== undefined && { control }), words: [path, command, ...rest] };
}

/** Families and form in the words after `show`. `ipv4 ipv6` selects neither, as in the original. */
function listings(words: readonly string[]): { family: Family; form: Form }[] {
  const rest = [...words];
  let families: Family[] = [4, 6];
  for (const family of [4, 6] as const) {
    if (rest[0]?.startsWith(`ipv${family}`) !== true) continue;
    families = families.filter((each) => each === family);
    rest.shift();
  }
  const word = rest[0];
  const form = word === undefined ? "short" : (["verbose", "human"] as const).find((form) => form.startsWith(word));
  return families.map((family) => ({ family, form: form ?? "short" }));
}

async function open(
  io: ProcessIo,
  deps: FlowctlDeps,
  control: string | undefined,
  onMessage: (message: Uint8Array) => void,
): Promise<ControlClient> {
  try {
    return await connectControl(deps.controlPath(control), {
      name: `flowctl${io.pid}`,
      onMessage: (_from, message) => onMessage(message),
    });
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    throw new Failure(`NgMkSockNode: ${error.message}`);
  }
}

/** Requests the cache part by part until the reply marks the last one (reference: flowctl.md §3). */
async function show(
  client: ControlClient,
  inbox: Uint8Array[],
  path: string,
  family: Family,
  form: Form,
  io: ProcessIo,
  deps: FlowctlDeps,
): Promise<void> {
  let next = { bucket: 0, position: 0 };
  let token = 0;
  do {
    token++;
    const request = { cookie: NETFLOW_COOKIE, cmd: NETFLOW_SHOW, flags: 0, token, cmdstr: "" };
    const data = encodeShowRequest(family, next);
    const errno = await client.send(path, encodeMessage({ ...request, data }));
    if (errno !== 0) throw new Failure(`NgSendMsg(NGM_NETFLOW_SHOW): ${strerror(errno)}`);
    const reply = takeReply(inbox, token);
    const shown = reply === undefined ? undefined : decodeShowReply(reply.data);
    if (shown === undefined) throw new Failure("NgRecvMsg() failed");
    if (shown.family !== family) throw new Failure(`version ${shown.family} in a reply about ${family}`, EXIT_SOFTWARE);
    printText(io.stdout, renderFlows(family, form, shown.flows, deps.interfaceNames));
    next = shown.next;
  } while (next.bucket !== 0);
}

function takeReply(inbox: Uint8Array[], token: number): ControlMessage | undefined {
  const messages = inbox.splice(0).map((bytes) => decodeMessage(bytes));
  return messages.find((message) => (message.flags & RESPONSE) !== 0 && message.token === token);
}
