/** A line that is a comment and nothing else, or a bare ellipsis with words. Blocks of comments have one line. */
const COMMENT =
  /^[ \t]*(?:\{?\/\*+|\/\/+|#+|--+|;+|%+|<!--|"""|'''|\(\*|\{-|::|REM\b|'(?=\s*(?:\.{3}|…))|(?=\[?(?:\.{3}|…)[ \t]+[([]?(?!other )\p{L}))[ \t]*(.{3,120}?)[ \t]*(?:\*\/\}?|-->|"""|'''|\*\)|-\})?[ \t]*$/u;

const WHAT =
  '(?:code|file|files|class|function|functions|method|methods|component|components|script|program|module|implementation|logic|content|contents|body|imports?|routes?|handlers?|tests?|styles?|markup|configuration|config|fields?|properties|definitions?|parts?|lines?|section)';
const OTHER = '(?:rest|remainder|remaining|existing|previous|original|other|unchanged|unmodified|same)';
const SAME =
  '(?:unchanged|unmodified|untouched|identical|the same|same(?: as (?:before|above|in the original))?|as (?:before|above|is|in the original)|omitted|elided|truncated|goes here|here|not shown|for brevity)';

/** Sure forms: they name the part and say that it is left out. */
const SURE = [
  // "rest of the code remains unchanged", "the rest is the same"
  `(?:the )?(?:rest|remainder)(?: of (?:the |your |this |my )?(?:\\w+ ){0,2}${WHAT})?(?: (?:remains?|stays?|is|are|goes|will remain|unchanged|omitted))* ${SAME}(?: for brevity)?`,
  // "existing code unchanged", "previous methods remain the same"
  `(?:the |all |your )*(?:existing|previous|original|remaining|other|unchanged|same)(?: \\w+)? ${WHAT}(?: (?:remains?|stays?|is|are|goes))* (?:${SAME})(?: for brevity)?`,
  // "unchanged code omitted"
  `(?:unchanged|unmodified|same|existing) ${WHAT}(?: (?:is|are))? (?:omitted|elided|not shown|skipped)(?: for brevity)?`,
  `(?:omitted|truncated|shortened) for brevity`,
  `(?:code|implementation|content) (?:omitted|unchanged|truncated)(?: for brevity)?`,
].join('|');

/** What counts only next to an ellipsis: "... existing code ...". */
const WITH_ELLIPSIS = [
  `(?:the |your |all )*${OTHER}(?: of)?(?: (?:the|your|this|my))?(?: \\w+){0,2} ${WHAT}(?: (?:here|above|below|from before|from above|as before))?`,
  `(?:the )?rest(?: (?:unchanged|omitted|as before|here))?|unchanged|(?:same )?as (?:before|above)|same(?: as (?:before|above))?|omitted|snip|truncated`,
  '其[余他](?:的)?(?:代码|部分|方法|函数|内容)?(?:保持)?(?:不变)?|剩余(?:的)?代码|省略.{0,8}|(?:现有|原有)代码|残りのコード.{0,8}|以下同じ|既存のコード.{0,6}',
  '(?:der )?Rest (?:des Codes|der Datei)?.{0,20}|restlicher Code.{0,20}|bestehender Code.{0,20}|unverändert',
  '(?:le )?reste (?:du code|du fichier|inchangé).{0,20}|code existant.{0,20}|(?:el )?resto del (?:código|archivo).{0,20}|código existente.{0,20}|(?:o )?resto do código.{0,20}|остальной код.{0,20}|существующий код.{0,20}',
].join('|');

const ELLIPSIS = /\.{3,}|…/;
const ONLY_SURE = new RegExp(`^(?:${SURE})$`, 'iu');
const ONLY_MARKED = new RegExp(`^(?:${SURE}|${WITH_ELLIPSIS})$`, 'iu');

/** Whether code that looks whole leaves out a part of itself, as in `# ... rest of the code unchanged ...`. */
export const hasElision = (content: string): boolean => content.split('\n').some(isElision);

function isElision(line: string): boolean {
  if (line.length > 160) return false;
  const [, comment] = COMMENT.exec(line) ?? [];
  if (comment === undefined) return false;
  const isMarked = ELLIPSIS.test(comment);
  const words = comment
    .replace(/\.{3,}|…/g, ' ')
    .replace(/^[\s([{*<-]+|[\s)\]}*>.:!-]+$/g, '')
    .replace(/\s+/g, ' ');
  return (isMarked ? ONLY_MARKED : ONLY_SURE).test(words);
}
