import { FilterError, parseFilter } from "@ngflow/flows";
import { expect, test } from "vitest";
import { filterFaultJa } from "./fault-ja.ts";
import { faultText } from "./pieces.ts";

function faultOf(filter: string): string {
  try {
    parseFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return filterFaultJa(faultText(error.message));
  }
  return "";
}

test.each([
  ["port 80 or 443", "ここに「443」は書けません。値の並びは port in [80 443] のように書きます。"],
  ["port (80 or 443)", "ここに「or」は書けません。値の並びは port in [80 443] のように書きます。"],
  ["Hour 3", "「Hour」は集計の軸だけです。条件には TimeStart か TimeEnd を使います。"],
  ["port 80 /* x", "注釈が閉じていません。"],
  ["SrcMac ~ x", "SrcMac の値には比べる名前がありません。使えるもの: SrcMacVendor。"],
  ["Bytes ~ x", "Bytes の値には比べる名前がありません。"],
  ["prt 53", '「prt」という列はありません。もしかして: "port"'],
  ["tcp", '「tcp」という列はありません。もしかして: "proto tcp"'],
  ["port htpp", '「htpp」は値として読めません (必要なもの: port number or service name)。もしかして: "http"'],
  ["port 80 and", "列が必要です (ここにあるのは末尾)。"],
  ["port", "port の値が必要です (ここにあるのは末尾)。"],
  ["port 80)", 'ここには書けません: ")"。'],
  ["port 70000", "70000 は SrcPort の最大値 65535 を超えています。"],
  ["port 'x", "引用符が閉じていません。"],
  ["port 80-70", "範囲 80-70 は空です。"],
])("%s", (filter, said) => {
  expect(faultOf(filter)).toBe(said);
});

test("a form that is not known stays as it is", () => {
  expect(filterFaultJa("something; did you mean x, y?")).toBe("something; did you mean x, y?");
});
