/** Words that say nothing about what the code is to do. */
const empty = new Set(
  `a an and any are as at be better by can change clean code could create develop do does each every fix for
   from function functions generate get give good hello help i if implement improve in into is it its just let
   like make me my need nice of on or please program project provide script should simple so some something
   stuff task test than that the their them thing things this to us use using want we which will with work
   working works would write you your`.split(/\s+/),
);

const languageNames =
  /^(python\d?|javascript|js|node|nodejs|typescript|ts|golang|go|java|rust|cpp|csharp|c|ruby|bash|shell|sql|html|css)$/;

/** The words of a request, lower-case, that say what the code is to do. */
export function meaningfulWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !empty.has(word) && !languageNames.test(word));
}
