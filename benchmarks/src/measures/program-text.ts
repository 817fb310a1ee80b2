const CHARACTERS_PER_TOKEN = 4;

/** Text of so many tokens that reads like a program, line by line of its own. */
export function program(name: string, tokens: number): string {
  const characters = tokens * CHARACTERS_PER_TOKEN;
  let text = '';
  for (let line = 1; text.length < characters; line++)
    text += `const line${line} = ${JSON.stringify(name)};\n`;
  return text.slice(0, characters).trimEnd();
}
