import type { Case, CaseResult, Json } from './program.ts';

/** What a child reports about one case. */
export interface Report {
  readonly value?: Json;
  readonly raises?: string;
  readonly unsupported?: string;
}

const LONGEST_ACTUAL = 500;
const TOLERANCE = 1e-6;

/** Judges a report. The program never receives what the case expects, and so cannot claim it. */
export function judge(one: Case, report: Report): CaseResult {
  if (report.unsupported !== undefined) return { verdict: 'unsupported', actual: cut(report.unsupported) };
  if (report.raises !== undefined) {
    const isExpected = 'raises' in one.expected && !FAULT.test(report.raises);
    return { verdict: isExpected ? 'passed' : 'failed', actual: cut(report.raises) };
  }
  const value = report.value ?? null;
  const shown = untag(value);
  const actual = cut(typeof shown === 'string' && one.kind === 'stdin' ? shown : JSON.stringify(shown));
  if ('raises' in one.expected) return { verdict: 'failed', actual };
  const { value: expected } = one.expected;
  const isSame =
    one.kind === 'stdin'
      ? alternativesOf(value).some((text) => sameText(String(text), String(expected)))
      : sameValue(value, expected);
  return { verdict: isSame ? 'passed' : 'failed', actual };
}

/** Errors that show a fault in the program, even if the case expects an error. */
const FAULT = /^(?:NameError|UnboundLocalError|NotImplementedError|ReferenceError)\b/;

const cut = (text: string) => (text.length > LONGEST_ACTUAL ? `${text.slice(0, LONGEST_ACTUAL)}…` : text);

const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());

/** Printed texts, without white space at the ends of lines. Numbers may differ in their last digits. */
function sameText(actual: string, expected: string): boolean {
  const [a, b] = [lines(actual), lines(expected)];
  return a.length === b.length && a.every((line, i) => line === b[i] || sameWords(line, b[i]!));
}

function sameWords(a: string, b: string): boolean {
  const [x, y] = [a.trim().split(/\s+/), b.trim().split(/\s+/)];
  return x.length === y.length && x.every((word, i) => word === y[i] || sameNumber(word, y[i]!));
}

const FRACTION = /^-?\d+\.\d+(?:e[+-]?\d+)?$/i;
const sameNumber = (a: string, b: string) =>
  FRACTION.test(a) && FRACTION.test(b) && near(Number(a), Number(b));

const near = (a: number, b: number) =>
  a === b || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));

const isObject = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Most forms that a child gives a value. A program that changes its child can offer no more. */
const MAX_FORMS = 3;

/** A value has several forms in JSON if JSON has none of its type: any of them counts. */
const alternativesOf = (value: Json): readonly Json[] =>
  isObject(value) && Array.isArray(value.$one) ? value.$one.slice(0, MAX_FORMS) : [value];

/** A key of the program. The child adds `$` to those that begin with it: the others are its tags. */
const keyOf = (name: string) => (name.startsWith('$$') ? name.slice(1) : name);

/** JSON values. Fractions may differ in their last digits; a set has no order. */
function sameValue(actual: Json, expected: Json): boolean {
  if (typeof actual === 'number' && typeof expected === 'number') return near(actual, expected);
  if (Array.isArray(actual)) {
    if (!Array.isArray(expected) || actual.length !== expected.length) return false;
    return actual.every((one, i) => sameValue(one, expected[i]));
  }
  if (!isObject(actual)) return actual === expected;
  if ('$one' in actual) return alternativesOf(actual).some((one) => sameValue(one, expected));
  if ('$repr' in actual) return actual.$repr === expected;
  if ('$set' in actual) return sameSet(actual.$set as readonly Json[], expected);
  if ('$int' in actual) return String(actual.$int) === String(expected);
  if (!isObject(expected)) return false;
  const names = Object.keys(actual);
  return (
    names.length === Object.keys(expected).length &&
    names.every(
      (name) => Object.hasOwn(expected, keyOf(name)) && sameValue(actual[name]!, expected[keyOf(name)]!),
    )
  );
}

function sameSet(actual: readonly Json[], expected: Json): boolean {
  if (!Array.isArray(expected) || !Array.isArray(actual) || expected.length !== actual.length) return false;
  const rest = [...expected];
  return actual.every((one) => {
    const index = rest.findIndex((other) => sameValue(one, other));
    if (index >= 0) rest.splice(index, 1);
    return index >= 0;
  });
}

/** The value as a reader writes it, without the tags of the child. */
function untag(value: Json): Json {
  if (Array.isArray(value)) return value.map(untag);
  if (!isObject(value)) return value;
  if ('$one' in value) return untag(alternativesOf(value)[0] ?? null);
  for (const tag of ['$set', '$int', '$repr']) if (tag in value) return untag(value[tag]!);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [keyOf(name), untag(one)]));
}
