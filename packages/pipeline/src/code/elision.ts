/** A line that is a comment and nothing else, or a bare ellipsis with words. Blocks of comments have one line. */
const COMMENT =
  /^[ \t]*(?:(?:pass|\.{3})[ \t]+(?=#))?(?:\{?\/\*+|\/\/+|#+|--+|;+|%+|<!--|"""|'''|\(\*|\{-|::|REM\b|'(?=\s*(?:\.{3}|…))|(?=\[?(?:\.{3}|…)[ \t]+[([]?(?!other )\p{L}))[ \t]*(.{3,120}?)[ \t]*(?:\*\/\}?|-->|"""|'''|\*\)|-\})?[ \t]*$/u;

const WHAT =
  '(?:code|file|files|class|function|functions|method|methods|component|components|script|program|module|implementation|logic|content|contents|body|imports?|routes?|handlers?|tests?|styles?|markup|configuration|config|fields?|properties|definitions?|parts?|lines?|section|options?|settings)';
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
  `(?:unchanged|unmodified|same|existing) ${WHAT}(?: (?:is|are))? (?:omitted|elided|not shown)(?: for brevity)?`,
  // "keep the rest of the file as is", "no changes to the rest of the file"
  `(?:keep|leave) (?:the |all |your )*${OTHER}(?: of the| of your)? (?:\\w+ )?${WHAT} (?:exactly )?(?:as (?:it is|they are|is|before)|unchanged|the same)`,
  `no changes (?:to|in) (?:the )?(?:rest|remainder)(?: of (?:the |your )?${WHAT})?`,
  `-*(?:snip|<snip>)-*`,
  `(?:omitted|truncated|shortened) for brevity`,
  `(?:code|implementation|content) (?:omitted|unchanged|truncated)(?: for brevity)?`,
].join('|');

/** What counts only next to an ellipsis: "... existing code ...". */
const WITH_ELLIPSIS = [
  `(?:the |your |all )*${OTHER}(?: of)?(?: (?:the|your|this|my))?(?: \\w+){0,2} ${WHAT}(?: (?:here|above|below|from before|from above|as before))?`,
  `(?:the )?rest(?: (?:unchanged|omitted|as before|here))?|unchanged|(?:same )?as (?:before|above)|same(?: \\w+)?(?: as (?:before|above))?|omitted|truncated`,
  `(?:the )?code continues(?: as (?:before|above))?(?: here)?`,
  `keep (?:the |all |your )*${OTHER} ${WHAT} .{2,20}`,
].join('|');

/** The same in other languages, in words that stand anywhere in the line. */
const OTHER_WORDS =
  /[剩其][余他它]|现有|原有|残りの|その他|以降の|既存の|나머지|기존|باقي|بقية|बाकी|शेष|(?<!\p{L})(?:rest|restlich\p{L}*|übrige\p{L}*|weitere|bestehende\p{L}*|reste|existant\p{L}*|resto|restantes?|existentes?|rimanente|esistente|остальн\p{L}*|существующ\p{L}*|reszta|pozostał\p{L}*|kalan|mevcut|overige|bestaande)(?!\p{L})/iu;
const WHAT_WORDS =
  /代码|代碼|方法|函数|部分|内容|コード|以下|코드|الكود|कोड|(?<!\p{L})(?:code|codes|kod\p{L}{0,3}|código|codice|код\p{L}{0,2}|datei|fichier|archivo|arquivo|файл\p{L}{0,2}|pliku?|bestand|methoden?|método?s?|metodi|методы?|funktionen|fonctions|funciones|funções|функции)(?!\p{L})/iu;
const SAME_WORDS =
  /不变|不變|相同|同上|省略|变更なし|変更なし|そのまま|同じ|동일|그대로|생략|변경 없음|كما هو|كما هي|دون تغيير|वही|वैसा|अपरिवर्तित|(?<!\p{L})(?:unverändert|bleib(?:t|en) (?:\p{L}+ )?gleich|wie (?:zuvor|oben|bisher|vorher)|inchangée?s?|identique|comme avant|sin cambios|(?:permanece|sigue|queda|fica) (?:\p{L}+ )?igual|sem alterações|inalterad[oa]s?|invariat[oa]|rimane uguale|come prima|без изменений|неизмен\p{L}*|как раньше|bez zmian|niezmienion\p{L}*|aynı|değişmedi|ongewijzigd|hetzelfde)(?!\p{L})/iu;
/** More words are a sentence about something else. */
const MOST_WORDS = 10;

/** Whether a comment says in another language that code is left out. With an ellipsis, two of the words are enough. */
function isElisionAbroad(comment: string, isMarked: boolean): boolean {
  if (comment.split(' ').length > MOST_WORDS) return false;
  const [other, what, same] = [OTHER_WORDS, WHAT_WORDS, SAME_WORDS].map((words) => words.test(comment));
  if (isMarked)
    return (
      (same && (other || what)) || (other && what) || /^(?:省略.{0,8}|unverändert|以下同じ)$/.test(comment)
    );
  return other! && same! && (what! || /^der rest /i.test(comment));
}

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
    .replace(/^[\s([{*<（-]+|[\s)\]}*>.:!）。-]+$/g, '')
    .replace(/\s+/g, ' ');
  return (isMarked ? ONLY_MARKED : ONLY_SURE).test(words) || isElisionAbroad(words, isMarked);
}
