/** One line of a table of Markdown. */
export const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
