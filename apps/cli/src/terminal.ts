/**
 * Control characters other than tab and line end, what turns round the direction of a line, the line ends of Unicode,
 * halves of surrogate pairs.
 */
const STEERS = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text that cannot steer a terminal, nor show itself in another order than it has: what could is shown by name, `\x1b` or
 * `\u202e`. What models and servers say goes through here before it reaches one.
 */
export const printable = (text: string): string =>
  text.replace(STEERS, (character) => {
    const hex = character.charCodeAt(0).toString(16);
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
  });

/** The same in one line, as wide as it is long. */
export const oneLine = (text: string): string => printable(text).replace(/[\t\n]/g, ' ');

/** Code as it is; made printable if a person reads it. */
export const codeFor = (out: { readonly isTTY?: boolean }, code: string): string =>
  out.isTTY ? printable(code) : code;

/** The same JSON in characters that steer no terminal. */
export const escaped = (json: string): string =>
  json.replace(STEERS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** JSON for a person or a program. */
export const toJson = (value: unknown): string => escaped(JSON.stringify(value, null, 2));

/** JSON whose texts are printable. Other JSON than it was. */
export const withPrintableTexts = (json: string): string =>
  escaped(json).replace(/\\(?:u[\da-f]{4}|.)/gi, (sequence) => {
    const character: string = JSON.parse(`"${sequence}"`);
    const named = printable(character);
    return named === character ? sequence : `\\${named}`;
  });
