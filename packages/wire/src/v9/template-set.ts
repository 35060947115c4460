/**
 * A field of a template: information element (RFC 7012, section 4; the same numbers in NetFlow v9) and its length in
 * bytes.
 */
export interface TemplateField {
  readonly element: number;
  /** 65535: variable, IPFIX only. */
  readonly length: number;
  /** Private enterprise number of the element; IPFIX only. Absent: IANA's. */
  readonly enterprise?: number;
}

/** A template as an exporter declares it. Fields are packed in this order. */
export interface TemplateLayout {
  /** 256 to 65535. */
  readonly id: number;
  readonly fields: readonly TemplateField[];
}

/** Length of one data record of the template. */
export function recordBytes(template: TemplateLayout): number {
  return template.fields.reduce((sum, field) => sum + field.length, 0);
}

/** Length of the set that declares the templates: set header, template headers, field specifiers. */
export function templateSetBytes(templates: readonly TemplateLayout[]): number {
  return templates.reduce((sum, template) => sum + 4 + specifierBytes(template.fields), 4);
}

function specifierBytes(fields: readonly TemplateField[]): number {
  return fields.reduce((sum, field) => sum + (field.enterprise === undefined ? 4 : 8), 0);
}

function writeSpecifiers(view: DataView, at: number, fields: readonly TemplateField[]): number {
  let p = at;
  for (const field of fields) {
    view.setUint16(p, field.enterprise === undefined ? field.element : field.element | 0x8000);
    view.setUint16(p + 2, field.length);
    p += 4;
    if (field.enterprise !== undefined) {
      view.setUint32(p, field.enterprise);
      p += 4;
    }
  }
  return p;
}

/**
 * Writes a set that declares `templates`; the layout is that of v9 (RFC 3954, section 5.2; set id 0) and of IPFIX (RFC
 * 7011, section 3.4.1; set id 2).
 * @returns the offset after it
 */
export function writeTemplateSet(
  view: DataView,
  at: number,
  setId: 0 | 2,
  templates: readonly TemplateLayout[],
): number {
  view.setUint16(at, setId);
  view.setUint16(at + 2, templateSetBytes(templates));
  let p = at + 4;
  for (const template of templates) {
    view.setUint16(p, template.id);
    view.setUint16(p + 2, template.fields.length);
    p = writeSpecifiers(view, p + 4, template.fields);
  }
  return p;
}

/** A template whose first fields say what its records are about. */
export interface OptionsTemplateLayout extends TemplateLayout {
  /** Fields that are scope, at least one. In NetFlow v9 their elements are scope types (RFC 3954, section 6.1). */
  readonly scopes: number;
}

/**
 * Writes a set that declares one options template: of v9 (RFC 3954, section 6.1; lengths in bytes, padded to four) or
 * of IPFIX (RFC 7011, section 3.4.2.2; numbers of fields).
 * @returns the offset after it
 */
export function writeOptionsTemplateSet(
  view: DataView,
  at: number,
  version: 9 | 10,
  template: OptionsTemplateLayout,
): number {
  const { fields, scopes } = template;
  view.setUint16(at, version === 9 ? 1 : 3);
  view.setUint16(at + 4, template.id);
  view.setUint16(at + 6, version === 9 ? 4 * scopes : fields.length);
  view.setUint16(at + 8, version === 9 ? 4 * (fields.length - scopes) : scopes);
  let p = writeSpecifiers(view, at + 10, fields);
  while (((p - at) & 3) !== 0) view.setUint8(p++, 0);
  view.setUint16(at + 2, p - at);
  return p;
}
