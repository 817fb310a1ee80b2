/** Puts each section between its marks, `<!-- bench:name -->` and `<!-- /bench:name -->`; the rest stays as it is. */
export function fill(document: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((text, [name, section]) => {
    const marks = new RegExp(`(<!-- bench:${name} -->)[\\s\\S]*?(<!-- /bench:${name} -->)`);
    if (!marks.test(text)) throw new Error(`the document has no marks for ${name}`);
    return text.replace(marks, (_, begin, end) => `${begin}\n\n${section}\n\n${end}`);
  }, document);
}
