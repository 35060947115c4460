import { expect, test } from "vitest";
import { errorClass, type ErrorTable, EXIT, failureOf, NgflowError, RelayedError } from "./error.ts";

const SAMPLE_ERRORS = {
  "file-absent": { exit: "noInput", meaning: "The file does not exist." },
  "file-damaged": { exit: "data", meaning: "The file is damaged." },
} as const satisfies ErrorTable;

class SampleError extends errorClass(SAMPLE_ERRORS) {}

test("the exit status of an error follows from its code", () => {
  const cause = new Error("short read");
  const error = new SampleError("file-damaged", "a.pcap: ends at offset 7", { cause });
  expect(error).toBeInstanceOf(NgflowError);
  expect(error).toMatchObject({ name: "SampleError", code: "file-damaged", exit: EXIT.data, cause });
  expect(error.message).toBe("a.pcap: ends at offset 7");
});

test("a code that is not in the table does not compile", () => {
  // @ts-expect-error the table has no such code
  expect(() => new SampleError("file-lost", "a.pcap: lost")).toThrow(TypeError);
});

test("an error keeps its code and exit status on the way to another process", () => {
  const failure = failureOf(new SampleError("file-absent", "a.pcap: no such file"));
  const relayed = new RelayedError(JSON.parse(JSON.stringify(failure)));
  expect(relayed).toBeInstanceOf(NgflowError);
  expect(failureOf(relayed)).toEqual({ code: "file-absent", message: "a.pcap: no such file", exit: EXIT.noInput });
});
