import { parseIp, toHex } from "@ngflow/base";

/** Most bytes of an integer, which exporters may send with fewer than its type has (RFC 7011 section 6.2). */
const MAX_INTEGER = 8;

/**
 * The hexadecimal texts that a value of a type may have been kept as, whose text is this. Strings are left out, as they
 * may be padded with any number of zeros, and so are times in micro- and nanoseconds.
 */
export function hexForms(type: string, text: string): string[] {
  switch (type) {
    case "unsigned8":
    case "unsigned16":
    case "unsigned32":
    case "unsigned64":
      return /^\d{1,20}$/.test(text) ? integers(BigInt(text), false) : [];
    case "signed8":
    case "signed16":
    case "signed32":
    case "signed64":
      return /^-?\d{1,20}$/.test(text) ? integers(BigInt(text), true) : [];
    case "float32":
    case "float64":
      return floats(text);
    case "boolean":
      return text === "true" ? ["0x01"] : text === "false" ? ["0x02"] : [];
    case "macAddress":
      return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text) ? [`0x${text.replaceAll(":", "")}`] : [];
    case "ipv4Address":
    case "ipv6Address":
      return address(type === "ipv4Address", text);
    case "dateTimeSeconds":
    case "dateTimeMilliseconds":
      return time(type === "dateTimeSeconds", text);
    default:
      return [];
  }
}

function integers(value: bigint, signed: boolean): string[] {
  const forms: string[] = [];
  for (let bytes = 1; bytes <= MAX_INTEGER; bytes++) {
    const bits = BigInt.asUintN(8 * bytes, value);
    if ((signed ? BigInt.asIntN(8 * bytes, bits) : bits) === value) forms.push(hex(bits, bytes));
  }
  return forms;
}

const hex = (value: bigint, bytes: number): string => `0x${value.toString(16).padStart(2 * bytes, "0")}`;

function floats(text: string): string[] {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return [];
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const forms = [hex(view.getBigUint64(0), 8)];
  if (Math.fround(value) === value) {
    view.setFloat32(0, value);
    forms.push(hex(BigInt(view.getUint32(0)), 4));
  }
  // -0 is printed as 0.
  return value === 0 ? ["0x00000000", "0x80000000", "0x0000000000000000", "0x8000000000000000"] : forms;
}

function address(isV4: boolean, text: string): string[] {
  const bytes = text.includes(":") === isV4 ? undefined : parseIp(text);
  return bytes ? [`0x${toHex(bytes, isV4 ? 12 : 0, 16)}`] : [];
}

function time(isSeconds: boolean, text: string): string[] {
  const ms = Date.parse(text);
  if (!(ms >= 0) || !/^\d{4}-\d\d-\d\dT.*Z$/.test(text)) return [];
  if (!isSeconds) return [hex(BigInt(ms), 8)];
  return ms % 1000 === 0 && ms / 1000 <= 0xffff_ffff ? [hex(BigInt(ms / 1000), 4)] : [];
}
