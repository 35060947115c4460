import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { AlertsError } from "../errors.ts";
import type { Channel, CommandChannel, EmailChannel, Mail, WebhookChannel } from "./channel.ts";
import { commandInput, type Notice, subjectOf, textOf, WEBHOOK_BODIES } from "./notice.ts";

/** Most bytes of an answer that are read and said. */
const ANSWER_BYTES = 300;
const MOST_ANSWER_BYTES = 1_048_576;
const SECRET_BYTES = 8192;

const failed = (message: string): AlertsError => new AlertsError("alert-not-sent", message);

/** A secret of a file, without the space around it. @throws AlertsError `alert-secret` */
function secretOf(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(0, SECRET_BYTES).trim();
  } catch (error) {
    throw new AlertsError("alert-secret", `${file}: ${(error as NodeJS.ErrnoException).code ?? "cannot be read"}`);
  }
}

/** Reads an answer to its end, and keeps its beginning. */
async function beginning(response: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    if (bytes < ANSWER_BYTES) kept.push(piece.subarray(0, ANSWER_BYTES - bytes));
    bytes += piece.length;
    if (bytes > MOST_ANSWER_BYTES) break;
  }
  return Buffer.concat(kept).toString("utf8").trim();
}

/** POSTs JSON over a connection of its own: one that was kept open may be closing. Redirects are not followed. */
function postJson(url: string, body: string, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? requestHttps(url, options) : requestHttp(url, options);
    request.once("error", reject);
    request.once("response", resolve);
    request.end(body);
  });
}

async function post(channel: WebhookChannel, notice: Notice, signal: AbortSignal): Promise<void> {
  const url = channel.url ?? secretOf(channel["url-file"]!);
  const token = channel["token-file"] === undefined ? undefined : secretOf(channel["token-file"]);
  const body = JSON.stringify(WEBHOOK_BODIES[channel.format](notice));
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "user-agent": "ngflow",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  let status: number;
  let answer: string;
  try {
    const response = await postJson(url, body, { method: "POST", headers, signal, agent: false });
    status = response.statusCode ?? 0;
    answer = await beginning(response);
  } catch (error) {
    // The address may be a secret: only the code of the error is said.
    throw failed(signal.aborted ? "no answer in time" : ((error as NodeJS.ErrnoException).code ?? "no connection"));
  }
  if (status < 200 || status > 299) throw failed(`status ${status}${answer === "" ? "" : `: ${answer}`}`);
}

const mail = (channel: EmailChannel, notice: Notice): Promise<void> =>
  sendMail(channel, { subject: subjectOf(notice), text: `${textOf(notice)}\n`, id: notice.id });

/** A message as it is mailed. */
export interface Message {
  readonly subject: string;
  readonly text: string;
  /** The same for the same message: a server that has it need not deliver it again. */
  readonly id: string;
  readonly attachment?: { readonly filename: string; readonly content: string };
}

/** Mails a message once. @throws AlertsError `alert-not-sent`, `alert-secret` */
export async function sendMail(
  channel: Omit<Mail, "user" | "password-file"> & { user?: string | undefined; "password-file"?: string | undefined },
  { subject, text, id, attachment }: Message,
): Promise<void> {
  const { hostname, port, protocol } = new URL(channel.server);
  const secure = protocol === "smtps:";
  // It is large, and few channels are mail.
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 25) : Number(port),
    secure,
    requireTLS: channel["require-tls"],
    connectionTimeout: channel.timeout,
    greetingTimeout: channel.timeout,
    socketTimeout: channel.timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(channel.user === undefined ? {} : { auth: { user: channel.user, pass: secretOf(channel["password-file"]!) } }),
  });
  try {
    await transport.sendMail({
      from: channel.from,
      to: channel.to,
      subject: subject.slice(0, 200),
      text,
      ...(attachment === undefined ? {} : { attachments: [attachment] }),
      messageId: `<${id}@${channel.from.split("@")[1]}>`,
    });
  } catch (error) {
    throw failed((error as Error).message.slice(0, ANSWER_BYTES));
  } finally {
    transport.close();
  }
}

function run({ command: [program, ...args] }: CommandChannel, notice: Notice, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ["pipe", "ignore", "pipe"], signal, killSignal: "SIGKILL" });
    let said = "";
    child.stderr.on("data", (bytes: Buffer) => {
      if (said.length < ANSWER_BYTES) said += bytes.toString("utf8", 0, ANSWER_BYTES);
    });
    child.stdin.on("error", () => {
      // It need not read what it is told.
    });
    child.on("error", (error) => reject(failed(signal.aborted ? "did not end in time" : error.message)));
    child.on("close", (code, by) => {
      if (code === 0) resolve();
      else reject(failed(`ended with ${code ?? by}${said === "" ? "" : `: ${said.trim().slice(0, ANSWER_BYTES)}`}`));
    });
    child.stdin.end(commandInput(notice));
  });
}

/** Sends a notice once. @throws AlertsError `alert-not-sent`, `alert-secret` */
export async function send(channel: Channel, notice: Notice, ending?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(channel.timeout);
  const signal = ending === undefined ? limit : AbortSignal.any([ending, limit]);
  if (channel.type === "webhook") await post(channel, notice, signal);
  else if (channel.type === "email") await mail(channel, notice);
  else await run(channel, notice, signal);
}
