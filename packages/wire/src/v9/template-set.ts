/** A field of a template: information element (RFC 7012, section 4; the same numbers in NetFlow v9) and its length in bytes. */
export interface TemplateField {
  readonly element: number;
  readonly length: number;
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
  return templates.reduce((sum, template) => sum + 4 + 4 * template.fields.length, 4);
}

/**
 * Writes a set that declares `templates`; the layout is that of v9 (RFC 3954, section 5.2; set id 0) and of IPFIX (RFC 7011,
 * section 3.4.1; set id 2).
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
    p += 4;
    for (const field of template.fields) {
      view.setUint16(p, field.element);
      view.setUint16(p + 2, field.length);
      p += 4;
    }
  }
  return p;
}
