import type { MalformedCode } from "../errors.ts";
import { MIN_TEMPLATE_ID } from "../set.ts";
import { MAX_TEMPLATE_FIELDS, type Template } from "./template.ts";

/**
 * What is wrong with a template that was read completely, undefined when nothing is. Records of no length would never
 * end, records longer than 65535 bytes fit no message, and every field is a step for every record.
 */
export function checkTemplate(template: Template): MalformedCode | undefined {
  if (template.id < MIN_TEMPLATE_ID) return "template-id";
  if (template.minLength === 0) return "template-empty";
  if (template.fields.length > MAX_TEMPLATE_FIELDS) return "template-fields";
  if (template.minLength > 65535) return "template-long";
  if (template.scopeCount > template.fields.length) return "scope-invalid";
  return undefined;
}
