import { readFileSync } from "node:fs";
import { type IncomingMessage, request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { failed, type LineSink, reasonOf, type Refused, refusedFor, SEND_MS } from "./sink.ts";

/** What is posted, and what the answer means. */
interface Form {
  readonly type: string;
  readonly mostBytes?: number;
  body(lines: string): string;
  /** What an answer of 2xx did not take. */
  refused(answer: string): Refused | undefined;
}

const NDJSON: Form = { type: "application/x-ndjson", body: (lines) => lines, refused: () => undefined };
/** Answers that are about the content: bad request, too large, not processable. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);
/** Of an answer, so much is read. */
const MOST_ANSWER_BYTES = 65_536;

/** The beginning of an answer. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const bytes of response) if (text.length < MOST_ANSWER_BYTES) text += (bytes as Buffer).toString();
  return text;
}

/** Posts to a server; an answer of 2xx has taken the lines. @param tokenFile file of a bearer token */
export function httpSink(address: string, tokenFile: string | undefined, form: Form = NDJSON): LineSink {
  const request = address.startsWith("https:") ? requestHttps : requestHttp;
  function post(body: string, options: RequestOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request(address, options, resolve);
      sent.once("error", reject);
      sent.end(body);
    });
  }
  return {
    ...(form.mostBytes === undefined ? {} : { mostBytes: form.mostBytes }),
    async send(lines, ending) {
      const signal = AbortSignal.any([ending, AbortSignal.timeout(SEND_MS)]);
      let status: number;
      let answer: string;
      try {
        const token = tokenFile === undefined ? undefined : readFileSync(tokenFile, "utf8").trim();
        const body = form.body(lines);
        const headers = {
          "content-type": form.type,
          "content-length": Buffer.byteLength(body),
          "user-agent": "ngflow",
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        };
        const response = await post(body, { method: "POST", headers, signal, agent: false });
        status = response.statusCode ?? 0;
        answer = await textOf(response);
      } catch (error) {
        throw failed(signal.aborted && !ending.aborted ? "no answer in time" : reasonOf(error), error);
      }
      if (REFUSALS.has(status)) throw refusedFor(`status ${status}`);
      if (status < 200 || status > 299) throw failed(`status ${status}`);
      return form.refused(answer);
    },
    close: () => Promise.resolve(),
  };
}
