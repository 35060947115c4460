import { PROTOCOLS, type Template } from "@ngflow/wire";
import { expect, it } from "vitest";
import { SharedTemplates } from "./shared-template.ts";

const [one, other] = [PROTOCOLS[0]!, PROTOCOLS[1]!];
const field = { pen: 0, id: 8, length: 4, element: undefined };
const template: Template = {
  id: 256,
  options: false,
  scopeCount: 0,
  fields: [field],
  minLength: 4,
  variable: false,
  emptyFields: 0,
};

it("is one object for the same template, and another when anything differs", () => {
  const shared = new SharedTemplates();
  const first = shared.take(one, template);
  expect(shared.take(one, { ...template, fields: [{ ...field }] })).toBe(first);
  const different: [typeof one, Template][] = [
    [other, template],
    [one, { ...template, id: 257 }],
    [one, { ...template, options: true }],
    [one, { ...template, options: true, scopeCount: 1 }],
    [one, { ...template, fields: [{ ...field, length: 8 }] }],
    [one, { ...template, fields: [{ ...field, pen: 9 }] }],
    [one, { ...template, fields: [{ ...field, id: 12 }] }],
    [one, { ...template, fields: [field, field] }],
    [one, { ...template, emptyFields: 1 }],
  ];
  for (const [protocol, each] of different) expect(shared.take(protocol, each)).not.toBe(first);
  expect(shared.size).toBe(1 + different.length);
});

it("forgets a template that no session has", () => {
  const shared = new SharedTemplates();
  const first = shared.take(one, template);
  shared.take(one, template);
  shared.release(one, first);
  expect(shared.size).toBe(1);
  shared.release(one, first);
  expect(shared.size).toBe(0);
});
